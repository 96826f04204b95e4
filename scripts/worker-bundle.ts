/**
 * A Worker as it is uploaded: bundled, minified, and without unused WebAssembly. Wrangler uploads every module that any source names,
 * even if tree shaking has dropped the code that uses it: a decoder is larger than all the rest, and an agent that decodes nothing
 * should not carry one.
 */

import { spawn } from "node:child_process";
import { readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** A bundle in its folder. */
export interface WorkerBundle {
  readonly folder: string;
  /** Path of the main module. */
  readonly main: string;
  /** Bytes of everything that is uploaded, plain and compressed. */
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Names of the uploaded WebAssembly modules. */
  readonly modules: readonly string[];
}

/**
 * Bundles a Worker.
 *
 * @param words further options for wrangler, such as `--env`; a main module as the first one replaces the configured one
 * @throws an error with what wrangler printed
 */
export async function bundleWorker(words: readonly string[], folder: string): Promise<WorkerBundle> {
  await rm(folder, { recursive: true, force: true });
  await wrangler(["deploy", ...words, "--dry-run", "--minify", "--outdir", folder]);
  const names = (await readdir(folder)).filter((name) => !name.startsWith("README"));
  const mainName = names.find((name) => name.endsWith(".js"));
  if (mainName === undefined) throw new Error(`Wrangler left no main module in ${folder}.`);
  const code = await readFile(join(folder, mainName), "utf8");
  const uploaded: string[] = [];
  for (const name of names) {
    if (name.endsWith(".map")) continue;
    if (name === mainName || code.includes(name)) uploaded.push(name);
    else await rm(join(folder, name));
  }
  const contents = await Promise.all(uploaded.map((name) => readFile(join(folder, name))));
  return {
    folder,
    main: join(folder, mainName),
    bytes: sum(contents.map((content) => content.length)),
    gzipBytes: sum(contents.map((content) => gzipSync(content, { level: 9 }).length)),
    // Wrangler puts a digest in front of the name.
    modules: uploaded
      .filter((name) => name.endsWith(".wasm"))
      .map((name) => name.replace(/^[0-9a-f]{20,}-/, "")),
  };
}

/**
 * Runs wrangler.
 *
 * @param show whether its output goes to the terminal; otherwise it is returned
 * @throws an error with what wrangler printed, if it fails
 */
export function wrangler(words: readonly string[], show = false): Promise<string> {
  const program = createRequire(import.meta.url)
    .resolve("wrangler/package.json")
    .replace(/package\.json$/, "bin/wrangler.js");
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...words], {
      stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
      env: show ? process.env : { ...process.env, WRANGLER_HIDE_BANNER: "true", NO_COLOR: "1" },
    });
    let printed = "";
    child.stdout?.on("data", (text) => (printed += text));
    child.stderr?.on("data", (text) => (printed += text));
    child.once("error", reject);
    child.once("exit", (status) => {
      if (status === 0) resolve(printed);
      else reject(new Error(`wrangler ${words[0]} failed.\n${printed}`));
    });
  });
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
