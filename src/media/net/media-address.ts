/**
 * Which addresses media may come from: https, and a host with a name of the public internet, so that a URL written by somebody else
 * cannot make this Worker call services of a private network. Literal addresses are refused in every notation, private or not. Names
 * are not resolved (a Worker cannot). In messages a URL appears without its query, which may hold a signature.
 */
import { MediaError } from "../errors.ts";

/** `url` without its query, fragment and credentials, for messages; only the scheme if it has no host (`data:`). */
export function safeUrl(url: URL): string {
  return url.host === "" ? url.protocol : `${url.origin}${url.pathname}`;
}

/**
 * Parses `text` and checks that media may be fetched from it.
 *
 * @param allowInsecureLoopback also allow http and https on this machine's own addresses (local development)
 * @param base what `text` may be relative to: the address that redirects to it
 * @throws MediaError `refused-address`
 */
export function checkMediaAddress(text: string, allowInsecureLoopback = false, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url === null)
    throw refused("The media's address is not an absolute URL, such as https://media.example/a.mp4.");
  if (url.username !== "" || url.password !== "") {
    throw refused(`Media is not fetched with a name and password in the address: ${safeUrl(url)}.`);
  }
  // URL parsing has already normalized the host: lower case, ASCII, IPv4 in decimal, IPv6 in its shortest form.
  const host = url.hostname.replace(/\.+$/, "");
  if (allowInsecureLoopback && LOOPBACK.test(host) && /^https?:$/.test(url.protocol)) return url;
  if (url.protocol !== "https:") {
    throw refused(`Media is fetched over https only, not from ${safeUrl(url)}.`);
  }
  if (LITERAL.test(host)) {
    throw refused(`Media is fetched from hosts with a name, not from a literal address: ${safeUrl(url)}.`);
  }
  if (!host.includes(".") || PRIVATE_NAME.test(host)) {
    throw refused(`Media is not fetched from a private address: ${safeUrl(url)}.`);
  }
  return url;
}

const LITERAL = /^\[|^[\d.]+$/;
const LOOPBACK = /(?:^|\.)localhost$|^\[::1\]$|^127\.\d+\.\d+\.\d+$/;
/** Names for use inside a network: RFC 6761, 6762 and 8375, those that ICANN keeps out of the public tree, and common private ones. */
const PRIVATE_NAME = /\.(?:localhost|localdomain|local|internal|home\.arpa|intranet|private|corp|home|lan)$/;

const refused = (message: string) => new MediaError("refused-address", message);
