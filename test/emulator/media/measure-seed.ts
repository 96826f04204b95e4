/**
 * What Encord determines when a file is uploaded: frame count, size and frame rate of a video, duration of audio, length of a
 * text. A seed that leaves them out gets them from its files, if their bytes are available and can be read.
 */

import { openVideoFile } from "../../../src/media/container/open-video-file.ts";
import { MediaError } from "../../../src/media/errors.ts";
import { MemoryReader } from "../../../src/media/net/byte-reader.ts";
import type { EmulatorSeed, SeedData } from "../seed.ts";
import type { MediaStorage } from "../state/storage.ts";
import { dataTypeOf, mimeTypeOf } from "./file-kind.ts";

type Measures = Partial<SeedData>;

export async function measuredSeed(seed: EmulatorSeed, media: MediaStorage): Promise<EmulatorSeed> {
  const known = new Map<string, Promise<Measures>>();
  const measures = (name: string) => {
    const found = known.get(name) ?? measure(name, media);
    known.set(name, found);
    return found;
  };
  const data = (each: SeedData) =>
    each.media === undefined ? each : measures(each.media).then((found) => ({ ...found, ...each }));
  return {
    ...seed,
    projects: await Promise.all(
      seed.projects.map(async (project) => ({
        ...project,
        data: await Promise.all(project.data.map(data)),
      })),
    ),
  };
}

async function measure(name: string, media: MediaStorage): Promise<Measures> {
  const facts = media.glance(name);
  const type = dataTypeOf(name);
  if (!facts || type === "IMAGE") return {};
  const bytes = await media.read(name, 0, facts.size);
  if (type === "VIDEO") return videoMeasures(bytes);
  if (mimeTypeOf(name) === "audio/wav") return waveMeasures(bytes);
  if (type === "PLAIN_TEXT") return { numberOfFrames: Math.max(new TextDecoder().decode(bytes).length, 1) };
  return {};
}

async function videoMeasures(bytes: Uint8Array): Promise<Measures> {
  try {
    const { index } = await openVideoFile(new MemoryReader(bytes));
    const { width, height, orientation, frames, frameRate } = index;
    const isTurned = orientation >= 5;
    return {
      width: isTurned ? height : width,
      height: isTurned ? width : height,
      numberOfFrames: frames.length,
      ...(frameRate > 0 ? { framesPerSecond: frameRate, duration: frames.length / frameRate } : {}),
    };
  } catch (error) {
    if (error instanceof MediaError) return {};
    throw error;
  }
}

/** https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html */
function waveMeasures(bytes: Uint8Array): Measures {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const letters = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (letters(0) !== "RIFF" || letters(8) !== "WAVE") return {};
  let format: { bytesPerSecond: number; audio: NonNullable<SeedData["audio"]> } | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    if (letters(at) === "fmt " && at + 24 <= bytes.length) {
      const [numChannels, sampleRate] = [view.getUint16(at + 10, true), view.getUint32(at + 12, true)];
      const audio = { codec: "pcm", sampleRate, bitDepth: view.getUint16(at + 22, true), numChannels };
      format = { bytesPerSecond: view.getUint32(at + 16, true), audio };
    }
    if (letters(at) === "data" && format && format.bytesPerSecond > 0) {
      const played = Math.min(size, bytes.length - at - 8);
      return { audio: format.audio, duration: played / format.bytesPerSecond };
    }
    at += 8 + size + (size % 2);
  }
  return {};
}
