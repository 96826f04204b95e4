/** The error for a codec that cannot be decoded: it names the codec and says what to do. */
import { MediaError } from "../errors.ts";

/** @param tag the codec's name in the file */
export function unsupportedCodec(tag: string, why = ""): MediaError {
  return new MediaError(
    "unsupported-codec",
    `The video is coded as "${tag.trim()}", which cannot be decoded here.${why && ` ${why}`} H.264, HEVC, VP8, VP9, AV1, MPEG-4 part 2, ` +
      "Motion JPEG and ProRes can: re-encode it, for example with ffmpeg -i in -c:v libx264 out.mp4.",
  );
}
