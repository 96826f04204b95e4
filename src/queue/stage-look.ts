/**
 * Which tasks are in a stage: when its list at Encord is to be read, and what the queue takes in from it.
 *
 * A wake-up becomes a wish, which stays stored until a list is complete; each failure puts the next try off for longer. When
 * the queue holds as many tasks as it wants, a list ends early, and another one follows when there is room: from the beginning,
 * where tasks have left meanwhile, or behind those that stay in the stage when they are very many. For an agent that wants it,
 * the stage is listed more often than cron comes, with pauses that grow while nothing is found.
 *
 * A stage that is not in the Workflow any more, whose project may not be read, or that no agent is for any more, is absent:
 * tasks that nobody has begun are given up when it is gone (they come back as new ones if it does), the others say why they
 * wait, and it is looked for once an hour, or as soon as something wakes its queue.
 */

import type { Log } from "../agent/log.ts";
import {
  type AgentStage,
  type AgentTask,
  AuthorisationError,
  type EncordClient,
  type Page,
  ResourceNotFoundError,
  StageError,
} from "../encord/index.ts";
import { backoffMs } from "./backoff.ts";
import type { EncordGateRpc } from "./encord-gate.ts";
import { readAhead } from "./read-ahead.ts";
import { forgetReads } from "./read-cache.ts";
import { retryAfterMs, waitsUntil } from "./retry-after.ts";
import { shardIndex } from "./sharded-stage.ts";
import { LIST_LAG_MS, type ListedTask } from "./stage-intake.ts";
import type { StageIdentity, WakeReason } from "./stage-queue.ts";
import type { StageStore } from "./stage-store.ts";

/** A wake-up that was not answered by a list of the stage's tasks yet. It stays stored until one is complete. */
interface Wish {
  /** Tells whether another wake-up came while the list was under way. */
  readonly id: number;
  /** What its agent left in the stage before this moment (milliseconds since 1970) runs again; 0: nothing does. */
  readonly stayedBefore: number;
  /** How often listing failed since. */
  readonly failures: number;
  /** Milliseconds since 1970; before that, listing again would be of no use. */
  readonly notBefore: number;
}

/** A stage that is not there for us. */
interface Absence {
  /** When to look for it again, milliseconds since 1970. */
  readonly lookAgain: number;
}

/** A list of a stage's tasks that is under way. */
export interface Listing {
  readonly client: EncordClient;
  readonly pages: AsyncIterable<Page<AgentTask>>;
  /** Where it goes on after an earlier one; null: it begins at the beginning. */
  readonly from: string | null;
}

/** What a look needs of its queue. */
export interface LookSurroundings {
  readonly store: StageStore;
  readonly now: () => number;
  readonly random: () => number;
  readonly log: Log;
  connect(): Promise<EncordClient>;
  gate(): EncordGateRpc;
  /** How often the stage's agent wants it looked at, in milliseconds; null: as often as cron comes. */
  refreshEveryMs(): number | null;
  /** An error as it may be stored. */
  textOf(error: unknown): string;
}

/** How often cron wakes every stage (wrangler.jsonc). */
const CRON_MS = 60_000;
/** A longer list, begun late in a round, would outlast the alarm, which the platform ends; of a million tasks it takes about 8. */
const LONGEST_LIST_MS = 10 * 60_000;
/** What cron wakes a stage for in vain: a page of its list a second, on average, or the whole list once an hour. */
const MS_PER_IDLE_PAGE = 1000;
const LONGEST_IDLE_REST_MS = 60 * 60_000;
/** When a list begins with so many pages of tasks that are known (they failed, or stay), the next one goes on behind them. */
const KNOWN_PAGES = 50;
/** Cron does not come to the millisecond. */
const CRON_EARLY_MS = 500;
/** No more pending tasks than this are held; the rest stays at Encord until there is room. */
const BUFFER = 2000;
/** How many tasks that have ended one look compares with the stage, and how many of those missing it asks for by name. */
const KEPT_AT_ONCE = 5000;
const NAMED_AT_ONCE = 200;
/** Wake-ups that are closer to each other are one, unless a list began between them. */
export const WISHES_APART_MS = 1000;
/** How often a stage that is absent is looked for. */
const ABSENT_MS = 60 * 60_000;

