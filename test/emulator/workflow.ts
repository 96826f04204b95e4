/** How a task moves: the one place that changes its stage, and records the move. */

import { isoTime, type World } from "./call.ts";
import type { RowDocument, TaskDocument } from "./state/documents.ts";

export interface Step {
  /** See `MoveDocument.how`. */
  readonly how: string;
  /** Email of whoever did it. */
  readonly by: string;
  readonly status?: string;
  readonly assignee?: string | null;
}

/** Puts a task at the end of another stage's queue. */
export function moveTask(world: World, task: TaskDocument, toStageUuid: string, step: Step): void {
  const { state } = world;
  const at = isoTime(world.now());
  const assignee = step.assignee ?? null;
  state.putTask({
    ...task,
    stageUuid: toStageUuid,
    status: step.status ?? (assignee === null ? "NEW" : "ASSIGNED"),
    assignee,
    lastActionedBy: step.by,
    updatedAt: at,
    order: state.nextOrder(),
  });
  const sequence = state.moves.size + 1;
  state.moves.put(String(sequence), {
    sequence,
    projectHash: task.projectHash,
    taskUuid: task.uuid,
    dataHash: task.dataHash,
    from: task.stageUuid,
    to: toStageUuid,
    at,
    how: step.how,
    by: step.by,
  });
  const row = state.row(task.projectHash, task.branchName, task.dataHash);
  const project = state.projects.get(task.projectHash);
  const destination = project && state.stage(project, toStageUuid);
  if (row && destination?.stageType === "REVIEW") openReviews(world, task, row);
  if (row && destination) state.putRow({ ...row, ...statusAfter(row, step.how, destination.stageType) });
}

/** Reviewers judge each object and each classification of the labels. */
function openReviews(world: World, task: TaskDocument, row: RowDocument): void {
  const { state } = world;
  const labels = row.labelHash === null ? undefined : state.labels.get(row.labelHash);
  const known = new Map(state.reviewsOf(task.uuid).map((review) => [review.labelId, review]));
  const open = (labelType: string, hashes: object | null | undefined) => {
    for (const labelId of Object.keys(hashes ?? {})) {
      const review = known.get(labelId);
      const reviewUuid = review?.reviewUuid ?? world.newUuid();
      state.putReview({
        reviewUuid,
        taskUuid: task.uuid,
        status: review ? "REOPENED" : "NEW",
        labelType,
        labelId,
        comment: review?.comment ?? null,
        commentTags: review?.commentTags ?? [],
      });
    }
  };
  open("Object", labels?.object_answers as object | undefined);
  open("Classification", labels?.classification_answers as object | undefined);
}

/** The listing's status for a row whose task has just arrived at a stage. */
function statusAfter(row: RowDocument, how: string, stageType: string): Partial<RowDocument> {
  if (row.labelHash === null) return {};
  if (stageType === "DONE") return { labelStatus: "REVIEWED", annotationTaskStatus: "COMPLETED" };
  if (how === "submit") return { labelStatus: "LABELLED", annotationTaskStatus: "IN_REVIEW" };
  if (how === "reject") return { labelStatus: "LABEL_IN_PROGRESS", annotationTaskStatus: "RETURNED" };
  return {};
}
