/**
 * The items of a source, each handed out while the next one is already under way: not only asked for, but out of the house,
 * so that neither the work on an item nor what it stores holds the request for the next one back. At most one is asked for in
 * vain: the one after the last that was wanted. An error comes when its item would have.
 */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const items = source[Symbol.asyncIterator]();
  let coming = items.next();
  for (;;) {
    const item = await coming;
    if (item.done) return;
    coming = items.next();
    // Whoever stops early never hears of it.
    coming.catch(() => {});
    // A request leaves when the thread is given up, and after everything that was stored by then is safe.
    await new Promise((resolve) => setTimeout(resolve, 0));
    yield item.value;
  }
}
