/** The codecs that some deployment can decode; which ones this one can is `supportedVideoCodecs()`. */
export type VideoCodec = "h264" | "hevc" | "vp8" | "vp9" | "av1" | "mpeg4" | "mjpeg" | "prores";
