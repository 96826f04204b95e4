/** Where Encord's API is: of accounts in Europe, in the United States, or at an address of one's own. */

import { InvalidArgumentsError, quotable } from "./errors.ts";

/** The API of accounts in Europe. */
export const EU_DOMAIN = "https://api.encord.com";
/** The API of accounts in the United States. */
export const US_DOMAIN = "https://api.us.encord.com";

/**
 * The origin that a domain names; a slash at its end is no matter.
 *
 * @throws InvalidArgumentsError when it has a path, a query or a password, or is the app that people use; shows no password
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
    throw new InvalidArgumentsError(`${url.origin} is the app for people; the domain of its API is ${api}.`);
  }
  return url.origin;
}
