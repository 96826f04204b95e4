/** UUIDs as Python's `uuid.UUID` reads them: with or without dashes, in braces, in capitals, as a URN. */

import { InvalidArgumentsError } from "./errors.ts";

const USUAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The usual form: lower case, 8-4-4-4-12.
 *
 * @param what names the value in the error, such as "project hash"
 * @throws InvalidArgumentsError
 */
export function toUuid(text: string, what: string): string {
  // Nearly every UUID is written like this already, and a page of tasks holds hundreds.
  if (USUAL.test(text)) return text;
  const digits = String(text)
    .toLowerCase()
    .replace(/^urn:uuid:|[{}-]/g, "");
  if (!/^[0-9a-f]{32}$/.test(digits)) {
    throw new InvalidArgumentsError(
      `The ${what} must be a UUID; it is ${JSON.stringify(text)?.slice(0, 100)}.`,
    );
  }
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
