/**
 * The examples of the documents and of the doc comments, as modules that can be compiled. One that imports from the package is taken as
 * it is; others get imports for the names they use, and stand-ins for values that they use without making them.
 */

import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DocumentPart, placeOf } from "./document-part.ts";

export interface DocExample {
  /** Where it is, for people. */
  readonly from: string;
  readonly code: string;
}

export interface DocumentedSymbol {
  readonly name: string;
  /** The doc comment above its declaration, or null. */
  readonly comment: string | null;
  /** The code of its `@example` parts. */
  readonly examples: readonly string[];
}

const root = new URL("../../", import.meta.url);
const ENTRIES = {
  "": "src/index.ts",
  "/encord": "src/encord/index.ts",
  "/media": "src/media/index.ts",
  "/testing": "src/testing/index.ts",
};

/** Types of the values that examples use without making them. */
const STAND_INS: Readonly<Record<string, string>> = {
  askLanguageModel: "(...question: unknown[]) => Promise<string>",
  frame: 'import("encord-edge-agents/media").Frame',
  frameQuality: 'import("encord-edge-agents").EditorAgent',
  sortByWidth: 'import("encord-edge-agents").TaskAgent',
  countObjects: 'import("encord-edge-agents").EditorAgent',
  emulator: 'Awaited<ReturnType<typeof import("encord-edge-agents/testing").createEmulator>>',
  options: 'Parameters<typeof import("encord-edge-agents/testing").createEmulator>[0]',
  exports: "{ readonly default: { fetch(request: Request): Promise<Response> } }",
  readFile: "(path: string) => Promise<Uint8Array<ArrayBuffer>>",
  nextUuid: "() => string",
  url: "string",
  notificationUrl: "string",
  secret: "string",
  projectHash: "string",
  dataHash: "string",
  imageQualityGate: 'import("encord-edge-agents").TaskAgent',
};

async function text(path: string): Promise<string> {
  return readFile(fileURLToPath(new URL(path, root)), "utf8");
}

/** A block of a document, as a module. */
export async function documentExample(part: DocumentPart): Promise<DocExample> {
  const from = placeOf(part);
  if (part.text.includes('from "encord-edge-agents')) return { from, code: part.text };
  // A single line of the list in agents/index.ts.
  const isList = /^\s*agents: \[.*\],$/.test(part.text.trimEnd());
  return { from, code: await asModule(isList ? `defineAgents({\n${part.text}});` : part.text) };
}

/** The names in a column (from 0) of a document's tables, below a heading. */
export async function symbolsNamed(path: string, heading: string, column: number): Promise<string[]> {
  const section = (await text(path)).split(`## ${heading}\n`)[1]?.split(/^## /m)[0] ?? "";
  const names = section
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .flatMap((line) =>
      [...(line.split("|")[column + 1] ?? "").matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
    );
  return [...new Set(names)];
}

/** Names that an entry of the package exports. */
async function exportsOf(entry: string): Promise<string[]> {
  const source = await text(entry);
  const wholes = Array.from(source.matchAll(/^export \* from "(.*)";/gm), ([, path = ""]) =>
    exportsOf(join(dirname(entry), path)),
  );
  const lists = Array.from(source.matchAll(/export (?:type )?\{([^}]*)\}/g), ([, names = ""]) =>
    names
      .split(",")
      .map((name) => name.replace(/\btype\b|\/\*.*?\*\//g, "").trim())
      .filter((name) => name !== ""),
  );
  return [...lists, ...(await Promise.all(wholes))].flat();
}

/** Every exported declaration below `src/`, by name. */
export async function exportedSymbols(): Promise<ReadonlyMap<string, DocumentedSymbol>> {
  const symbols = new Map<string, DocumentedSymbol>();
  const files = await readdir(fileURLToPath(new URL("src/", root)), { recursive: true });
  const declaration =
    /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export (?:abstract |async )*(?:const|function|class|interface|type) (\w+)/g;
  for (const file of files.filter((name) => name.endsWith(".ts"))) {
    for (const [, comment, name = ""] of (await text(`src/${file}`)).matchAll(declaration)) {
      const known = symbols.get(name);
      // Overloads: the comment is above the first.
      if (known?.comment) continue;
      symbols.set(name, { name, comment: comment ?? null, examples: examplesIn(comment ?? "") });
    }
  }
  return symbols;
}

function examplesIn(comment: string): string[] {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*(?:\/\*\*|\*\/|\*) ?/, ""));
  const parts = lines.join("\n").split(/^@/m).slice(1);
  return parts
    .filter((part) => part.startsWith("example"))
    .map((part) => part.slice("example".length).trim());
}

/** The example with the imports that it needs. */
export async function asModule(code: string): Promise<string> {
  const used = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  const declared = new Set(
    Array.from(code.matchAll(/\b(?:const|let|function|class) (\w+)/g), ([, name]) => name),
  );
  const header: string[] = [];
  for (const [path, entry] of Object.entries(ENTRIES)) {
    const names = (await exportsOf(entry)).filter(
      (name) => used.has(name) && !declared.has(name) && !header.some((line) => line.includes(` ${name},`)),
    );
    if (names.length > 0) header.push(`import { ${names.join(", ")}, } from "encord-edge-agents${path}";`);
  }
  for (const [name, type] of Object.entries(STAND_INS)) {
    if (used.has(name) && !declared.has(name)) header.push(`declare const ${name}: ${type};`);
  }
  return [...header, code, "export {};"].join("\n");
}
