/**
 * What the playground's form asks for: one or two agents, each with settings of its own (the values of its variables), a data unit,
 * a frame. Everything is read from text fields; what a field cannot be is said field by field, and nothing is run then.
 */

import { errorText } from "../agent/log.ts";
import { readVariable } from "../agent/variable.ts";
import { type DataUnitAddress, readDataUnit, readFrame } from "./data-unit-address.ts";
import type { AgentChoice } from "./trial-runner.ts";

/** One column: an agent, with the values that its variables shall have. */
export interface PlaygroundSide {
  /** The field that names the agent. */
  readonly field: "agent" | "other";
  /** As the field was filled in; empty: none. */
  readonly key: string;
  /** null: none of this deployment. */
  readonly choice: AgentChoice | null;
  /** By the variable's name, as the fields were filled in; blank: as deployed. */
  readonly values: Readonly<Record<string, string>>;
}

/** The fields of the form as they were filled in. */
export interface PlaygroundWish {
  readonly sides: readonly [PlaygroundSide, PlaygroundSide];
  readonly unit: string;
  readonly frame: string;
  readonly withoutLabels: boolean;
}

/** What is wrong with a field, by its name; in the order in which the fields stand. */
export type Problems = ReadonlyMap<string, string>;

/** The field of a variable, in the column of `side`. */
export function variableField(side: PlaygroundSide["field"], name: string): string {
  return `${side}.${name}`;
}

/** @param field what stands in a field; undefined when it was not sent */
export function readWish(
  choices: readonly AgentChoice[],
  field: (name: string) => string | null | undefined,
): PlaygroundWish {
  const text = (name: string) => field(name)?.trim() ?? "";
  const side = (name: PlaygroundSide["field"]): PlaygroundSide => {
    const key = text(name);
    const choice = choices.find((each) => each.key === key) ?? null;
    const values = (choice?.variables ?? []).map((each) => [each.name, text(variableField(name, each.name))]);
    return { field: name, key, choice, values: Object.fromEntries(values) };
  };
  return {
    sides: [side("agent"), side("other")],
    unit: text("unit"),
    frame: text("frame"),
    withoutLabels: text("withoutLabels") !== "",
  };
}

/** A wish that can be run. */
export interface CheckedWish {
  readonly runs: readonly { readonly choice: AgentChoice; readonly values: PlaygroundSide["values"] }[];
  readonly unit: DataUnitAddress;
}

/** @returns the wish as it can be run, or what is wrong with it */
export function checkWish(wish: PlaygroundWish, projects: readonly string[]): CheckedWish | Problems {
  const problems = new Map<string, string>();
  const address = readDataUnit(wish.unit, projects.length === 1 ? projects[0] : undefined);
  if (address === null) {
    problems.set(
      "unit",
      "This names no data unit. Choose a task, or give the data unit's address in the Label Editor, or project hash/data hash.",
    );
  } else if (!projects.includes(address.projectHash)) {
    problems.set("unit", `This deployment does not serve the project ${address.projectHash}.`);
  }
  const runs = [];
  for (const { field, key, choice, values } of wish.sides) {
    if (choice === null) {
      if (key !== "" || field === "agent") problems.set(field, "Choose an agent of this deployment.");
      continue;
    }
    for (const variable of choice.variables) {
      try {
        // Also when the deployment's own value is none of its kind: then another has to be given.
        readVariable(variable, values[variable.name] || undefined);
      } catch (error) {
        problems.set(variableField(field, variable.name), errorText(error));
      }
    }
    runs.push({ choice, values });
  }
  const frame = readFrame(wish.frame);
  if (wish.frame !== "" && frame === undefined) {
    problems.set("frame", "A frame is a whole number, 0 or more.");
  }
  if (problems.size > 0 || address === null) return problems;
  return { runs, unit: { ...address, frame: frame ?? address.frame } };
}
