/**
 * How much the client alone (`encord-edge-agents/encord`) adds to a Worker: everything it exports, bundled and minified as
 * `wrangler deploy --minify` does with the template's configuration, then compressed. Goal: at most 45 kB.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const GOAL_KB = 45;
const client = fileURLToPath(new URL("../src/encord/index.ts", import.meta.url));
const wrangler = fileURLToPath(new URL("../node_modules/wrangler/bin/wrangler.js", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "client-size-"));
try {
  // Uses every export, so that none is dropped.
  writeFileSync(
    join(folder, "worker.ts"),
    `import * as client from ${JSON.stringify(client)};\nexport default { fetch: () => new Response(String(Object.values(client))) };\n`,
  );
  writeFileSync(
    join(folder, "wrangler.json"),
    JSON.stringify({
      name: "client-size",
      main: "worker.ts",
      compatibility_date: "2026-10-20",
      keep_names: false,
    }),
  );
  const built = spawnSync(
    process.execPath,
    [
      wrangler,
      "deploy",
      "--dry-run",
      "--minify",
      "--config",
      join(folder, "wrangler.json"),
      "--outdir",
      join(folder, "out"),
    ],
    { encoding: "utf8" },
  );
  if (built.status !== 0) throw new Error(built.stderr || built.stdout);
  const code = readFileSync(join(folder, "out", "worker.js"));
  const kilobytes = gzipSync(code, { level: 9 }).length / 1000;
  console.log(
    `the client, bundled and minified: ${(code.length / 1000).toFixed(1)} kB, gzip ${kilobytes.toFixed(1)} kB`,
  );
  console.log(`goal: at most ${GOAL_KB} kB gzip: ${kilobytes <= GOAL_KB ? "met" : "MISSED"}`);
  if (kilobytes > GOAL_KB) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
