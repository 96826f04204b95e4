/**
 * A variable is a value of the Worker (`vars` in wrangler.jsonc, or set in the dashboard) that an agent is tuned with. It has
 * a name and a type, so that it can be listed, checked, and changed for a single trial. A value of another type is refused,
 * with the name of the variable and what it takes.
 */

import type { Dependency, Needs } from "./dependency.ts";
import { AgentError } from "./errors.ts";

/** What a variable can hold. */
export type VariableValue = string | number | boolean;

/** A variable of the Worker that an agent uses; made by the dependency `variable`. */
export interface Variable {
  /** As in `vars` of wrangler.jsonc. */
  readonly name: string;
  /** The value when the Worker has no such variable; its type is the type of the variable. */
  readonly fallback: VariableValue;
  /** The texts that it can be; empty for any. */
  readonly choices: readonly string[];
  /** For people. */
  readonly description: string;
  /** Reads the Worker's value of this name. */
  readonly given: () => unknown;
}

/**
 * The value of a variable: the Worker's, unless another is given.
 *
 * @param given undefined and blank text mean none, which gives the fallback
 * @throws AgentError (code `wrong-variable`) when the value has another type, or is not among the choices
 */
export function readVariable(variable: Variable, given: unknown = variable.given()): VariableValue {
  const { name, fallback, choices } = variable;
  const text = typeof given === "string" ? given.trim() : given;
  if (text === undefined || text === null || text === "") return fallback;
  const value = typeof fallback === "string" || typeof text !== "string" ? text : parsed(text, fallback);
  const fits =
    typeof value === typeof fallback &&
    (typeof value !== "number" || Number.isFinite(value)) &&
    (choices.length === 0 || choices.includes(value as string));
  if (fits) return value as VariableValue;
  const wanted =
    choices.length > 0 ? `one of ${choices.map((each) => `"${each}"`).join(", ")}` : WANTED[typeof fallback];
  throw new AgentError(
    "wrong-variable",
    `The variable ${name} must be ${wanted}; it is ${JSON.stringify(given)}.`,
  );
}

const WANTED: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
};

function parsed(text: string, fallback: number | boolean): unknown {
  if (typeof fallback === "number") return Number(text);
  return text === "true" ? true : text === "false" ? false : text;
}

/** The variables among these dependencies and all that they need. */
export function variablesIn(needs: Needs): ReadonlyMap<Dependency<unknown, never>, Variable> {
  const found = new Map<Dependency<unknown, never>, Variable>();
  for (const need of Object.values(needs)) {
    if (need.variable) found.set(need, need.variable);
    for (const [inner, variable] of variablesIn(need.needs)) found.set(inner, variable);
  }
  return found;
}

/**
 * The variables of an agent for one run, by dependency: the given values, and the Worker's for the others.
 *
 * @param given by name, typed or as text; undefined and blank text mean not given
 * @throws AgentError (code `wrong-variable`) when the agent has no variable of a name, or a value does not fit
 */
export function variablesWith(
  agent: { readonly name: string; readonly dependencies: Needs },
  given: Readonly<Record<string, VariableValue | undefined>>,
): ReadonlyMap<Dependency<unknown, never>, { readonly name: string; readonly value: VariableValue }> {
  const variables = variablesIn(agent.dependencies);
  const names = [...variables.values()].map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const known = names.join(", ") || "none";
    throw new AgentError("wrong-variable", `Agent "${agent.name}" has no variable ${name}; it has ${known}.`);
  }
  return new Map(
    [...variables].map(([dependency, variable]) => {
      const wish = given[variable.name];
      const isGiven = wish !== undefined && String(wish).trim() !== "";
      return [
        dependency,
        { name: variable.name, value: isGiven ? readVariable(variable, wish) : readVariable(variable) },
      ];
    }),
  );
}
