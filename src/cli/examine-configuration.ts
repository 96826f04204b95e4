/** The part of `encord-edge doctor` that checks the wrangler configuration: what the Free plan refuses, and what the queue needs. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Finding, fault, note, ok, skipped } from "./finding.ts";

const FILE = "wrangler.jsonc";
const OTHERS = ["wrangler.json", "wrangler.toml"];
const DURABLE_OBJECTS = ["StageQueue", "LabelLocks", "EncordGate", "OperatorLog"];

/** The part that is checked. */
interface Configuration {
  readonly limits?: unknown;
  readonly triggers?: { readonly crons?: readonly string[] };
}

export async function examineConfiguration(folder: string): Promise<Finding[]> {
  const text = await textOf(folder, FILE);
  if (text === null) {
    for (const other of OTHERS)
      if ((await textOf(folder, other)) !== null) return [skipped(other, `not checked; only ${FILE} is`)];
    return [fault(FILE, "is not in this folder", "run this in the folder of your project")];
  }
  let config: Configuration;
  try {
    config = JSON.parse(withoutComments(text));
  } catch (error) {
    return [fault(FILE, `cannot be read: ${(error as Error).message}`, "correct the JSON")];
  }
  const findings: Finding[] = [];
  if (config.limits !== undefined) {
    findings.push(
      note(FILE, "`limits` is set, which the Free plan refuses", "remove it, or use the Paid plan"),
    );
  }
  if (!config.triggers?.crons?.length) {
    findings.push(
      fault(
        FILE,
        "no Cron Trigger: a stage would only wake by notification",
        'add "triggers": { "crons": ["* * * * *"] }',
      ),
    );
  }
  // By their names, wherever they are: Durable Objects can be declared in more than one way.
  const names = JSON.stringify(config);
  for (const name of DURABLE_OBJECTS.filter((each) => !names.includes(`"${each}"`))) {
    findings.push(
      fault(
        FILE,
        `the Durable Object ${name} is missing`,
        `add "${name}": { "type": "durable-object", "storage": "sqlite" } to "exports"`,
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(FILE, "Cron Trigger and Durable Objects are there")];
}

function textOf(folder: string, file: string): Promise<string | null> {
  return readFile(join(folder, file), "utf8").catch(() => null);
}

/** Turns JSON with comments and trailing commas into plain JSON; strings stay as they are. */
function withoutComments(text: string): string {
  const plain = text.replaceAll(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "$1");
  return plain.replaceAll(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, "$1");
}
