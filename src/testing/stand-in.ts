/** Values that a test gives to an agent in place of its dependencies. */

import type { Dependency } from "../agent/dependency.ts";
import type { Replacements } from "../agent/invocation.ts";

/** A value in place of a dependency; made by `standIn`. */
export interface StandIn {
  readonly dependency: Dependency<unknown, never>;
  readonly value: unknown;
}

/**
 * Gives `value` to every agent and dependency that asks for `dependency`, which is not made at all.
 *
 * @example
 * await runAgent(preClassifyImages, { emulator, replace: [standIn(languageModel, recordedModel("cat"))] });
 */
export function standIn<Value>(dependency: Dependency<Value, never>, value: NoInfer<Value>): StandIn {
  return { dependency, value };
}

export function replacements(standIns: readonly StandIn[] = []): Replacements {
  return new Map(standIns.map(({ dependency, value }) => [dependency, value]));
}
