/**
 * Where decoding has to start so that a frame comes out as it does in a pass from the beginning. There are two traps: a frame that
 * follows a key packet in the file but is shown before it (open GOP) refers to pictures before that key packet; and some files call a
 * packet a key packet although pictures become right only some time after it, or never.
 */
import {
  h264SliceType,
  h264Type,
  hevcType,
  lengthBytesOf,
  nalUnits,
  recoveryFrames,
} from "../container/nal-units.ts";
import { pictureStart } from "../container/picture-start.ts";
import type { VideoIndex } from "../container/video-index.ts";

/** The key packet from which to decode `packet`, as far as the index tells. */
export function startFor({ packets }: VideoIndex, packet: number): number {
  const key = keyAtOrBefore(packets.keys, packet);
  const isLeading = (packets.times[packet] as number) < (packets.times[key] as number);
  return isLeading && key > 0 ? keyAtOrBefore(packets.keys, key - 1) : key;
}

/** The last key packet up to `packet`; the first packet of the file if there is none. */
export function keyAtOrBefore(keys: Uint8Array, packet: number): number {
  let key = packet;
  while (key > 0 && keys[key] !== 1) key--;
  return key;
}

/**
 * What the stream itself says about a packet that its container calls a key packet: everything starts anew ("reset"), decoding can
 * start but some pictures still refer to earlier ones ("open"), or it cannot start here ("none").
 */
export type StartKind = "reset" | "open" | "none";

/** The kind of a key packet. For AV1 the container is believed; in Motion JPEG and ProRes every packet is one. */
export function startKind(index: Pick<VideoIndex, "codec" | "extradata">, packet: Uint8Array): StartKind {
  if (index.codec === "h264") return startKindOfH264(packet, index.extradata);
  if (index.codec === "hevc") return startKindOfHevc(packet, index.extradata);
  if (index.codec === "av1") return "reset";
  return pictureStart(index.codec, packet).access === "key" ? "reset" : "none";
}

/** An IDR picture resets; an I picture is open, unless its recovery point (ITU-T H.264, D.2.8) comes later. */
function startKindOfH264(packet: Uint8Array, extradata: Uint8Array | undefined): StartKind {
  for (const nal of nalUnits(packet, lengthBytesOf("h264", extradata))) {
    const type = h264Type(nal);
    if (type === 5) return "reset";
    if (type === 6 && (recoveryFrames(nal) ?? 0) > 0) return "none";
    if (type === 1 || type === 2) return [2, 4].includes(h264SliceType(nal)) ? "open" : "none";
  }
  return "open";
}

/** A random access picture: NAL unit types 16 to 23 (ITU-T H.265, table 7-1); 19 and 20 are IDR. */
function startKindOfHevc(packet: Uint8Array, extradata: Uint8Array | undefined): StartKind {
  const type = hevcPictureType(packet, extradata);
  if (type === null) return "open";
  if (type < 16) return "none";
  return type === 19 || type === 20 ? "reset" : "open";
}

/** Whether a HEVC packet is a picture that decoders skip if they started at the key packet before it (RASL). */
export function isSkippedHevc(packet: Uint8Array, extradata: Uint8Array | undefined): boolean {
  const type = hevcPictureType(packet, extradata);
  return type === 8 || type === 9;
}

/** The NAL unit type of a packet's picture. */
function hevcPictureType(packet: Uint8Array, extradata: Uint8Array | undefined): number | null {
  for (const nal of nalUnits(packet, lengthBytesOf("hevc", extradata))) {
    const type = hevcType(nal);
    if (type < 32) return type;
  }
  return null;
}
