/** What the pictures of a stream say of the order in which they are shown, whatever the codec. */
import { H264Orders } from "./h264-order.ts";
import { HevcOrders } from "./hevc-order.ts";
import { Mpeg4Orders } from "./mpeg4-order.ts";
import type { VideoTrack } from "./video-index.ts";

/** Follows the order of a stream's pictures from packet to packet. */
export interface PictureOrders {
  /** How many pictures are stored at most before one that is shown earlier, by the headers met so far; null: they do not say. */
  readonly reordering: number | null;
  /** Where the packet's picture stands among all; null when it has none. */
  read(packet: Uint8Array): number | null;
}

/** The follower of a track; null where pictures are always shown in the order stored. */
export function pictureOrders({
  codec,
  extradata,
}: Pick<VideoTrack, "codec" | "extradata">): PictureOrders | null {
  if (codec === "h264") return new H264Orders(extradata);
  if (codec === "hevc") return new HevcOrders(extradata);
  return codec === "mpeg4" ? new Mpeg4Orders(extradata) : null;
}
