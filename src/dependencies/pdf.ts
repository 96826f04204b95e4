import { dependency } from "../agent/dependency.ts";
import { storageItem } from "./storage-item.ts";
import { type WholeFile, wholeFile } from "./whole-file.ts";

/** A PDF file. */
export interface PdfFile extends WholeFile {
  /** Null when Encord does not know. */
  readonly pageCount: number | null;
}

/**
 * The PDF file. Nothing is downloaded until `bytes()` is called.
 *
 * @throws (when made) AgentError (code `unsupported-item`) when the data unit is not a PDF
 * @example
 * taskAgent({
 *   name: "signed",
 *   stage: "Agent 1",
 *   dependencies: { pdf },
 *   async run({ pdf }) {
 *     const text = new TextDecoder("latin1").decode(await pdf.bytes());
 *     return text.includes("/Sig") ? "Signed" : "Unsigned";
 *   },
 * });
 */
export const pdf = dependency({ item: storageItem }, ({ item }, invocation): PdfFile => {
  const type = { itemType: "pdf", mimeType: "application/pdf", dependency: "pdf" };
  return { ...wholeFile(item, type, invocation), pageCount: item.frameCount };
});
