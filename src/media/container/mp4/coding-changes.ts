/**
 * Tracks whose samples have several descriptions (joined recordings): the same codec with other parameter sets or another size. A decoder
 * is opened with the first, and gets the others' parameter sets in the stream: before key packets, and where a description begins.
 */
import { MediaError } from "../../errors.ts";
import { joined } from "../../net/byte-reader.ts";
import { headerUnits, lengthBytesOf } from "../nal-units.ts";
import type { SampleDescription } from "./sample-description.ts";

/** The first packet for which a description holds. */
export interface DescriptionStart {
  readonly packet: number;
  readonly description: number;
}

/** How a track is coded. */
export interface Coding {
  /** The first packet's description. */
  readonly description: SampleDescription;
  /** Puts the header before a stored packet that needs one; null if there is only one description. */
  readonly withHeader: ((stored: Uint8Array, packet: number, isKey: boolean) => Uint8Array) | null;
}

/** @throws MediaError `corrupt` without any description, `unsupported-format` when a decoder cannot change from one to another */
export function codingOf(
  descriptions: readonly SampleDescription[],
  starts: readonly DescriptionStart[],
): Coding {
  const [first] = descriptions;
  if (!first)
    throw new MediaError("corrupt", "The video track does not say how it is coded (its stsd box is empty).");
  const of = (start: DescriptionStart | undefined) => descriptions[start?.description ?? 0] ?? first;
  const description = of(starts[0]);
  const changed = starts.find((start) => !isSame(of(start), description));
  if (!changed) return { description, withHeader: null };
  for (const start of starts) {
    const other = of(start);
    if (canFollow(other, description)) continue;
    throw new MediaError(
      "unsupported-format",
      `The video changes its coding at packet ${start.packet} (from ${description.tag} ${description.width} x ${description.height} to ` +
        `${other.tag} ${other.width} x ${other.height}); re-encode it as one stream.`,
    );
  }
  const headers = starts.map((start) => headerInStream(of(start)));
  const withHeader = (stored: Uint8Array, packet: number, isKey: boolean): Uint8Array => {
    const run = starts.findLastIndex((start) => start.packet <= packet);
    const header = headers[run];
    if (!header || !(isKey || starts[run]?.packet === packet)) return stored;
    return joined([header, stored]);
  };
  return { description, withHeader };
}

function isSame(a: SampleDescription, b: SampleDescription): boolean {
  return (
    a.codec === b.codec &&
    a.width === b.width &&
    a.height === b.height &&
    (a.extradata ?? []).join() === (b.extradata ?? []).join()
  );
}

function canFollow({ codec, extradata }: SampleDescription, first: SampleDescription): boolean {
  if (codec !== first.codec) return false;
  if (codec !== "h264" && codec !== "hevc") return true;
  return lengthBytesOf(codec, extradata) === lengthBytesOf(codec, first.extradata);
}

/** A description's header in the form of the stream; empty if key packets carry everything. */
function headerInStream({ codec, extradata }: SampleDescription): Uint8Array {
  if (!extradata || (codec !== "h264" && codec !== "hevc" && codec !== "mpeg4")) return new Uint8Array();
  const lengthBytes = codec === "mpeg4" ? null : lengthBytesOf(codec, extradata);
  if (codec === "mpeg4" || lengthBytes === null) return extradata;
  const bytes: number[] = [];
  for (const unit of headerUnits(codec, extradata)) {
    for (let i = lengthBytes - 1; i >= 0; i--) bytes.push(Math.floor(unit.length / 256 ** i) % 256);
    bytes.push(...unit);
  }
  return Uint8Array.from(bytes);
}
