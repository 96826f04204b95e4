/**
 * Which addresses media may come from: https, and no address inside a private network, so that a URL somebody else wrote
 * cannot make this Worker knock at its neighbours. Names are not resolved (a Worker cannot); literal addresses are judged.
 * In messages a URL appears without its query, which may hold a signature.
 */
import { MediaError } from "../errors.ts";

/** `url` without its query, fragment and credentials, for messages. */
export function safeUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/**
 * Parses `text` and checks that media may be fetched from it.
 *
 * @param allowInsecureLoopback also allow http and https on this machine's own addresses (local development)
 * @throws MediaError `refused-address`
 */
export function checkMediaAddress(text: string | URL, allowInsecureLoopback = false): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new MediaError("refused-address", "The media's address is not an absolute URL.");
  }
  const host = url.hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  if (isLoopback(host) && allowInsecureLoopback && /^https?:$/.test(url.protocol)) return url;
  if (url.protocol !== "https:") {
    throw new MediaError("refused-address", `Media is fetched over https only, not from ${safeUrl(url)}.`);
  }
  if (isPrivate(host)) {
    throw new MediaError("refused-address", `Media is not fetched from a private address: ${safeUrl(url)}.`);
  }
  return url;
}

function isLoopback(host: string): boolean {
  return (
    host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host)
  );
}

function isPrivate(host: string): boolean {
  if (isLoopback(host) || /\.(local|internal|home\.arpa)$/.test(host)) return true;
  const v4 = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  if (v4) return isPrivateV4(Number(v4[1]), Number(v4[2]), Number(v4[3]));
  if (!host.includes(":")) return false;
  // URL parsing has already brought IPv6 into its one short form; an embedded IPv4 stands as two hex groups at the end.
  const embedded = /^(?:::ffff:|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (embedded) {
    const [high, low] = [Number.parseInt(embedded[1] ?? "", 16), Number.parseInt(embedded[2] ?? "", 16)];
    return isPrivateV4(high >> 8, high & 255, low >> 8);
  }
  if (host === "::") return true;
  const first = Number.parseInt(host.split(":")[0] || "0", 16);
  return (
    (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 || (first & 0xff00) === 0xff00 || first === 0
  );
}

/** IANA's special-purpose IPv4 blocks that are no public hosts (RFC 6890). */
function isPrivateV4(a: number, b: number, c: number): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 100 && b >= 64 && b <= 127) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 192 && b === 0 && (c === 0 || c === 2)) ||
    (a === 198 && (b === 18 || b === 19)) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113)
  );
}
