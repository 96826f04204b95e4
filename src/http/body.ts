/**
 * Reads a request body of limited size: refused by its declared length, or as soon as more has arrived. One that breaks off is read
 * as nothing, which no door takes for a valid body. Memory is bounded by the limit, in however small pieces the body comes.
 */

/** For bodies that do not declare their length; doubled as they grow. */
const FIRST_BYTES = 4096;

/** @returns the bytes, or null when there are more than `limit` (bytes) */
export async function readBody(request: Request, limit: number): Promise<Uint8Array | null> {
  const declared = request.headers.get("content-length");
  if (Number(declared) > limit) {
    await request.body?.cancel();
    return null;
  }
  try {
    // The protocol holds a body to its declared length.
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

/** What a body says as JSON in UTF-8; undefined when it is none. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    return undefined;
  }
}
