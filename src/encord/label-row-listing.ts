/**
 * Which label rows of a project to list, and how much of each. The request holds every key, null for what is not given. An
 * empty list of hashes asks for no rows at all (for tasks it would filter nothing).
 */

import { InvalidArgumentsError } from "./errors.ts";

/** Which label rows, and what to include of each; all given filters must hold. */
export interface LabelRowFilters {
  readonly dataHashes?: readonly string[];
  readonly labelHashes?: readonly string[];
  readonly dataTitleEq?: string;
  /** `%` stands for any text. */
  readonly dataTitleLike?: string;
  readonly workflowGraphNodeTitleEq?: string;
  readonly workflowGraphNodeTitleLike?: string;
  /** A moment, or a time in ISO 8601; without an offset it is UTC. */
  readonly editedBefore?: Date | string;
  readonly editedAfter?: Date | string;
  /**
   * `QUEUED`, `ASSIGNED`, `IN_REVIEW`, `RETURNED`, `COMPLETED`; only for projects without a Workflow. With one, filter by
   * the stage.
   */
  readonly labelStatuses?: readonly string[];
  readonly shadowDataState?: string;
  /** Also rows whose labels were never initialised; true by default. */
  readonly includeUninitialisedLabels?: boolean;
  readonly includeClientMetadata?: boolean;
  readonly includeImagesData?: boolean;
  /** Also the parts of data groups. */
  readonly includeChildren?: boolean;
  /** In which stage each row is; true by default, and needed for priorities. */
  readonly includeWorkflowGraphNode?: boolean;
  readonly includeAllLabelBranches?: boolean;
  /** A branch other than `main`. */
  readonly branchName?: string;
}

/** The payload of the listing request. @throws InvalidArgumentsError when a time cannot be read */
export function listingPayload(filters: LabelRowFilters) {
  return {
    edited_before: timeText(filters.editedBefore, "editedBefore"),
    edited_after: timeText(filters.editedAfter, "editedAfter"),
    label_statuses: filters.labelStatuses ?? null,
    shadow_data_state: filters.shadowDataState ?? null,
    include_uninitialised_labels: filters.includeUninitialisedLabels ?? true,
    data_hashes: filters.dataHashes ?? null,
    label_hashes: filters.labelHashes ?? null,
    data_title_eq: filters.dataTitleEq ?? null,
    data_title_like: filters.dataTitleLike ?? null,
    workflow_graph_node_title_eq: filters.workflowGraphNodeTitleEq ?? null,
    workflow_graph_node_title_like: filters.workflowGraphNodeTitleLike ?? null,
    include_client_metadata: filters.includeClientMetadata ?? false,
    include_images_data: filters.includeImagesData ?? false,
    include_children: filters.includeChildren ?? false,
    include_workflow_graph_node: filters.includeWorkflowGraphNode ?? true,
    include_all_label_branches: filters.includeAllLabelBranches ?? false,
    branch_name: filters.branchName ?? null,
  };
}

const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?$/;

/** As Python writes a time with an offset: `2025-06-01T00:00:00+00:00`. */
function timeText(moment: Date | string | undefined, name: string): string | null {
  if (moment === undefined) return null;
  const valid = !(moment instanceof Date) || !Number.isNaN(moment.getTime());
  const text = valid ? (moment instanceof Date ? moment.toISOString() : moment.trim()) : "";
  const [, day, clock = "00:00:00", fraction = "", offset = "Z"] = ISO_TIME.exec(text) ?? [];
  if (day === undefined || Number.isNaN(Date.parse(day))) {
    throw new InvalidArgumentsError(
      `${name} must be a Date or a time in ISO 8601; it is ${JSON.stringify(moment)}.`,
    );
  }
  const seconds = clock.length === 5 ? `${clock}:00` : clock;
  const micros = Number(fraction) === 0 ? "" : fraction.padEnd(7, "0");
  return `${day}T${seconds}${micros}${offset === "Z" ? "+00:00" : offset}`;
}
