/**
 * `npm run deploy`: `wrangler deploy` of a Worker with only the decoders that its agents use (worker-bundle.ts).
 * Everything after `--` goes to wrangler: `npm run deploy -- --env staging`, `npm run deploy -- --secrets-file secrets.env`.
 */

import { fileURLToPath } from "node:url";
import { bundleWorker, wrangler } from "./worker-bundle.ts";

const folder = fileURLToPath(new URL("../.wrangler/deploy", import.meta.url));
const words = process.argv.slice(2);

try {
  const bundle = await bundleWorker(withoutUploadOptions(words), folder);
  const modules = bundle.modules.length === 0 ? "no WebAssembly" : bundle.modules.join(", ");
  console.log(`Bundled: ${kilobytes(bundle.bytes)}, compressed ${kilobytes(bundle.gzipBytes)} (${modules})`);
  await wrangler(["deploy", bundle.main, "--no-bundle", ...words], true);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** The options without those that are only for the upload. */
function withoutUploadOptions(all: readonly string[]): string[] {
  return all.filter((word, at) => {
    const before = all[at - 1];
    return (
      !/^--(?:dry-run|outdir|secrets-file)(?:=|$)/.test(word) &&
      !/^--(?:outdir|secrets-file)$/.test(before ?? "")
    );
  });
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}
