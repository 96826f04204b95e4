/** Where Encord's API is: for accounts in Europe, in the United States, or on a domain of their own. */

import { InvalidArgumentsError, quotable } from "./errors.ts";

/** The API of accounts in Europe. */
export const EU_DOMAIN = "https://api.encord.com";
/** The API of accounts in the United States. */
export const US_DOMAIN = "https://api.us.encord.com";

/**
 * The origin that a domain names; a trailing slash is fine.
 *
 * @throws InvalidArgumentsError when it has a path, a query or a password, or is the address of the web app; the message
 * never shows the password
 */
export function toApiOrigin(domain: string): string {
  const url = URL.parse(domain);
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== "/" ||
    url.search !== "" ||
    url.username !== ""
  ) {
    const shown = JSON.stringify(quotable(domain.replace(/^.*@/s, "…@")));
    throw new InvalidArgumentsError(
      `The domain must be an origin such as https://api.encord.com; it is ${shown}.`,
    );
  }
  if (/^app\.(us\.)?encord\.com$/.test(url.hostname)) {
    const api = url.origin.replace("//app.", "//api.");
    throw new InvalidArgumentsError(`${url.origin} is the address of the web app; its API is at ${api}.`);
  }
  return url.origin;
}
