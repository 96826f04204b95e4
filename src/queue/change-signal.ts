/**
 * Tells everybody who waits for a change of it at once. Nothing is stored, and while nobody waits a change costs one addition.
 * A mark says which changes a caller has heard of; one from before a restart counts as old.
 */
export class ChangeSignal {
  readonly #begun = crypto.randomUUID();
  #changes = 0;
  #heard = Promise.withResolvers<void>();

  /** Something changed. */
  tell(): void {
    this.#changes++;
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
  }

  /**
   * Waits while nothing has changed.
   *
   * @param since the mark of an earlier answer; any but the latest is answered at once
   * @param waitMs the longest wait, in milliseconds
   * @returns the latest mark
   */
  async after(since: string, waitMs: number): Promise<string> {
    if (since === this.#mark) await firstOf([this.#heard.promise], waitMs);
    return this.#mark;
  }

  get #mark(): string {
    return `${this.#begun}/${this.#changes}`;
  }
}

/** Waits for one of them, at most so many milliseconds; leaves no timer behind. */
export async function firstOf(work: readonly Promise<void>[], mostMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, mostMs);
  });
  try {
    await Promise.race([...work, end]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}
