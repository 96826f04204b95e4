/**
 * Where a task goes after its agent ran: along a pathway, or nowhere (null: it stays in its stage). With the label row to
 * save and the priority to set, if any. What a pathway means is decided against the live Workflow, before anything is
 * written, so a wrong name costs no half-saved task.
 */

import type { AgentStage, LabelRow } from "../encord/index.ts";
import { InvalidOutcomeError } from "./errors.ts";

/**
 * A struct as the agent may return it; `TaskAgentReturnStruct` of the Python library.
 *
 * @example
 * const urgent: TaskResult<"Review"> = { pathway: "Review", labelRowPriority: 1 };
 */
export interface TaskResult<Pathway extends string = string> {
  /** The pathway's name or UUID; null or left out: the task stays. */
  readonly pathway?: Pathway | null;
  /** Saved, together with the other rows of the batch, before the task moves. */
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

export interface Pathway {
  readonly uuid: string;
  readonly name: string;
  readonly destinationUuid: string;
}

/** An outcome that was checked: what is to be written for the task, in this order. */
export interface CheckedOutcome {
  readonly labelRow: LabelRow | null;
  readonly priority: number | null;
  /** null: the task stays in its stage. */
  readonly pathway: Pathway | null;
}

/** @throws InvalidOutcomeError (final: the same code would return the same) naming what was returned and what exists */
export function checkOutcome(agentName: string, stage: AgentStage, returned: unknown): CheckedOutcome {
  if (returned === undefined) {
    throw new InvalidOutcomeError(
      `Agent "${agentName}" returned nothing. Return the name of a pathway, or null to leave the task in its stage.`,
    );
  }
  if (returned === null || typeof returned === "string") {
    return { labelRow: null, priority: null, pathway: findPathway(agentName, stage, returned) };
  }
  if (typeof returned !== "object" || Array.isArray(returned)) {
    throw new InvalidOutcomeError(
      `Agent "${agentName}" returned ${Array.isArray(returned) ? "a list" : `a ${typeof returned}`}. ` +
        "Return the name of a pathway, null, or { pathway, labelRow, labelRowPriority }.",
    );
  }
  const { pathway = null, labelRow = null, labelRowPriority = null } = returned as TaskResult;
  const isPriority = typeof labelRowPriority === "number" && labelRowPriority >= 0 && labelRowPriority <= 1;
  if (labelRowPriority !== null && !isPriority) {
    throw new InvalidOutcomeError(
      `Agent "${agentName}" returned the priority ${String(labelRowPriority)}; it must be a number from 0 to 1.`,
    );
  }
  return { labelRow, priority: labelRowPriority, pathway: findPathway(agentName, stage, pathway) };
}

/** The stage's pathway with this name or UUID. */
export function findPathway(agentName: string, stage: AgentStage, wanted: string | null): Pathway | null {
  if (wanted === null) return null;
  if (typeof wanted !== "string") {
    throw new InvalidOutcomeError(
      `Agent "${agentName}" chose a pathway that is a ${typeof wanted}; return its name or its UUID, as text.`,
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
