/**
 * Decodes video and images in workerd, compared with ffmpeg and OpenCV with one thread on the same machine in the same run. The files are
 * made by ffmpeg and OpenCV and kept in .wrangler/bench-media. Goals: H.264 at 0.33 of ffmpeg's speed and, with colours, 0.6 of OpenCV's;
 * JPEG at 0.45 of imread's; WebAssembly and frame at most 64 MB for 1080p and 120 MB for 2160p.
 *
 * Needs ffmpeg and python3-opencv (apt-get install). `--quick` takes only the two H.264 clips and the JPEG. `--range` measures instead how
 * many requests and bytes frames of large videos cost.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchRanges } from "./media-range.ts";

interface Clip {
  readonly name: string;
  /** ffmpeg's arguments between the generated picture and the file. */
  readonly encode: readonly string[];
  readonly size: string;
  readonly seconds: number;
  readonly quick?: boolean;
}

/** What the Worker answers. */
interface Answer {
  readonly error?: string;
  readonly frames: number;
  readonly ms: number;
  readonly wasmBytes: number;
  readonly frameBytes: number;
}

const CLIPS: readonly Clip[] = [
  {
    name: "h264-1080p.mp4",
    encode: ["-c:v", "libx264", "-profile:v", "high", "-b:v", "6M", "-bf", "2", "-g", "75"],
    size: "1920x1080",
    seconds: 12,
    quick: true,
  },
  {
    name: "hevc-1080p.mp4",
    encode: ["-c:v", "libx265", "-b:v", "4M", "-x265-params", "log-level=none"],
    size: "1920x1080",
    seconds: 6,
  },
  {
    name: "vp9-1080p.webm",
    encode: ["-c:v", "libvpx-vp9", "-b:v", "4M", "-deadline", "realtime", "-cpu-used", "6"],
    size: "1920x1080",
    seconds: 6,
  },
  {
    name: "av1-1080p.mp4",
    encode: ["-c:v", "libaom-av1", "-b:v", "4M", "-usage", "realtime", "-cpu-used", "8"],
    size: "1920x1080",
    seconds: 6,
  },
  {
    name: "h264-2160p.mp4",
    encode: [
      "-c:v",
      "libx264",
      "-b:v",
      "20M",
      "-maxrate",
      "30M",
      "-bufsize",
      "10M",
      "-bf",
      "2",
      "-refs",
      "2",
    ],
    size: "3840x2160",
    seconds: 3,
    quick: true,
  },
];
const IMAGES = ["photo.jpg", "photo-progressive.jpg", "photo.png", "photo.webp"];

const quick = process.argv.includes("--quick");
const here = fileURLToPath(new URL("./media/", import.meta.url));
const folder = fileURLToPath(new URL("../.wrangler/bench-media/", import.meta.url));

function run(command: string, ...options: string[]): { ok: boolean; text: string } {
  const { status, stdout, stderr } = spawnSync(command, options, { encoding: "utf8", maxBuffer: 1 << 26 });
  return { ok: status === 0, text: `${stdout ?? ""}${stderr ?? ""}` };
}

function makeFiles(): void {
  mkdirSync(folder, { recursive: true });
  for (const { name, encode, size, seconds } of CLIPS) {
    if (existsSync(join(folder, name))) continue;
    const source = `testsrc2=s=${size}:r=25:d=${seconds},noise=alls=12:allf=t`;
    const { ok, text } = run(
      "ffmpeg",
      "-v",
      "error",
      "-y",
      "-f",
      "lavfi",
      "-i",
      source,
      ...encode,
      "-pix_fmt",
      "yuv420p",
      join(folder, name),
    );
    if (!ok) console.log(`${name} cannot be made here: ${text.trim().split("\n")[0]}`);
  }
  if (IMAGES.every((name) => existsSync(join(folder, name)))) return;
  const script = `
import cv2, numpy as np
noise = np.random.default_rng(1).integers(0, 255, (375, 500, 3), dtype=np.uint8)
photo = cv2.GaussianBlur(cv2.resize(noise, (4000, 3000), interpolation=cv2.INTER_CUBIC), (0, 0), 2)
cv2.imwrite("photo.jpg", photo)
cv2.imwrite("photo-progressive.jpg", photo, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
cv2.imwrite("photo.png", photo)
cv2.imwrite("photo.webp", photo, [cv2.IMWRITE_WEBP_QUALITY, 85])`;
  spawnSync("/usr/bin/python3", ["-c", script], { cwd: folder, stdio: "inherit" });
}

/** Others may use the machine, so the best of some rounds counts, for both sides. */
const ROUNDS = 3;

function rounds<Result>(once: () => Result): Result[] {
  return Array.from({ length: ROUNDS }, once);
}

/** Frames per second of ffmpeg decoding alone. */
function ffmpegSpeed(file: string, frames: number): number | undefined {
  const options = ["-hide_banner", "-benchmark", "-threads", "1", "-i", file, "-f", "null", "-"];
  const seconds = rounds(() => Number(/rtime=([\d.]+)s/.exec(run("ffmpeg", ...options).text)?.[1]));
  const best = Math.min(...seconds);
  return best > 0 ? frames / best : undefined;
}

