/**
 * The items of a source, each handed out while the next one is already under way: not only asked for, but out of the house,
 * so that neither the work on an item nor what it stores holds the request for the next one back. The first is asked for at
 * once. At most one is asked for in vain: the one after the last that was wanted. An error comes when its item would have.
 */
export function readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const items = source[Symbol.asyncIterator]();
  return handOut(items, ask(items));
}

async function* handOut<T>(
  items: AsyncIterator<T>,
  first: Promise<IteratorResult<T>>,
): AsyncGenerator<T, void, undefined> {
  for (let coming = first; ; ) {
    const item = await coming;
    if (item.done) return;
    coming = ask(items);
    // A request leaves when the thread is given up, and after everything that was stored by then is safe.
    await new Promise((resolve) => setTimeout(resolve, 0));
    yield item.value;
  }
}

function ask<T>(items: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const coming = items.next();
  // Whoever stops early never hears of it.
  coming.catch(() => {});
  return coming;
}
