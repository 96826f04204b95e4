/**
 * Reads a request body of limited size: one that is too large is refused by its declared length, or as soon as too much has arrived. A
 * body that breaks off is read as empty, which no endpoint accepts. Memory is bounded by the limit, however small the pieces are.
 */

/** The first buffer for a body that does not declare its length; doubled as it grows. */
const FIRST_BYTES = 4096;

/** @returns the bytes, or null if there are more than `limit` */
export async function readBody(request: Request, limit: number): Promise<Uint8Array | null> {
  const declared = request.headers.get("content-length");
  if (Number(declared) > limit) {
    await request.body?.cancel();
    return null;
  }
  try {
    // HTTP ensures that a body has its declared length.
    if (declared !== null) return new Uint8Array(await request.arrayBuffer());
    return await readUndeclared(request.body, limit);
  } catch {
    return new Uint8Array();
  }
}

async function readUndeclared(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array | null> {
  let body = new Uint8Array(FIRST_BYTES);
  let size = 0;
  for await (const chunk of stream ?? []) {
    const from = size;
    size += chunk.byteLength;
    if (size > limit) return null;
    if (size > body.length) {
      const larger = new Uint8Array(Math.max(size, 2 * body.length));
      larger.set(body.subarray(0, from));
      body = larger;
    }
    body.set(chunk, from);
  }
  return body.subarray(0, size);
}

/** A body as JSON in UTF-8; undefined if it is not that. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    return undefined;
  }
}
