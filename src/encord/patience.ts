/**
 * How long a request waits for the other side: a limit for each sign of life, not for the whole. When the limit passes, the
 * request is aborted and the body cancelled, so that no connection is left hanging.
 */

/** A timer for the next sign of life, and the signal that it fires when nothing came. */
export class Patience {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What did not come in time, as a sentence; null as long as everything did. */
  lost: string | null = null;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  expectWithin(ms: number, what: string): void {
    this.end();
    this.#timer = setTimeout(() => {
      this.lost = `${what} did not come within ${ms / 1000} seconds.`;
      this.#controller.abort(new Error(this.lost));
    }, ms);
  }

  /** Stops waiting. */
  end(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
  }
}

/**
 * The whole body as text. The body is cancelled when a piece takes too long.
 *
 * @param silenceMs the longest wait for the next piece, in milliseconds
 */
export async function readText(response: Response, patience: Patience, silenceMs: number): Promise<string> {
  if (!response.body) return "";
  const reader = response.body.getReader();
  const cancel = () => void reader.cancel(patience.lost).catch(() => {});
  patience.signal.addEventListener("abort", cancel, { once: true });
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    patience.expectWithin(silenceMs, "the rest of an answer");
    const { done, value } = await reader.read();
    if (patience.lost !== null) throw new Error(patience.lost);
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
}
