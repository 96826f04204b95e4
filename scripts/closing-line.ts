/**
 * The last lines of a test run: the reasons for skipping, each once, and `N passed, N failed, N skipped`. A file that cannot be loaded
 * and an error outside all tests count as failed.
 */

import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

/** A reporter for vitest. */
export class ClosingLine implements Reporter {
  readonly #print: (line: string) => void;
  /** Whether tests were selected by name: then nobody wonders why the others are skipped. */
  #chosen = false;

  constructor(print: (line: string) => void = console.log) {
    this.#print = print;
  }

  onInit({ config }: Vitest): void {
    this.#chosen = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const having = (state: string) => tests.filter((test) => test.result().state === state);
    const skipped = having("skipped");
    const reasons = Map.groupBy(this.#chosen ? [] : skipped, reasonOf);
    for (const [reason, { length }] of reasons) this.#print(`skipped ${length}: ${reason}`);
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length;
    const failed = having("failed").length + broken;
    this.#print(`${having("passed").length} passed, ${failed} failed, ${skipped.length} skipped`);
  }
}

/** The note with which a test was skipped, or the title of the outermost skipped group. */
function reasonOf(test: TestCase): string {
  const result = test.result();
  if (result.state === "skipped" && result.note) return result.note;
  let title = test.name;
  for (let at = test.parent; at.type === "suite" && at.options.mode === "skip"; at = at.parent)
    title = at.name;
  return title;
}
