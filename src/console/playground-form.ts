/**
 * The playground's form: one or two agents, each with its own settings (values of its variables), a data unit and a frame. Everything is
 * read from text fields; a faulty field is reported beside it, and then nothing runs.
 */

import { errorText } from "../agent/log.ts";
import { readVariable } from "../agent/variable.ts";
import { type DataUnitAddress, readDataUnit, readFrame } from "./data-unit-address.ts";
import type { AgentChoice } from "./trial-runner.ts";

/** One column: an agent, and values for its variables. */
export interface PlaygroundSide {
  /** The field that names the agent. */
  readonly field: "agent" | "other";
  /** As the field was filled in; empty for no agent. */
  readonly key: string;
  /** null if `key` is not an agent of this deployment. */
  readonly choice: AgentChoice | null;
  /** By the variable's name, as the fields were filled in; blank means the deployed value. */
  readonly values: Readonly<Record<string, string>>;
}

/** The form's fields, as they were filled in. */
export interface PlaygroundForm {
  readonly sides: readonly [PlaygroundSide, PlaygroundSide];
  readonly unit: string;
  readonly frame: string;
  readonly withoutLabels: boolean;
}

/** What is wrong with which field, by its name; in the order of the fields. */
export type Problems = ReadonlyMap<string, string>;

/** The field of a variable, in the column of `side`. */
export function variableField(side: PlaygroundSide["field"], name: string): string {
  return `${side}.${name}`;
}

/** @param field the text of a field; undefined if it was not sent */
export function readPlaygroundForm(
  choices: readonly AgentChoice[],
  field: (name: string) => string | null | undefined,
): PlaygroundForm {
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

/** What a form without faults asks for. */
export interface PlaygroundRuns {
  readonly runs: readonly { readonly choice: AgentChoice; readonly values: PlaygroundSide["values"] }[];
  readonly unit: DataUnitAddress;
}

/** @returns what to run, or what is wrong with the form */
export function checkPlaygroundForm(
  filled: PlaygroundForm,
  projects: readonly string[],
): PlaygroundRuns | Problems {
  const problems = new Map<string, string>();
  const address = readDataUnit(filled.unit, projects.length === 1 ? projects[0] : undefined);
  if (address === null) {
    problems.set(
      "unit",
      "This is not a data unit. Choose a task, or give the data unit's address in the Label Editor, or project hash/data hash.",
    );
  } else if (!projects.includes(address.projectHash)) {
    problems.set(
      "unit",
      `This deployment does not serve the project ${address.projectHash}. Add it to ENCORD_PROJECTS.`,
    );
  }
  const runs = [];
  for (const { field, key, choice, values } of filled.sides) {
    if (choice === null) {
      if (key !== "" || field === "agent") problems.set(field, "Choose an agent of this deployment.");
      continue;
    }
    for (const variable of choice.variables) {
      try {
        // A blank field is checked too: if the deployed value is not valid, another one is needed here.
        readVariable(variable, values[variable.name] || undefined);
      } catch (error) {
        problems.set(variableField(field, variable.name), errorText(error));
      }
    }
    runs.push({ choice, values });
  }
  const frame = readFrame(filled.frame);
  if (filled.frame !== "" && frame === undefined) {
    problems.set("frame", "A frame is a whole number, 0 or more.");
  }
  if (problems.size > 0 || address === null) return problems;
  return { runs, unit: { ...address, frame: frame ?? address.frame } };
}