export class StageLook {
  readonly #around: LookSurroundings;
  readonly #store: StageStore;
  /** The wish that the list under way answers. */
  #answering: number | null = null;
  #pageTaken = Promise.withResolvers<void>();

  constructor(around: LookSurroundings) {
    this.#around = around;
    this.#store = around.store;
  }

  /** Somebody wants the stage to be looked at; it is stored when this returns. */
  wish(reason: WakeReason): void {
    const now = this.#around.now();
    this.takeAsPresent();
    if (reason === "cron" && !this.#refreshIsDue(now)) return;
    const wish = this.#wish();
    const stayedBefore = reason === "handover" ? (wish?.stayedBefore ?? 0) : now;
    // A wish that no list answers yet is this one too: many at the same time are stored once.
    const isKnown = wish !== null && wish.id !== this.#answering;
    if (isKnown && stayedBefore < wish.stayedBefore + WISHES_APART_MS) return;
    const { id = 0, failures = 0, notBefore = 0 } = wish ?? {};
    this.#writeWish({ id: id + 1, stayedBefore, failures, notBefore });
  }

  /** A batch could not begin: perhaps there is no such stage any more. */
  doubt(): void {
    if (this.#wish() === null) this.#writeWish({ id: 1, stayedBefore: 0, failures: 0, notBefore: 0 });
  }

  /** Whether the stage is not there for us, so that no batch could begin. */
  get isAbsent(): boolean {
    return this.#store.read<Absence>("absent") !== null;
  }

  /** Whatever was found out: try it now. */
  takeAsPresent(): void {
    if (!this.isAbsent) return;
    this.#store.write("absent", null);
    this.#store.write("restUntil", null);
  }

  /** Resolves when the next page of listed tasks was taken in. */
  get pageTaken(): Promise<void> {
    return this.#pageTaken.promise;
  }

  get isDue(): boolean {
    return this.nextAt() <= this.#around.now();
  }

  /** When the stage is to be listed next (milliseconds since 1970); infinity: when somebody wakes the queue. */
  nextAt(): number {
    const now = this.#around.now();
    const rest = this.#store.restUntil(now);
    const { pending } = this.#store.counts.read();
    const absence = this.#store.read<Absence>("absent");
    if (absence !== null) {
      return pending > 0 ? Math.max(waitsUntil(absence.lookAgain, now), rest) : Number.POSITIVE_INFINITY;
    }
    const wish = this.#wish();
    const goesOn = this.#goesOnFrom() !== null;
    // After a list that goes on comes one from the beginning, which is what is wished for; meanwhile it fills the queue up.
    const isWishedFor = wish !== null && (!goesOn || (pending < BUFFER && !this.#store.hasDue(now)));
    if (isWishedFor) return Math.max(waitsUntil(wish.notBefore, now), rest);
    if (pending < BUFFER / 2 && this.#store.read<number>("more") !== null) return rest;
    if (goesOn) return Number.POSITIVE_INFINITY;
    return Math.max(this.#nextRefresh(now) ?? Number.POSITIVE_INFINITY, rest);
  }

  /** Begins to list a stage's tasks: when this has resolved, the first page is on its way. null: Encord wants to be left alone. */
  async begin({ projectHash, stageUuid }: StageIdentity): Promise<Listing | null> {
    const closedFor = await this.#around.gate().closedFor();
    if (closedFor > 0) {
      this.#store.write("restUntil", this.#around.now() + closedFor);
      return null;
    }
    const from = this.#goesOnFrom();
    const client = await this.#around.connect();
    return { client, pages: readAhead(client.agentTaskPages(projectHash, stageUuid, from)), from };
  }

  /**
   * Lists the stage's tasks, as many as there is room for. Does not throw for what Encord does.
   *
   * @param maxTasks as many as the agent wants at one look
   * @param begun a list that is under way already
   */
  async run(identity: StageIdentity, maxTasks: number, begun: Promise<Listing | null> | null): Promise<void> {
    const { shard } = identity;
    const wish = this.#wish();
    this.#answering = this.#goesOnFrom() === null ? (wish?.id ?? null) : null;
    const at = this.#around.now();
    // A look that is not at its end goes on as it began: else what stayed meanwhile would run again before the rest does.
    const stayedBefore = this.#store.read<number>("more") ?? wish?.stayedBefore ?? at;
    const missing = new Set(this.#store.intake.pendingUuids());
    const kept = this.#store.intake.kept(at - LIST_LAG_MS, KEPT_AT_ONCE);
    let stage: AgentStage | null = null;
    try {
      const listing = await (begun ?? this.begin(identity));
      if (listing === null) return;
      const workflow = await listing.client.getWorkflow(identity.projectHash);
      stage = workflow.getStage({ uuid: identity.stageUuid, type: "AGENT" });
      let found = 0;
      let pages = 0;
      let knownPages = 0;
      let next: string | null = null;
      let complete = true;
      for await (const { items, nextPageToken } of listing.pages) {
        pages++;
        next = nextPageToken;
        const mine = shard ? items.filter(({ uuid }) => shardIndex(uuid, shard.of) === shard.index) : items;
        const listed: ListedTask[] = mine.map(({ uuid, dataHash, dataTitle, updatedAt }) => {
          return { uuid, dataHash, dataTitle, updatedAt: updatedAt.toISOString() };
        });
        const taken = this.#store.intake.takeIn(listed, at, stayedBefore, maxTasks - found);
        found += taken;
        if (taken === 0) knownPages++;
        for (const task of listed) {
          missing.delete(task.uuid);
          kept.delete(task.uuid);
        }
        this.#pageTaken.resolve();
        this.#pageTaken = Promise.withResolvers();
        if (this.#store.counts.read().pending >= BUFFER || found >= maxTasks) {
          complete = false;
          break;
        }
        if (this.#around.now() - at > LONGEST_LIST_MS) {
          throw new Error("The list of the stage's tasks did not end; what it told so far is taken up.");
        }
      }
      const isWhole = listing.from === null;
      if (complete && isWhole) {
        this.#store.intake.supersede([...missing], at);
        await this.#forgetLeft(stage, kept);
      }
      this.takeAsPresent();
      const more = !complete && found < maxTasks;
      this.#store.write("more", more ? stayedBefore : null);
      this.#store.write("moreFrom", more && (!isWhole || knownPages >= KNOWN_PAGES) ? next : null);
      if (!isWhole && !more) this.doubt();
      if (isWhole && this.#wish()?.id === wish?.id) this.#writeWish(null);
      this.#store.write("lastPoll", { at, error: null });
      this.#store.write("idlePolls", found > 0 ? 0 : (this.#store.read<number>("idlePolls") ?? 0) + 1);
      const rest = found > 0 ? 0 : Math.min(pages * MS_PER_IDLE_PAGE, LONGEST_IDLE_REST_MS);
      this.#store.write("idleRest", rest > CRON_MS ? rest : 0);
    } catch (error) {
      this.#store.write("lastPoll", { at, error: this.#around.textOf(error) });
      const wokenMeanwhile = this.#wish()?.id !== wish?.id;
      if (stage === null && isAbsence(error) && !wokenMeanwhile) {
        // An access that was taken away may be given back.
        await this.#isNotThere(identity, error, !(error instanceof AuthorisationError));
      } else await this.#failed(identity, error, wish, stayedBefore);
    } finally {
      this.#answering = null;
    }
  }

  async #failed(
    identity: StageIdentity,
    error: unknown,
    wish: Wish | null,
    stayedBefore: number,
  ): Promise<void> {
    // A page that was told of long ago may not be there any more.
    this.#store.write("moreFrom", null);
    const failures = (wish?.failures ?? 0) + 1;
    const asked = retryAfterMs(error);
    this.#around.log.warn("poll_failed", { ...identity, failures, error });
    // One that came meanwhile may want more than the one that failed.
    const latest = this.#wish();
    this.#writeWish({
      id: latest?.id ?? 0,
      stayedBefore: Math.max(stayedBefore, latest?.stayedBefore ?? 0),
      failures,
      notBefore: this.#around.now() + backoffMs(failures, this.#around.random, asked),
    });
    if (asked !== undefined) await this.#around.gate().close(asked);
  }

  /** No agent is for the stage: what waits there waits on, until there is one. */
  async isUnserved(identity: StageIdentity, error: unknown): Promise<void> {
    this.#store.write("lastPoll", { at: this.#around.now(), error: this.#around.textOf(error) });
    await this.#isNotThere(identity, error, false);
  }

  /**
   * Cron wakes the queue when the stage can be seen again; tasks that wait here are a reason to look by ourselves.
   *
   * @param isGone so that tasks which nobody has begun are given up; of what was begun, labels may be saved
   */
  async #isNotThere(identity: StageIdentity, error: unknown, isGone: boolean): Promise<void> {
    forgetReads();
    const now = this.#around.now();
    const lookAgain = now + ABSENT_MS;
    if (!this.isAbsent) this.#around.log.warn("stage_absent", { ...identity, error });
    this.#store.write("absent", { lookAgain } satisfies Absence);
    this.#store.write("restUntil", lookAgain);
    this.#store.write("more", null);
    this.#store.write("moreFrom", null);
    this.#writeWish(null);
    const why = this.#around.textOf(error);
    while (isGone && this.#store.intake.release(`Superseded: the stage is gone. ${why}`, now)) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    this.#store.intake.explain(why);
  }

  /**
   * Failed tasks and those that stayed, which a list does not have: someone else moved them. Asked for once more by name,
   * because one that is taken for gone by mistake would run again.
   */
  async #forgetLeft(stage: AgentStage, kept: ReadonlyMap<string, string>): Promise<void> {
    const left = new Map([...kept].slice(0, NAMED_AT_ONCE));
    if (left.size === 0) return;
    for await (const { uuid } of stage.getTasks({ dataHashes: [...left.values()] })) left.delete(uuid);
    this.#store.intake.left([...left.keys()]);
  }

  /**
   * Whether a wake-up by cron is news: an agent may want its stage to be listed less often than that, and a stage in which very
   * many tasks stay, failed or skipped, takes many requests to list.
   */
  #refreshIsDue(now: number): boolean {
    const lastPoll = this.#store.read<{ at: number }>("lastPoll");
    const idleRest = this.#store.read<number>("idleRest") ?? 0;
    const every = Math.max(this.#around.refreshEveryMs() ?? 0, idleRest);
    return (
      lastPoll === null || every <= CRON_MS || lastPoll.at + every <= now + CRON_EARLY_MS || lastPoll.at > now
    );
  }

  /**
   * When the stage is to be listed without being woken: for an agent that wants that more often than cron comes, with
   * pauses that grow to cron's while nothing is found. null: when cron comes.
   */
  #nextRefresh(now: number): number | null {
    const lastPoll = this.#store.read<{ at: number }>("lastPoll");
    const every = this.#around.refreshEveryMs();
    if (lastPoll === null || every === null || this.#store.paused) return null;
    const pause = every * 2 ** (this.#store.read<number>("idlePolls") ?? 0);
    return pause < CRON_MS ? Math.min(lastPoll.at, now) + pause : null;
  }

  /** The page from which the next list goes on; null: it begins at the beginning. */
  #goesOnFrom(): string | null {
    return this.#store.read<string>("moreFrom");
  }

  #wish(): Wish | null {
    return this.#store.read<Wish>("wish");
  }

  #writeWish(wish: Wish | null): void {
    this.#store.write("wish", wish);
  }
}

/** Whether this, said of a project or its Workflow, means that the stage is not there for us. */
export function isAbsence(error: unknown): boolean {
  return (
    error instanceof StageError ||
    error instanceof ResourceNotFoundError ||
    error instanceof AuthorisationError
  );
}
