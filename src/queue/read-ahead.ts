/**
 * The items of a source, each handed out when the request for the next one has been sent, so that neither the work on an item
 * nor what it stores holds that request back. The first is asked for at once. At most one is asked for in vain: the one after
 * the last that was wanted. An error comes when its item would have come.
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
    // A request is sent when the thread is given up, and after everything that was stored by then is safe.
    await new Promise((resolve) => setTimeout(resolve, 0));
    yield item.value;
  }
}

function ask<T>(items: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const coming = items.next();
  // A consumer that stops early never hears of its failure.
  coming.catch(() => {});
  return coming;
}
