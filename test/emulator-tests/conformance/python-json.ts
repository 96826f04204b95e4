/** JSON text as Python writes it, so that recorded digests and signatures fit again. */

import type { Json } from "../../encord/conformance/trace.ts";

/** Separators `, ` and `: `, everything outside of ASCII escaped. A float that is whole lost its `.0` in the recording. */
export function pythonJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${text(key)}: ${pythonJson(member)}`);
    return `{${members.join(", ")}}`;
  }
  return typeof value === "string" ? text(value) : JSON.stringify(value);
}

function text(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
