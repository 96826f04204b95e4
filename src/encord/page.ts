/**
 * Lists of the v2 API come in pages: `{ results, nextPageToken }`, and the token goes back as `pageToken` together with the
 * same filters. The next page is fetched only when the one before has been used up. A token that comes twice would make
 * an endless loop, so it is an error.
 */

import { UnexpectedAnswerError } from "./errors.ts";
import { listOf, object, orNull, type Reader, readAnswer, text } from "./json.ts";
import type { Query, Transport } from "./transport.ts";

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
  const page = object({ results: listOf(item), nextPageToken: orNull(text) });
  const seen = new Set<string>();
  let pageToken: string | null = null;
  do {
    const answer = await transport.v2({ method: "GET", path, query: { pageToken, ...query } });
    const { results, nextPageToken } = readAnswer(page, answer, `GET ${path}`);
    yield results;
    if (nextPageToken !== null && seen.has(nextPageToken)) {
      throw new UnexpectedAnswerError(
        `Encord's answer to GET ${path} goes round in circles: a page token came twice.`,
        {
          endpoint: `GET ${path}`,
        },
      );
    }
    pageToken = nextPageToken === "" ? null : nextPageToken;
    if (pageToken !== null) seen.add(pageToken);
  } while (pageToken !== null);
}

/** All items of all pages. */
export async function readAll<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) for (const item of page) items.push(item);
  return items;
}
