/** The stages as a table of plain text, one line each, for the terminal. */

import type { StageReport } from "./local-stack.ts";

export class StageTable {
  readonly #startedAt: number;
  readonly #now: () => number;
  /** When each stage's last task ended; the rate of a stage at rest is that of its working time. */
  readonly #lastEnd = new Map<string, { readonly done: number; readonly at: number }>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#startedAt = now();
  }

  /** @returns the header and one line a stage */
  lines(stages: readonly StageReport[]): string[] {
    const rows = stages.map((stage) => {
      const { pending, dispatched, running, succeeded, failed, timedOut } = stage.counts;
      const rate = this.#rate(stage.stage.uuid, succeeded + failed + timedOut);
      return [
        stage.stage.title,
        stage.agent,
        pending,
        dispatched + running,
        succeeded,
        failed + timedOut,
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

  #rate(uuid: string, done: number): number {
    const last = this.#lastEnd.get(uuid);
    const at = last?.done === done ? last.at : this.#now();
    this.#lastEnd.set(uuid, { done, at });
    return done === 0 ? 0 : (done * 1000) / Math.max(1, at - this.#startedAt);
  }
}
