/**
 * What a reader of the documents may type or copy, found by its form: each command of a shell block, each other fenced block, and each
 * command and option in sentences and tables. A shell line that cannot be split into commands throws.
 */

import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface DocumentPart {
  readonly kind: "block" | "command" | "option";
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The language that a block names; "" for commands and options. */
  readonly language: string;
  /** Whether it is in a sentence or a table, not in a block. */
  readonly inline: boolean;
  readonly text: string;
}

export const root = fileURLToPath(new URL("../../", import.meta.url));

const FILES = ["*.md", "docs/**/*.md", "agents/**/*.md", "wasm/README.md", ".dev.vars.example"];
const FENCE = /^\s*(`{3,}|~{3,})\s*(\S*)/;
const TOOLS =
  /^(?:npm|npx|node|curl|openssl|ssh-keygen|apt-get|apt|brew|cp|mv|rm|cd|export|git|jq|bash|docker|pip|python3?|wrangler|encord-edge|\.\/\S+)\s|^\.ci\/run$/;

/** Paths of the documents, in the order in which a newcomer reads them. */
export async function documents(): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(FILES, { cwd: root })) files.push(file);
  const rank = (file: string) => (file === "README.md" ? 0 : 1);
  return files.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

export async function documentParts(): Promise<DocumentPart[]> {
  const files = await documents();
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), "utf8")));
  return files.flatMap((file, i) => partsOf(file, texts[i] ?? ""));
}

/** Where a part is, for people. */
export const placeOf = ({ file, line }: DocumentPart): string => `${file}:${line}`;

/** Each text once, with a title that names its places: arguments for `it.for`. */
export function onceEach(parts: readonly DocumentPart[]): [title: string, text: string][] {
  const places = Map.groupBy(parts, ({ text }) => text);
  return [...places].map(([text, same]) => [`${same.map(placeOf).join(", ")}: ${text.trim()}`, text]);
}

export function partsOf(file: string, text: string): DocumentPart[] {
  const parts: DocumentPart[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const [, fence, language = ""] = FENCE.exec(line) ?? [];
    if (fence === undefined) {
      parts.push(...inlineParts(file, at + 1, line));
      continue;
    }
    const end = lines.findIndex((other, i) => i > at && other.trim() === fence);
    if (end < 0) throw new Error(`${file}:${at + 1}: this block does not end.`);
    const body = lines.slice(at + 1, end);
    if (language === "sh") {
      for (const [i, command] of body.entries()) {
        for (const each of commandsOf(command, `${file}:${at + 2 + i}`))
          parts.push({ kind: "command", file, line: at + 2 + i, language: "", inline: false, text: each });
      }
    } else {
      const block = `${body.join("\n")}\n`;
      parts.push({ kind: "block", file, line: at + 1, language, inline: false, text: block });
    }
    at = end;
  }
  return parts;
}

function inlineParts(file: string, line: number, text: string): DocumentPart[] {
  const spans = [...text.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, span = ""]) => span.trim());
  // A settings file has its commands in comments.
  const [, commented] = /^#\s{3,}(.*)$/.exec(file.endsWith(".md") ? "" : text) ?? [];
  return [...spans, ...(commented === undefined ? [] : [commented])].flatMap((span): DocumentPart[] => {
    const kind = TOOLS.test(span) ? "command" : /^--[a-z]/.test(span) ? "option" : null;
    return kind === null ? [] : [{ kind, file, line, language: "", inline: true, text: span }];
  });
}

/** The commands of a line of shell, without its comment. */
function commandsOf(line: string, place: string): string[] {
  const bare = line.replace(/(?:^|\s+)#\s.*$/, "");
  if (/\\$|;|<<|\$\(|^\s/.test(bare)) throw new Error(`${place}: give each command a line of its own.`);
  return bare === "" ? [] : bare.split(" && ");
}