function openCv(job: string, file: string): { frames?: number; ms: number } | undefined {
  const { ok, text } = run("/usr/bin/python3", join(here, "native.py"), job, file);
  return ok ? JSON.parse(text.slice(text.indexOf("{"))) : undefined;
}

/** Starts the Worker as it would be deployed; bundled once, so that changes to the sources meanwhile do not disturb the run. */
async function startWorker(): Promise<{ url: string; process: ChildProcess }> {
  const wrangler = fileURLToPath(new URL("../node_modules/wrangler/bin/wrangler.js", import.meta.url));
  const bundle = join(folder, "worker");
  const config = join(here, "wrangler.jsonc");
  const built = run(
    process.execPath,
    wrangler,
    ...["deploy", "--dry-run", "--minify", "--config", config, "--outdir", bundle],
  );
  if (!built.ok) throw new Error(`The Worker cannot be bundled: ${built.text}`);
  console.log(/Total Upload: .*/.exec(built.text)?.[0]);
  const worker = spawn(
    process.execPath,
    [wrangler, "dev", join(bundle, "worker.js"), "--no-bundle", "--config", config, "--port", "0"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  for await (const chunk of worker.stdout) {
    const url = /Ready on (http:\/\/\S+)/.exec(String(chunk))?.[1];
    if (url) return { url, process: worker };
  }
  throw new Error("wrangler dev ended before it was ready.");
}

const ratio = (ours: number, theirs: number | undefined) => (theirs ? (ours / theirs).toFixed(2) : "-");
const number = (value: number | undefined, digits = 0) => value?.toFixed(digits) ?? "-";

if (process.argv.includes("--range")) {
  mkdirSync(folder, { recursive: true });
  const ranged = await startWorker();
  try {
    await benchRanges(folder, ranged.url);
  } finally {
    ranged.process.kill("SIGINT");
  }
  process.exit();
}

makeFiles();
const files = createServer((request, response) => {
  response.end(readFileSync(join(folder, (request.url ?? "/").slice(1))));
});
await new Promise<void>((listening) => files.listen(0, "127.0.0.1", listening));
const origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
const worker = await startWorker();
try {
  const ask = async (file: string, job: string): Promise<Answer> => {
    const url = `${worker.url}/?job=${job}&file=${origin}/${file}`;
    // This process is blocked while native tools run, and a kept connection may be closed meanwhile.
    const answer = await fetch(url).catch(() => fetch(url));
    return (await answer.json()) as Answer;
  };
  const askBest = async (file: string, job: string) => {
    const answers = [await ask(file, job)];
    while (answers.length < ROUNDS && !answers[0]?.error) answers.push(await ask(file, job));
    return answers.reduce((best, each) => (each.ms < best.ms ? each : best));
  };

  console.log("video                 decode   ffmpeg  ratio |    RGB   OpenCV  ratio | memory with a frame");
  for (const { name, quick: always } of CLIPS) {
    if ((quick && !always) || !existsSync(join(folder, name))) continue;
    await ask(name, "decode"); // Warms up: the engine optimizes hot code while it runs.
    const [decode, rgb] = [await askBest(name, "decode"), await askBest(name, "rgb")];
    if (decode.error ?? rgb.error) {
      console.log(`${name}: ${decode.error ?? rgb.error}`);
      continue;
    }
    const fps = (decode.frames * 1000) / decode.ms;
    const rgbFps = (rgb.frames * 1000) / rgb.ms;
    const native = ffmpegSpeed(join(folder, name), decode.frames);
    const seen = rounds(() => openCv("video", join(folder, name)));
    const seenFps = seen[0]?.frames
      ? (seen[0].frames * 1000) / Math.min(...seen.map((each) => each?.ms ?? Infinity))
      : undefined;
    const memory = (rgb.wasmBytes + rgb.frameBytes) / 1e6;
    console.log(
      `${name.padEnd(20)} ${number(fps).padStart(4)} fps ${number(native).padStart(4)} fps  ${ratio(fps, native).padStart(5)} | ` +
        `${number(rgbFps).padStart(3)} fps ${number(seenFps).padStart(4)} fps  ${ratio(rgbFps, seenFps).padStart(5)} | ${memory.toFixed(1)} MB`,
    );
  }

  console.log("\n12 megapixels          here   OpenCV   speed");
  for (const [name, job] of [...IMAGES.map((image) => [image, "image"]), ["photo.jpg", "jpeg"]] as const) {
    if (quick && name !== "photo.jpg") continue;
    const ours = await ask(name as string, job as string);
    const theirs = openCv(job as string, join(folder, name as string));
    const label = job === "jpeg" ? "encoding a JPEG" : (name as string);
    console.log(
      ours.error
        ? `${label}: ${ours.error}`
        : `${label.padEnd(22)} ${number(ours.ms).padStart(3)} ms  ${number(theirs?.ms).padStart(3)} ms  ${ratio(theirs?.ms ?? Number.NaN, ours.ms).padStart(6)}`,
    );
  }
  if (!openCv("image", join(folder, "photo.jpg"))) {
    console.log("\nNo comparison with OpenCV: apt-get install python3-opencv provides it.");
  }
} finally {
  worker.process.kill("SIGINT");
  files.close();
}
