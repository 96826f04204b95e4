/**
 * Builds the decoders in wasm/ and describes them, or checks that a fresh build gives the committed files byte for byte.
 *
 *   npm run wasm:build      wasm/build.sh, then wasm/manifest.json
 *   npm run wasm:verify     builds everything again in a new folder and compares; exit code 1 on any difference
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

interface BuiltFile {
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly sha256: string;
  readonly holds: string;
  readonly licence: string;
}

interface Manifest {
  readonly files: Record<string, BuiltFile>;
  readonly sources: Record<
    string,
    { readonly version: string; readonly licence: string; readonly dscSha256: string }
  >;
  readonly tools: Record<string, string>;
  readonly flags: string;
  readonly ffmpegConfiguration: string;
}

const folder = fileURLToPath(new URL("../wasm/", import.meta.url));
const manifestFile = join(folder, "manifest.json");
const { WASM_WORK = join(folder, ".work") } = process.env;

const LGPL = "LGPL-2.1-or-later";
const FILES: Record<string, { holds: string; licence: string }> = {
  "jpeg.wasm": { holds: "libjpeg-turbo: JPEG decoder and encoder", licence: "IJG AND BSD-3-Clause AND Zlib" },
  "video-h264.wasm": { holds: "FFmpeg: H.264 decoder, libswscale", licence: LGPL },
  "video.wasm": {
    holds: "FFmpeg: H.264, HEVC, VP8, VP9, MPEG-4 part 2, MJPEG and ProRes decoders, libswscale; dav1d: AV1",
    licence: `${LGPL} AND BSD-2-Clause`,
  },
  "webp.wasm": { holds: "libwebp: WebP decoder and encoder", licence: "BSD-3-Clause" },
};
const SOURCE_LICENCES: Record<string, string> = {
  ffmpeg: LGPL,
  dav1d: "BSD-2-Clause",
  "libjpeg-turbo": "IJG AND BSD-3-Clause AND Zlib",
  libwebp: "BSD-3-Clause",
};
const TOOLS = ["clang-19", "lld-19", "llvm-19", "libclang-rt-19-dev-wasm32", "wasi-libc"];

function build(output: string, work: string): void {
  const started = Date.now();
  const { status } = spawnSync(join(folder, "build.sh"), [output], {
    stdio: "inherit",
    env: { ...process.env, WASM_WORK: work },
  });
  if (status !== 0) process.exit(status ?? 1);
  console.log(`Built in ${Math.round((Date.now() - started) / 1000)} s.`);
}

function describe(output: string, work: string): Manifest {
  const files: Manifest["files"] = {};
  for (const [name, about] of Object.entries(FILES)) {
    const bytes = readFileSync(join(output, name));
    files[name] = {
      bytes: bytes.length,
      gzipBytes: gzipSync(bytes, { level: 9 }).length,
      sha256: sha256(bytes),
      ...about,
    };
  }
  const sources: Manifest["sources"] = {};
  for (const line of readFileSync(join(folder, "sources.txt"), "utf8").split("\n")) {
    const [name, version] = line.split(" ");
    if (!name || !version || name.startsWith("#")) continue;
    const dsc = readdirSync(work).find((file) => file.startsWith(`${name}_`) && file.endsWith(".dsc"));
    if (!dsc)
      throw new Error(`The source package ${name} is not in ${work}. Delete that folder and build again.`);
    sources[name] = {
      version,
      licence: SOURCE_LICENCES[name] ?? "unknown",
      dscSha256: sha256(readFileSync(join(work, dsc))),
    };
  }
  const tools = Object.fromEntries(
    TOOLS.map((name) => [
      name,
      execFileSync("dpkg-query", ["--show", `--showformat=\${Version}`, name], { encoding: "utf8" }),
    ]),
  );
  return {
    files,
    sources,
    tools,
    flags: readFileSync(join(work, "flags.txt"), "utf8").trim(),
    ffmpegConfiguration: readFileSync(join(work, "configuration.txt"), "utf8").trim(),
  };
}

function verify(): void {
  const recorded = JSON.parse(readFileSync(manifestFile, "utf8")) as Manifest;
  const work = mkdtempSync(join(tmpdir(), "wasm-verify-"));
  try {
    build(join(work, "out"), work);
    const rebuilt = describe(join(work, "out"), work);
    const problems: string[] = [];
    for (const [name, { sha256: expected }] of Object.entries(recorded.files)) {
      const committed = sha256(readFileSync(join(folder, name)));
      if (committed !== expected)
        problems.push(`${name} is not the file that wasm/manifest.json describes (${committed}).`);
      if (rebuilt.files[name]?.sha256 !== expected) {
        problems.push(
          `${name} came out different (${rebuilt.files[name]?.sha256}, recorded ${expected}): npm run wasm:build, and commit both.`,
        );
      }
    }
    for (const [name, version] of Object.entries(rebuilt.tools)) {
      if (recorded.tools[name] !== version)
        console.log(`Note: ${name} is ${version}; it was ${recorded.tools[name]}.`);
    }
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) process.exitCode = 1;
    else console.log(`All ${Object.keys(recorded.files).length} files are what the sources build to.`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const [command] = process.argv.slice(2);
if (command === "build") {
  build(folder, WASM_WORK);
  writeFileSync(manifestFile, `${JSON.stringify(describe(folder, WASM_WORK), null, 2)}\n`);
} else if (command === "verify") {
  verify();
} else {
  console.error("Usage: node scripts/wasm.ts build | verify");
  process.exitCode = 2;
}
