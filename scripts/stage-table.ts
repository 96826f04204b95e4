/** The stages as a table of plain text, one line each, for the terminal. */

import type { StageReport } from "./local-stack.ts";

/** One spell of work of a stage: from a rest to the last task that ended. */
interface Spell {
  readonly from: number;
  /** Tasks that had ended before it. */
  readonly before: number;
  readonly to: number;
  readonly done: number;
  /** When it was last looked at: whatever ended since began after it. */
  readonly looked: number;
}

/** So long without a task's end is a rest. */
const REST_MS = 5000;

export class StageTable {
  readonly #now: () => number;
  readonly #spells = new Map<string, Spell>();
  /** What had ended in each stage, by its UUID, before the tasks that are shown; null: it is seen at the next look. */
  #before: ReadonlyMap<string, StageReport["counts"]> | null = new Map();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** From the next look on, only what ends from then on is counted. */
  startAgain(): void {
    this.#before = null;
  }

  /** @returns the header and one line a stage */
  lines(stages: readonly StageReport[]): string[] {
    this.#before ??= new Map(stages.map(({ stage, counts }) => [stage.uuid, counts]));
    const before = this.#before;
    const rows = stages.map((stage) => {
      const { pending, dispatched, running, succeeded, failed, timedOut } = stage.counts;
      const rate = this.#rate(stage.stage.uuid, succeeded + failed + timedOut);
      return [
        stage.stage.title,
        stage.agent,
        pending,
        dispatched + running,
        succeeded - (before.get(stage.stage.uuid)?.succeeded ?? 0),
        failed + timedOut - endedBadly(before.get(stage.stage.uuid)),
        rate.toFixed(1),
      ].map(String);
    });
    const table = [["stage", "agent", "waiting", "running", "done", "failed", "per second"], ...rows];
    const widths =
      table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
    return table.map((row) =>
      row
        .map((cell, column) =>
          column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  "),
    );
  }

  /** Tasks per second of the stage's last spell of work. */
  #rate(uuid: string, done: number): number {
    const now = this.#now();
    const last = this.#spells.get(uuid) ?? { from: now, before: done, to: now, done, looked: now };
    if (done === last.done) {
      this.#spells.set(uuid, { ...last, looked: now });
      return last.to === last.from ? 0 : ((last.done - last.before) * 1000) / (last.to - last.from);
    }
    const rested = now - last.to > REST_MS;
    const spell = {
      from: rested ? last.looked : last.from,
      before: rested ? last.done : last.before,
      to: now,
      done,
      looked: now,
    };
    this.#spells.set(uuid, spell);
    return ((spell.done - spell.before) * 1000) / Math.max(1, spell.to - spell.from);
  }
}

function endedBadly(counts: StageReport["counts"] | undefined): number {
  return counts === undefined ? 0 : counts.failed + counts.timedOut;
}
