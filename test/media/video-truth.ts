import truth from "../fixtures/media/truth.json";

/** What native OpenCV and ffmpeg say of a video (test/fixtures/media/truth.json). */
export interface VideoTruth {
  readonly bytes: number;
  readonly opencv: null | {
    readonly framesRead: number;
    readonly fps: number;
    readonly width: number;
    readonly height: number;
    /** One per frame, or of some frames by their number. */
    readonly grids: readonly string[] | Readonly<Record<string, string>>;
  };
  readonly ffprobe?: { readonly pix_fmt?: string };
  readonly packets?: { readonly count: number; readonly key: number; readonly discard: number };
  readonly planesMd5?: readonly string[];
}

/** All videos, by name. */
export const videoTruth = truth.videos as unknown as Record<string, VideoTruth>;

/** MD5 as lowercase hex. */
export async function md5(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("MD5", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
