/**
 * Server-sent events (HTML standard, 9.2) for a page that somebody looks at: `changed`, as soon as something does in one of its
 * stages, at most once a second. The stages' objects are asked to answer when there is news, so nothing is done while nobody
 * looks. A stream ends by itself after some minutes; the browser opens the next one.
 */

import type { StageDoor } from "../queue/stage-queue.ts";

const EVENT = new TextEncoder().encode("event: changed\ndata:\n\n");
/** A line without meaning, so that nobody on the way takes the silence for a broken connection. */
const NOTHING = new TextEncoder().encode(": nothing new\n\n");
const ASK_MS = 20_000;
const PAUSE_MS = 1000;
const STREAM_MS = 5 * 60_000;
/** One request may make 1,000 calls to other objects on the Free plan. */
const MOST_ASKS = 900;

/** One page's ear at one stage. */
class Ear {
  readonly #stage: Pick<StageDoor, "changed">;
  #mark = "";
  #asking: Promise<void> | null = null;
  hasNews = false;
  asks = 0;

  constructor(stage: Pick<StageDoor, "changed">) {
    this.#stage = stage;
  }

  /** Ends with news, or after a while without. */
  listen(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    this.asks++;
    const mark = await this.#stage.changed(this.#mark, ASK_MS);
    // The first answer too: the page may be older than it.
    if (mark !== this.#mark) this.hasNews = true;
    this.#mark = mark;
  }
}

/** @param stages those that the page shows; none: a stream that stays silent */
export function changeStream(stages: readonly Pick<StageDoor, "changed">[]): Response {
  const ears = stages.map((stage) => new Ear(stage));
  const end = Date.now() + STREAM_MS;
  const hasNews = () => ears.some((ear) => ear.hasNews);
  const tell = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    controller.enqueue(hasNews() ? EVENT : NOTHING);
    for (const ear of ears) ear.hasNews = false;
  };
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      await Promise.all(ears.map((ear) => ear.listen()));
      tell(controller);
    },
    async pull(controller) {
      await scheduler.wait(PAUSE_MS);
      const asks = ears.reduce((sum, ear) => sum + ear.asks, 0);
      if (Date.now() > end || asks + ears.length > MOST_ASKS) return controller.close();
      const listening = ears.map((ear) => ear.listen());
      // Those that the race leaves behind are heard in a later turn.
      for (const each of listening) each.catch(() => {});
      if (!hasNews()) await Promise.race(ears.length > 0 ? listening : [scheduler.wait(ASK_MS)]);
      tell(controller);
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
