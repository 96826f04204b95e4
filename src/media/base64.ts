/** Base64 text of bytes, however many: pictures as data URLs. */

/** Bytes for each call of `fromCharCode`: the number of arguments is limited. */
const PIECE_BYTES = 0x8000;

/** `bytes` in base64. */
export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    binary += String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES));
  return btoa(binary);
}
