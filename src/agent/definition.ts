/**
 * Checks the definition of an agent when the Worker starts. The compiler checks the same, but misses some mistakes: an import
 * that is still undefined because two modules import one another, a function that should have been called, plain JavaScript.
 */

import type { Needs } from "./dependency.ts";
import { assertAgentName } from "./name.ts";
import { kindOf } from "./returned-value.ts";

/** Options that all kinds of agents have. */
interface Definition {
  readonly name: string;
  readonly run: unknown;
  readonly dependencies?: Needs;
}

/**
 * @param lists options that are lists of texts
 * @throws TypeError naming the agent and the option
 */
export function checkDefinition<Options extends Definition>(
  options: Options,
  lists: readonly (keyof Options)[],
): void {
  const { name, run, dependencies } = options;
  assertAgentName(name);
  const agent = `Agent "${name}"`;
  if (typeof run !== "function")
    throw new TypeError(`${agent}: run must be a function; it is ${kindOf(run)}.`);
  for (const option of lists) {
    const list: unknown = options[option] ?? [];
    if (Array.isArray(list) && list.every((each) => typeof each === "string")) continue;
    throw new TypeError(`${agent}: ${String(option)} must be a list of texts, such as ["Good", "Bad"].`);
  }
  checkNeeds(agent, dependencies ?? {});
}

/** @throws TypeError naming what is not a dependency */
export function checkNeeds(owner: string, needs: Needs): void {
  if (typeof needs !== "object" || needs === null || Array.isArray(needs)) {
    throw new TypeError(
      `${owner}: dependencies must be an object, such as { labelRow }; it is ${kindOf(needs)}.`,
    );
  }
  for (const [name, need] of Object.entries(needs) as [string, unknown][]) {
    if (typeof need === "object" && need !== null && "make" in need) continue;
    throw new TypeError(`${owner}: "${name}" must be a dependency; it is ${kindOf(need)}.${hintFor(need)}`);
  }
}

function hintFor(need: unknown): string {
  if (typeof need === "function") return " Call the function: it makes the dependency.";
  return need === undefined ? " Is it exported, and do two modules import one another?" : "";
}
