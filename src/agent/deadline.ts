/**
 * Runs work under a time limit and a signal. The timer never outlives the work. Work that ignores the signal cannot be
 * stopped: its result is dropped, but it goes on until it ends.
 */

/**
 * @param milliseconds the limit; when it passes, the signal handed to `work` aborts with `timeoutError()`
 * @param outer aborts the work from outside (a cancelled task, a caller that went away); if it is aborted already, the work
 *   does not start
 * @throws what `work` throws, or the reason of the abort, whichever comes first
 */
export async function withDeadline<T>(
  milliseconds: number,
  outer: AbortSignal | null,
  timeoutError: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (reason: unknown) => {
    controller.abort(reason);
    reject(reason);
  };
  const endFromOutside = () => end(outer?.reason);
  const timer = setTimeout(() => end(timeoutError()), milliseconds);
  outer?.addEventListener("abort", endFromOutside, { once: true });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", endFromOutside);
  }
}
