/** The stages as a table of plain text for the terminal, one line each. */

import type { StageReport } from "./local-stack.ts";

/** A period in which a stage worked: from a rest to the last task that ended. */
interface Spell {
  readonly from: number;
  /** How many tasks had ended before it. */
  readonly before: number;
  readonly to: number;
  readonly done: number;
  /** When the stage was last read: a period that is new since then began after that. */
  readonly seen: number;
}

/** If no task ends for so long, the stage rests. */
const REST_MS = 5000;

/** Makes the table again and again, and remembers what it needs for rates. */
export class StageTable {
  readonly #now: () => number;
  readonly #spells = new Map<string, Spell>();
  /** What had ended in each stage, by its UUID, before counting started; null if counting starts with the next table. */
  #before: ReadonlyMap<string, StageReport["counts"]> | null = new Map();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Starts counting anew with the next table. */
  startAgain(): void {
    this.#before = null;
  }

  /** @returns the header and a line for each stage */
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

  /** Tasks per second in the stage's last period of work. */
  #rate(uuid: string, done: number): number {
    const now = this.#now();
    const last = this.#spells.get(uuid) ?? { from: now, before: done, to: now, done, seen: now };
    if (done === last.done) {
      this.#spells.set(uuid, { ...last, seen: now });
      return last.to === last.from ? 0 : ((last.done - last.before) * 1000) / (last.to - last.from);
    }
    const rested = now - last.to > REST_MS;
    const spell = {
      from: rested ? last.seen : last.from,
      before: rested ? last.done : last.before,
      to: now,
      done,
      seen: now,
    };
    this.#spells.set(uuid, spell);
    return ((spell.done - spell.before) * 1000) / Math.max(1, spell.to - spell.from);
  }
}

function endedBadly(counts: StageReport["counts"] | undefined): number {
  return counts === undefined ? 0 : counts.failed + counts.timedOut;
}
