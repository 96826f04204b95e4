/** The order in which a stream's pictures are shown, as they tell it themselves, whatever the codec. */
import { H264Orders } from "./h264-order.ts";
import { HevcOrders } from "./hevc-order.ts";
import { Mpeg4Orders } from "./mpeg4-order.ts";
import type { VideoTrack } from "./video-index.ts";

/** Reads the order of a stream's pictures, packet by packet. */
export interface PictureOrders {
  /** How many pictures at most are stored before one that is shown earlier, by the headers met so far; null if they do not say. */
  readonly reordering: number | null;
  /** A number by which the packet's picture sorts among all; null if the packet has none. */
  read(packet: Uint8Array): number | null;
}

/** The reader for a track's codec; null for codecs that always show pictures in the order stored. */
export function pictureOrders({
  codec,
  extradata,
}: Pick<VideoTrack, "codec" | "extradata">): PictureOrders | null {
  if (codec === "h264") return new H264Orders(extradata);
  if (codec === "hevc") return new HevcOrders(extradata);
  return codec === "mpeg4" ? new Mpeg4Orders(extradata) : null;
}
