/** The codecs that can be decoded; `supportedVideoCodecs()` names those that this deployment carries. */
export type VideoCodec = "h264" | "hevc" | "vp8" | "vp9" | "av1" | "mpeg4" | "mjpeg" | "prores";
