/** Lists come in pages: results and a token for the next one, or null at the end. */

import { unprocessable } from "./refusal.ts";

export interface Page {
  readonly results: readonly unknown[];
  /** Lists that always come whole leave it out. */
  readonly nextPageToken?: string | null;
}

/**
 * A page of items with ascending numbers: the token holds the last number shown, so that items that leave between two pages
 * do not shift the others.
 *
 * @param items in the order of `numberOf`
 */
export function pageAfter<T>(
  items: Iterable<T>,
  numberOf: (item: T) => number,
  token: string | null,
  size: number,
): { readonly items: readonly T[]; readonly nextPageToken: string | null } {
  const after = token === null ? Number.NEGATIVE_INFINITY : readToken(token);
  const page: T[] = [];
  for (const item of items) {
    if (numberOf(item) <= after) continue;
    if (page.length === size) {
      const last = page.at(-1) as T; // A page has at least one result: size is positive.
      return { items: page, nextPageToken: btoa(`after:${numberOf(last)}`) };
    }
    page.push(item);
  }
  return { items: page, nextPageToken: null };
}

/** A page of a list that does not change its order. */
export function pageOf<T>(items: readonly T[], token: string | null, size: number) {
  const numbered = items.map((item, index) => ({ item, index }));
  const page = pageAfter(numbered, ({ index }) => index, token, size);
  return { items: page.items.map(({ item }) => item), nextPageToken: page.nextPageToken };
}

function readToken(token: string): number {
  let text = "";
  try {
    text = atob(token);
  } catch {
    // Not base64: not one of ours.
  }
  const number = /^after:(\d+)$/.exec(text)?.[1];
  if (number === undefined) throw unprocessable(["query", "pageToken"], "This page token was not given out.");
  return Number(number);
}
