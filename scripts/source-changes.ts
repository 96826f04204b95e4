/** When the Worker's sources last changed: a Worker whose process has ended cannot watch them itself. */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const SOURCES = ["agents", "src", "worker.ts", "wrangler.jsonc"];

/** The latest time of change, in milliseconds since 1970; folders count too, so that a removed file is noticed. */
export async function newestChange(): Promise<number> {
  const times = await Promise.all(SOURCES.map((name) => changeOf(join(root, name))));
  return Math.max(...times);
}

async function changeOf(path: string): Promise<number> {
  // A file that an editor is just replacing is found again by the next call.
  const found = await stat(path).catch(() => null);
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const inside = await readdir(path).catch(() => []);
  const times = await Promise.all(inside.map((name) => changeOf(join(path, name))));
  return Math.max(found.mtimeMs, ...times);
}
