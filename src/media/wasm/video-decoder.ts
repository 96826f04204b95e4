/**
 * The interface of a video decoder: packets in, pictures out, in one WebAssembly instance for each job. A decoder holds its share of
 * the isolate's memory budget until it is closed, and a picture lives in the decoder's memory until the decoder's next call. Every
 * failure is a `MediaError`; after `corrupt` the next key packet may be fine, after any other failure only `close` is of use.
 */
import type { Orientation, Pixels } from "../pixels.ts";
import type { VideoCodec } from "./video-codec.ts";

/** What is known about a stream before its first packet is read. */
export interface VideoDecoderOptions {
  readonly codec: VideoCodec;
  /** `avcC`, `hvcC` or `av1C` box, MPEG-4's DecoderSpecificInfo; absent for Annex B and for codecs that need none. */
  readonly extradata?: Uint8Array | undefined;
  /** The codec's name in the file; the only place that tells the kind of ProRes ("ap4h"). */
  readonly codecTag?: string | undefined;
  /** Coded width in pixels, as the container says; the memory needed is estimated with it. */
  readonly width: number;
  /** Coded height in pixels. */
  readonly height: number;
  /**
   * Bytes that the job will hold outside the decoder at the same time, such as its copies of frames. Default: one RGB picture of the
   * coded size.
   */
  readonly ownBytes?: number | undefined;
  /**
   * How many pictures must be held back so that they come out in presentation order, by the container's times (libavformat's
   * `video_delay`, for `has_b_frames`). Many H.264 streams do not say it themselves, and a decoder that guesses drops pictures.
   */
  readonly reorderDepth?: number | undefined;
  /** Aborts waiting for memory. */
  readonly signal?: AbortSignal | undefined;
}

/** One plane of a picture, as a view of the decoder's memory. */
export interface PicturePlane {
  /** From the first sample of the first row to the last sample of the last row. */
  readonly data: Uint8Array;
  /** Bytes from one row to the next. */
  readonly stride: number;
  /** Bytes of a row that hold samples. */
  readonly rowBytes: number;
  readonly rows: number;
}

/** The size in which a picture is wanted, in pixels; default its own. */
export interface PictureSize {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** How colours are made from luma and chroma. */
export interface PictureColours extends PictureSize {
  /** "opencv" (default): BT.601 whatever the stream says, as the Python agents see it. "tagged": by the stream's tags. */
  readonly colours?: "opencv" | "tagged" | undefined;
  /**
   * Which chroma pixels get when several share a sample. "opencv" (default): mostly the nearest sample, as swscale does for OpenCV.
   * "smooth": by their place between the samples, as libavif does for still pictures.
   */
  readonly chroma?: "opencv" | "smooth" | undefined;
  /** Turns the picture upright while it is converted; the size asked for is the one before that. Default 1: not turned. */
  readonly orientation?: Orientation | undefined;
}

/** A decoded picture; gone after its decoder's next `send`, `receive`, `flush`, `reset` or `close`: its methods throw `closed` then. */
export interface DecodedPicture {
  /** The `pts` that its packet was sent with. */
  readonly pts: number;
  /** Visible size in pixels, before any rotation. */
  readonly width: number;
  readonly height: number;
  /** FFmpeg's name of the pixel format: "yuv420p", "yuv422p10le", "gray" ... */
  readonly pixelFormat: string;
  /** The planes as they are, without a copy. */
  planes(): PicturePlane[];
  /** All visible samples, plane after plane without padding: what ffmpeg's `rawvideo` writes. */
  copyPlanes(): Uint8Array;
  /** The picture as packed RGB in memory of its own, scaled while it is converted (area to shrink, bicubic to enlarge). */
  toRgb(options?: PictureColours): Pixels;
  /** Luma in full range, one byte per pixel, in memory of its own. */
  toGray(options?: PictureSize): Uint8Array;
}

/** How a packet is treated. */
export interface PacketOptions {
  /** Skip the packet if no other picture refers to it; then it gives no picture. Saves time on the way to a frame. */
  readonly skipNonReference?: boolean;
}

/** A decoder for one stream. Packets go in in decode order; after each, `receive` until it gives null. */
export interface VideoDecoder {
  readonly codec: VideoCodec;
  /** Bytes of WebAssembly memory that the decoder occupies now. */
  readonly memoryBytes: number;
  /**
   * Decodes one packet (one access unit, as MP4 and Matroska store it). Damage inside a packet is concealed if the codec can.
   *
   * @param pts any whole number; it comes back with the packet's picture
   * @throws MediaError `corrupt` (nothing in it could be decoded; the next key packet may be fine), `out-of-memory`, `closed`
   */
  send(packet: Uint8Array, pts: number, options?: PacketOptions): void;
  /** The next finished picture, or null when more packets are needed (after `flush`: when all are out). */
  receive(): DecodedPicture | null;
  /** Tells that no packet follows, so that `receive` returns the pictures still held back. Call `reset` before sending again. */
  flush(): void;
  /** Forgets everything but the stream's header: before jumping to another key packet. */
  reset(): void;
  /** Gives the instance and its memory back. May be called twice. */
  close(): void;
}

export { openVideoDecoder, supportedVideoCodecs } from "./ffmpeg-decoder.ts";
export type { VideoCodec } from "./video-codec.ts";
