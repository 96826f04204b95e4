/**
 * Lists of the v2 API come in pages: `{ results, nextPageToken }`, and the token goes back as `pageToken` together with the
 * same filters. The next page is fetched only when the one before has been used up. A token that comes twice would make
 * an endless loop, so it is an error.
 */

import { UnexpectedAnswerError } from "./errors.ts";
import { listOf, object, orNull, type Reader, readAnswer, text } from "./json.ts";
import type { Query, Transport } from "./transport.ts";

/** A page of a list, and the token of the next one; null: it is the last. */
export interface Page<Item> {
  readonly items: Item[];
  readonly nextPageToken: string | null;
}

/**
 * The pages of one list.
 *
 * @param path below `/v2/public`
 * @throws EncordError when a page cannot be fetched; UnexpectedAnswerError when an entry does not have the shape of `item`
 */
export async function* readPages<Item>(
  transport: Transport,
  path: string,
  query: Query,
  item: Reader<Item>,
): AsyncGenerator<Item[]> {
  for await (const { items } of readPagesFrom(transport, path, query, item, null)) yield items;
}

/** The same, from the page of a token on; null: from the first. */
export async function* readPagesFrom<Item>(
  transport: Transport,
  path: string,
  query: Query,
  item: Reader<Item>,
  from: string | null,
): AsyncGenerator<Page<Item>> {
  const page = object({ results: listOf(item), nextPageToken: orNull(text) });
  const seen = new Set(from === null ? [] : [from]);
  let pageToken = from;
  do {
    const answer = await transport.v2({ method: "GET", path, query: { pageToken, ...query } });
    const { results, ...next } = readAnswer(page, answer, `GET ${path}`);
    const nextPageToken = next.nextPageToken === "" ? null : next.nextPageToken;
    yield { items: results, nextPageToken };
    if (nextPageToken !== null && seen.has(nextPageToken)) {
      throw new UnexpectedAnswerError(
        `Encord's answer to GET ${path} goes round in circles: a page token came twice.`,
        {
          endpoint: `GET ${path}`,
        },
      );
    }
    pageToken = nextPageToken;
    if (pageToken !== null) seen.add(pageToken);
  } while (pageToken !== null);
}

/** All items of all pages. */
export async function readAll<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) for (const item of page) items.push(item);
  return items;
}
