/**
 * Where a task goes after its agent ran: along a pathway, or nowhere (null: it stays in its stage), with the label row to
 * save and the priority to set, if any. A pathway is looked up in the live Workflow before anything is written, so a wrong
 * name leaves no half-saved task.
 */

import type { AgentStage, LabelRow, Pathway } from "../encord/index.ts";
import { InvalidOutcomeError } from "./errors.ts";
import { fieldsOf, kindOf } from "./returned-value.ts";

/**
 * All that a task agent may return; `TaskAgentReturnStruct` of the Python library.
 *
 * @example
 * const urgent: TaskResult<"Review"> = { pathway: "Review", labelRowPriority: 1 };
 */
export interface TaskResult<Pathway extends string = string> {
  /** The pathway's name or UUID. Without it the task stays. */
  readonly pathway?: Pathway | null;
  /** Saved before the task moves, together with the other rows of the batch. */
  readonly labelRow?: LabelRow | null;
  /** From 0 to 1; 0 is a priority too. */
  readonly labelRowPriority?: number | null;
}

/**
 * A pathway name, a pathway UUID, null (stay), or a struct; `TaskAgentReturnType` of the Python library.
 *
 * @example
 * const byAge = (days: number): TaskOutcome<"Review"> => (days > 7 ? "Review" : null);
 */
export type TaskOutcome<Pathway extends string = string> = Pathway | null | TaskResult<Pathway>;

/** A checked outcome: what to write for the task, in this order. */
export interface CheckedOutcome {
  readonly labelRow: LabelRow | null;
  readonly priority: number | null;
  /** Null: the task stays in its stage. */
  readonly pathway: Pathway | null;
}

/** @throws InvalidOutcomeError (not retryable: the agent would return the same again) saying what it should have returned */
export function checkOutcome(agentName: string, stage: AgentStage, returned: unknown): CheckedOutcome {
  const isWhole = returned === null || typeof returned === "string";
  const struct = isWhole ? { pathway: returned } : fieldsOf(agentName, returned, FIELDS, FORM);
  return {
    labelRow: checkLabelRow(agentName, struct.labelRow),
    priority: checkPriority(agentName, struct.labelRowPriority),
    pathway: findPathway(agentName, stage, struct.pathway ?? null),
  };
}

const FIELDS = ["pathway", "labelRow", "labelRowPriority"] as const;
const FORM = "the name of a pathway, null (the task stays), or { pathway, labelRow, labelRowPriority }";

/** The label row to save. @throws InvalidOutcomeError when it is something else */
export function checkLabelRow(agentName: string, returned: unknown): LabelRow | null {
  if (returned === undefined || returned === null) return null;
  if (typeof (returned as Partial<LabelRow>).save === "function") return returned as LabelRow;
  throw new InvalidOutcomeError(
    `Agent "${agentName}" returned a labelRow that is ${kindOf(returned)}; return the label row that it was given.`,
  );
}

/** The priority to set. @throws InvalidOutcomeError when it is not a number from 0 to 1 */
export function checkPriority(agentName: string, returned: unknown): number | null {
  if (returned === undefined || returned === null) return null;
  if (typeof returned === "number" && returned >= 0 && returned <= 1) return returned;
  throw new InvalidOutcomeError(
    `Agent "${agentName}" returned a labelRowPriority that is ${typeof returned === "number" ? returned : kindOf(returned)}; ` +
      "it must be a number from 0 to 1.",
  );
}

/** The stage's pathway with this name or UUID; null for null. @throws InvalidOutcomeError listing the pathways */
export function findPathway(agentName: string, stage: AgentStage, wanted: unknown): Pathway | null {
  if (wanted === null) return null;
  if (typeof wanted !== "string") {
    throw new InvalidOutcomeError(
      `Agent "${agentName}" chose a pathway that is ${kindOf(wanted)}; return its name or its UUID, as text.`,
    );
  }
  const found =
    stage.pathways.find((pathway) => pathway.name === wanted) ??
    stage.pathways.find((pathway) => pathway.uuid === wanted.toLowerCase());
  if (found) return found;
  const names = stage.pathways.map((pathway) => `"${pathway.name}"`).join(", ") || "none";
  throw new InvalidOutcomeError(
    `Agent "${agentName}" chose the pathway "${wanted}", which stage "${stage.title}" does not have. Its pathways: ${names}.`,
  );
}
