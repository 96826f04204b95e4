/**
 * How many requests and bytes frames of large videos cost: of a 60 MB file of 6,000 frames made by ffmpeg, in several containers, and of
 * a 2 GB one that is made up while it is read. Goals: for frame 5000 at most 4 requests and 2 % of the 60 MB file, and 0.1 % of the large
 * one.
 */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ServedFile, spreadVideo } from "../test/media/spread-video.ts";

const BASE = "range-60mb.mp4";
/** 240 seconds at 2 Mb/s; a key frame every three seconds. */
const ENCODE =
  "-c:v libx264 -preset ultrafast -bf 2 -g 75 -b:v 2M -minrate 2M -maxrate 2M -bufsize 2M -nal-hrd cbr";
const COPIES: Record<string, string> = {
  "range-60mb-faststart.mp4": "-movflags +faststart",
  "range-60mb-fragments.mp4": "-movflags frag_keyframe+empty_moov+default_base_moof",
  "range-60mb-sidx.mp4": "-movflags +dash+frag_keyframe",
  "range-60mb.mkv": "",
  "range-60mb.ts": "",
};

const JOBS = [
  ["frame 5000", "frame=5000"],
  ["frame 4999", "frame=4999"],
  ["every 500th", "every=500"],
] as const;

/** Makes the files, serves them with ranges, and prints the table. */
export async function benchRanges(folder: string, worker: string): Promise<void> {
  const source = "testsrc2=s=640x360:r=25:d=240,noise=alls=12:allf=t";
  makeFile(join(folder, BASE), ["-f", "lavfi", "-i", source, ...ENCODE.split(" "), "-pix_fmt", "yuv420p"]);
  const long = fileURLToPath(new URL("../test/fixtures/media/videos/h264_long.mp4", import.meta.url));
  const files: Record<string, ServedFile> = {};
  for (const [name, how] of [[BASE, ""], ...Object.entries(COPIES)] as const) {
    const path = join(folder, name);
    if (name !== BASE)
      makeFile(path, ["-i", join(folder, BASE), "-c", "copy", ...how.split(" ").filter(Boolean)]);
    if (existsSync(path)) files[name] = onDisk(path);
  }
  files["sparse-2gb.mp4"] = await spreadVideo(readFileSync(long), 350_000, false);

  const server = createServer((request, response) => {
    const file = files[(request.url ?? "/").slice(1)];
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (!file || from === undefined) return void response.writeHead(404).end();
    const [start, end] = [Number(from), Math.min(file.size, Number(to) + 1)];
    response.writeHead(206, { "content-range": `bytes ${start}-${end - 1}/${file.size}`, etag: '"1"' });
    response.end(file.part(start, end));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log("video                      MB   job          requests      bytes   share    index     all");
  for (const [name, { size }] of Object.entries(files)) {
    for (const [label, query] of JOBS) {
      const answer = await (await fetch(`${worker}/?job=range&file=${origin}/${name}&${query}`)).json();
      const { error, requests, bytes, indexMs, ms } = answer as Record<string, number>;
      const share = (((bytes ?? 0) * 100) / size).toFixed(2);
      console.log(
        `${name.padEnd(25)} ${(size / 1e6).toFixed(0).padStart(4)}   ${label.padEnd(11)} ` +
          (error ??
            `${String(requests).padStart(9)} ${String(bytes).padStart(10)} ${share.padStart(5)} % ${indexMs} ms ${ms} ms`),
      );
    }
  }
  server.close();
}

function makeFile(path: string, options: readonly string[]): void {
  if (existsSync(path)) return;
  const { status, stderr } = spawnSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...options, path], {
    encoding: "utf8",
  });
  if (status !== 0) console.log(`${path} cannot be made here: ${stderr?.trim().split("\n")[0]}`);
}

function onDisk(path: string): ServedFile {
  return {
    size: statSync(path).size,
    part(start, end) {
      const bytes = new Uint8Array(end - start);
      const file = openSync(path, "r");
      readSync(file, bytes, 0, bytes.length, start);
      closeSync(file);
      return bytes;
    },
  };
}
