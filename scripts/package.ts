/**
 * Runs before and after `npm pack`: compiles the sources to JavaScript and types in `dist/`, and replaces package.json, while npm reads
 * it, by the package's: its `exports` point to `dist/`, and everything that only the template needs is left out.
 *
 * `node scripts/package.ts build` (prepack), `node scripts/package.ts restore` (postpack). If packing is interrupted in between, the
 * template's package.json is kept as package.json.template, and either command puts it back first.
 */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, glob, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const dist = join(root, "dist");
const manifest = join(root, "package.json");
const template = join(root, "package.json.template");

/** Fields that only the template needs: its scripts and tools. */
const TEMPLATE_ONLY = [
  "private",
  "scripts",
  "devDependencies",
  "optionalDependencies",
  "allowScripts",
  "cloudflare",
];
const FILES = [
  "bin",
  "dist",
  "docs/*.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "THIRD-PARTY-NOTICES.md",
  "wasm/licences",
];
/** Imports of files that are not code, and are copied. */
const BESIDE_CODE = /(?:from|import\()\s*"(\.{1,2}\/[^"]+\.(?:wasm|bin|txt|html|sql|css))(?:\?module)?"/g;

type Manifest = Record<string, unknown> & {
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

const [command] = process.argv.slice(2);
if (existsSync(template)) await rename(template, manifest);
if (command === "build") await build();
else if (command === "restore") await rm(dist, { recursive: true, force: true });
else {
  console.error("Usage: node scripts/package.ts build | restore");
  process.exitCode = 2;
}

async function build(): Promise<void> {
  await rm(dist, { recursive: true, force: true });
  compile();
  await copyFilesBesideCode();
  const text = await readFile(manifest, "utf8");
  const { exports } = JSON.parse(text) as Manifest;
  const missing = Object.values(exports).find((path) => !existsSync(join(root, built(path, "js"))));
  if (missing)
    throw new Error(`${missing} is exported, but tsconfig.package.json does not compile it: add it there.`);
  await writeFile(template, text);
  await writeFile(manifest, `${JSON.stringify(packaged(JSON.parse(text) as Manifest), null, 2)}\n`);
}

function compile(): void {
  const tsc = createRequire(import.meta.url)
    .resolve("typescript/package.json")
    .replace(/package\.json$/, "bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.package.json")], {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("The sources do not compile; nothing is packed.");
}

async function copyFilesBesideCode(): Promise<void> {
  for await (const file of glob(join(dist, "**/*.js"))) {
    const code = await readFile(file, "utf8");
    for (const [, path = ""] of code.matchAll(BESIDE_CODE)) {
      const target = join(dirname(file), path);
      await mkdir(dirname(target), { recursive: true });
      await copyFile(join(root, relative(dist, target)), target);
    }
  }
}

function packaged(source: Manifest): Record<string, unknown> {
  const rest = Object.fromEntries(Object.entries(source).filter(([key]) => !TEMPLATE_ONLY.includes(key)));
  return {
    ...rest,
    engines: { node: ">=22.18" },
    files: FILES,
    sideEffects: false,
    imports: mapped(source.imports, (path) => built(path, "js")),
    exports: {
      ...mapped(source.exports, (path) => ({ types: built(path, "d.ts"), default: built(path, "js") })),
      "./package.json": "./package.json",
    },
    peerDependencies: { wrangler: `>=${source.devDependencies["wrangler"]}` },
    peerDependenciesMeta: { wrangler: { optional: true } },
  };
}

function mapped<T>(paths: Readonly<Record<string, string>>, change: (path: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, change(path)]));
}

/** The path in `dist/` of a source such as `./src/index.ts`. */
function built(path: string, extension: string): string {
  return path.replace(/^\.\//, "./dist/").replace(/\.tsx?$/, `.${extension}`);
}
