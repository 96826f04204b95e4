/**
 * Server-sent events (HTML standard, 9.2) for an open page: `changed`, as soon as something changes in one of its stages, at most once
 * a second. The stages' objects answer only when there is news, and nothing happens while no page is open. A stream ends by itself
 * after some minutes; the browser then opens the next one.
 */

import type { StageDoor } from "../queue/stage-queue.ts";

const EVENT = new TextEncoder().encode("event: changed\ndata:\n\n");
/** A line without meaning, so that no proxy takes the silence for a broken connection. */
const NOTHING = new TextEncoder().encode(": nothing new\n\n");
const ASK_MS = 20_000;
const PAUSE_MS = 1000;
const STREAM_MS = 5 * 60_000;
/** One request may make 1,000 calls to other objects on the Free plan. */
const MOST_ASKS = 900;

/** Listens to one stage for one page. */
class StageListener {
  readonly #stage: Pick<StageDoor, "changed">;
  #mark = "";
  #asking: Promise<void> | null = null;
  hasNews = false;
  asks = 0;

  constructor(stage: Pick<StageDoor, "changed">) {
    this.#stage = stage;
  }

  /** Resolves when there is news, or after a while without. */
  listen(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    this.asks++;
    const mark = await this.#stage.changed(this.#mark, ASK_MS);
    // The first answer counts as news too: the page may be older than it.
    if (mark !== this.#mark) this.hasNews = true;
    this.#mark = mark;
  }
}

/**
 * A stream of changes.
 *
 * @param stages the stages that the page shows; without any, the stream stays silent
 */
export function changeStream(stages: readonly Pick<StageDoor, "changed">[]): Response {
  const listeners = stages.map((stage) => new StageListener(stage));
  const end = Date.now() + STREAM_MS;
  const hasNews = () => listeners.some((listener) => listener.hasNews);
  const tell = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    controller.enqueue(hasNews() ? EVENT : NOTHING);
    for (const listener of listeners) listener.hasNews = false;
  };
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      await Promise.all(listeners.map((listener) => listener.listen()));
      tell(controller);
    },
    async pull(controller) {
      await scheduler.wait(PAUSE_MS);
      const asks = listeners.reduce((sum, listener) => sum + listener.asks, 0);
      if (Date.now() > end || asks + listeners.length > MOST_ASKS) return controller.close();
      const listening = listeners.map((listener) => listener.listen());
      // The ones that lose the race go on; their news or failure comes up in a later turn.
      for (const each of listening) each.catch(() => {});
      if (!hasNews()) await Promise.race(listeners.length > 0 ? listening : [scheduler.wait(ASK_MS)]);
      tell(controller);
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
