/**
 * The last lines of a test run: what was skipped, each reason once, and `N passed, N failed, N skipped`. A file that could not be
 * loaded, and an error outside of every test, count as failed.
 */

import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

export class ClosingLine implements Reporter {
  readonly #print: (line: string) => void;
  /** Whether only tests of some name were asked for: then nobody wonders about the others. */
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

/** What the test said when it was skipped; of a skipped group, its title. */
function reasonOf(test: TestCase): string {
  const result = test.result();
  if (result.state === "skipped" && result.note) return result.note;
  let title = test.name;
  for (let at = test.parent; at.type === "suite" && at.options.mode === "skip"; at = at.parent)
    title = at.name;
  return title;
}
