/**
 * The address of the Label Editor, as copied from the browser:
 * `https://app.encord.com/label_editor/<project>/<data unit>[/<frame>[/...]][?objectHash=<hash>&objectHash=...]`.
 * Any https host is taken, because Encord runs on custom domains too.
 */

import { CliError } from "./cli-error.ts";

export interface LabelEditorUrl {
  /** Of the app, such as `https://app.encord.com`: what a browser sends as `Origin`. */
  readonly origin: string;
  /** The body of a call to an agent. */
  readonly payload: {
    readonly projectHash: string;
    readonly dataHash: string;
    readonly frame: number;
    readonly objectHashes: readonly string[] | null;
  };
}

const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const PATH = new RegExp(`^/label_editor/(${UUID})/(${UUID})(?:/(\\d+)(?:/.*)?|/.*)?$`, "i");

const FORM = "https://app.encord.com/label_editor/<project hash>/<data hash>[/<frame>][?objectHash=<hash>]";

/** @throws CliError that says what the address should look like */
export function parseLabelEditorUrl(text: string): LabelEditorUrl {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  const match = url?.protocol === "https:" ? PATH.exec(url.pathname) : null;
  const [, projectHash, dataHash, frame = "0"] = match ?? [];
  if (!url || projectHash === undefined || dataHash === undefined) {
    throw new CliError(
      "label-editor-url",
      `"${text}" is not an address of the Label Editor. Expected: ${FORM}`,
    );
  }
  const objectHashes = url.searchParams.getAll("objectHash");
  return {
    origin: url.origin,
    payload: {
      projectHash: projectHash.toLowerCase(),
      dataHash: dataHash.toLowerCase(),
      frame: Number(frame),
      objectHashes: objectHashes.length === 0 ? null : objectHashes,
    },
  };
}

/** The address that shows a data unit and frame in the Label Editor. */
export function labelEditorLink({ origin, payload }: LabelEditorUrl): string {
  const url = new URL(`/label_editor/${payload.projectHash}/${payload.dataHash}/${payload.frame}`, origin);
  for (const hash of payload.objectHashes ?? []) url.searchParams.append("objectHash", hash);
  return url.href;
}
