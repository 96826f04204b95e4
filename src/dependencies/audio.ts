import { dependency } from "../agent/dependency.ts";
import { storageItem } from "./storage-item.ts";
import { type WholeFile, wholeFile } from "./whole-file.ts";

/** An audio file, and what Encord knows about it; null for what it does not know. */
export interface AudioFile extends WholeFile {
  /** Seconds. */
  readonly duration: number | null;
  /** Hertz. */
  readonly sampleRate: number | null;
  /** Bits per sample. */
  readonly bitDepth: number | null;
  readonly codec: string | null;
  readonly channels: number | null;
}

/**
 * The audio file, still encoded. Nothing is downloaded until `bytes()` is called.
 *
 * @throws (when made) AgentError (code `unsupported-item`) when the data unit is not audio
 * @example
 * taskAgent({
 *   name: "by-length",
 *   stage: "Agent 1",
 *   dependencies: { audio },
 *   run: ({ audio }) => ((audio.duration ?? 0) > 60 ? "Long" : "Short"),
 * });
 */
export const audio = dependency({ item: storageItem }, ({ item }, invocation): AudioFile => {
  const type = { itemType: "audio", mimeType: "audio/mpeg", dependency: "audio" };
  return {
    ...wholeFile(item, type, invocation),
    duration: item.duration,
    sampleRate: item.audioSampleRate,
    bitDepth: item.audioBitDepth,
    codec: item.audioCodec,
    channels: item.audioNumChannels,
  };
});
