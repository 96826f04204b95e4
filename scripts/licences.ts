/**
 * `npm run licences`: the packages that a Worker or the command contains, with version and licence. Fails if this project may not be
 * distributed with such a licence, or THIRD-PARTY-NOTICES.md does not name the package.
 */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ALLOWED = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "MPL-2.0", "0BSD", "Unlicense"];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL("../", import.meta.url));
const notices = await readFile(join(root, "THIRD-PARTY-NOTICES.md"), "utf8");
const found = new Map<string, Manifest>();
await collect(root);

const faults: string[] = [];
for (const { name, version, license = "none given" } of [...found.values()].sort((a, b) =>
  a.name.localeCompare(b.name),
)) {
  console.log(`${name.padEnd(24)} ${version.padEnd(12)} ${license}`);
  if (!ALLOWED.includes(license)) faults.push(`${name} has the licence "${license}". Use another package.`);
  if (!notices.includes(name)) faults.push(`${name} is not named in THIRD-PARTY-NOTICES.md. Add it there.`);
}
for (const fault of faults) console.error(`NOT ALLOWED: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** Collects the dependencies of the package in this folder, and theirs. */
async function collect(folder: string): Promise<void> {
  const { dependencies = {} } = await manifestOf(folder);
  for (const name of Object.keys(dependencies)) {
    // Types are in no bundle.
    if (found.has(name) || name.startsWith("@types/")) continue;
    const at = folderOf(name, folder);
    found.set(name, await manifestOf(at));
    await collect(at);
  }
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Where a package is installed, seen from another; packages need not export their package.json. */
function folderOf(name: string, from: string): string {
  const candidates = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  const folder = candidates
    .map((path) => join(path, name))
    .find((path) => existsSync(join(path, "package.json")));
  if (folder === undefined)
    throw new Error(`${name} is not installed, seen from ${dirname(from)}. Run npm ci.`);
  return folder;
}
