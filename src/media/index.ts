/** Bytes to pixels: images, videos, crops, bounded downloads. Knows nothing of Encord, agents or queues. */

export type { Container } from "./container/video-index.ts";
export {
  bitmaskCrop,
  boxCrop,
  type Mask,
  type PixelBox,
  polygonCrop,
  type RelativeBox,
  type RelativePoint,
  type RotatableBox,
  rotatableBoxCrop,
  rotatedCorners,
  type Size,
} from "./crop.ts";
export { MediaError, type MediaErrorCode } from "./errors.ts";
export {
  type Base64Options,
  type Base64Output,
  type Base64Outputs,
  Frame,
  type FrameContent,
} from "./frame.ts";
export { DEFAULT_MAX_PIXELS, type DecodeImageOptions, decodeImage } from "./image/decode-image.ts";
export type { EncodedImageFormat, EncodeImageOptions } from "./image/encode-image.ts";
export { type ImageFormat, type ImageInfo, probeImage } from "./image/probe-image.ts";
export type { ByteReader, ReadOptions } from "./net/byte-reader.ts";
export { type FetchBytesOptions, fetchBytes, type Transfer } from "./net/fetch-bytes.ts";
export { type FetchStreamOptions, fetchStream } from "./net/fetch-stream.ts";
export type { Fetch, MediaRequestOptions } from "./net/media-request.ts";
export { openReader } from "./net/range-reader.ts";
export type { OpenReaderOptions } from "./net/remote-file.ts";
export type { Orientation, Pixels } from "./pixels.ts";
export type { Fit, ResizeOptions } from "./resize.ts";
export type {
  FrameOptions,
  FrameSource,
  FrameSourceInfo,
  GrayFrame,
  GrayOptions,
} from "./video/frame-source.ts";
export { ImageSequence, type ImageSequenceOptions, type LoadPicture } from "./video/image-sequence.ts";
export { type OpenVideoOptions, openVideo, Video, type VideoInfo } from "./video/video.ts";
export { supportedVideoCodecs, type VideoCodec } from "./wasm/video-decoder.ts";
