/**
 * The Workflow: listing the tasks of a stage, and what moves them.
 *
 * A request that acts on several tasks is taken as a whole or refused as a whole: every action is checked against the state
 * before the first one changes it, so one task that has left the stage in the meantime keeps all the others where they are.
 */

import {
  asArray,
  asObject,
  asText,
  asUuid,
  type Call,
  isoTime,
  parameter,
  projectOf,
  stageOf,
} from "../call.ts";
import { type Page, pageAfter, pageOf } from "../page.ts";
import { Refusal, unprocessable } from "../refusal.ts";
import type {
  PathwayDocument,
  ProjectDocument,
  ReviewDocument,
  StageDocument,
  TaskDocument,
} from "../state/documents.ts";
import type { State } from "../state/state.ts";
import { moveTask } from "../workflow.ts";

export function listTasks(call: Call): Page {
  const project = projectOf(call);
  const stage = stageOf(call, project);
  const { query, state } = call;
  const emails = query.getAll("userEmails");
  const dataHashes = new Set(query.getAll("dataHashes").map((hash) => hash.toLowerCase()));
  const datasetHashes = query.getAll("datasetHashes").map((hash) => hash.toLowerCase());
  const title = query.get("dataTitleContains")?.toLowerCase() ?? null;
  const statuses = query.getAll("statuses");
  const keep = (task: TaskDocument) => {
    if (dataHashes.size > 0 && !dataHashes.has(task.dataHash)) return false;
    if (emails.length > 0 && !emails.includes(task.assignee ?? "")) return false;
    if (statuses.length > 0 && !statuses.includes(task.status)) return false;
    if (datasetHashes.length === 0 && title === null) return true;
    const row = state.row(task.projectHash, task.branchName, task.dataHash);
    if (!row) return false;
    if (datasetHashes.length > 0 && !datasetHashes.includes(row.datasetHash)) return false;
    return title === null || row.dataTitle.toLowerCase().includes(title);
  };
  const page = pageAfter(
    filtered(state.tasksOfStage(stage.uuid), keep),
    (task) => task.order,
    query.get("pageToken"),
    call.world.pageSize,
  );
  return {
    results: page.items.map((task) => taskJson(state, stage, task)),
    nextPageToken: page.nextPageToken,
  };
}

/** `POST .../stages/S/actions` */
export function actOnTasks(call: Call): null {
  const project = projectOf(call);
  const stage = stageOf(call, project);
  const actions = asArray(call.body).map((value, index) => checkAction(call, project, stage, value, index));
  const seen = new Set<string>();
  for (const { task } of actions) {
    if (seen.has(task.uuid)) throw new Refusal(400, `Task ${task.uuid} is named twice in one request.`);
    seen.add(task.uuid);
  }
  for (const { apply } of actions) apply();
  return null;
}

/** `POST .../stages/S/move-tasks` */
export function moveTasks(call: Call): null {
  const project = projectOf(call);
  const stage = stageOf(call, project);
  const body = asObject(call.body);
  const destination = asUuid(body.destinationStageUuid, "destinationStageUuid");
  if (!call.state.stage(project, destination)) {
    throw new Refusal(400, `Project ${project.projectHash} has no stage ${destination}.`);
  }
  const tasks = asArray(body.taskUuids, "taskUuids").map((uuid, index) =>
    taskInStage(call.state, stage, asUuid(uuid, "taskUuids", index)),
  );
  for (const task of tasks) {
    moveTask(call.world, task, destination, { how: "move", by: call.caller.email });
  }
  return null;
}

export function listReviews(call: Call): Page {
  const task = reviewedTask(call);
  const reviews = reviewsOf(call.state, task.uuid);
  const page = pageOf(reviews, call.query.get("pageToken"), call.world.pageSize);
  const results = page.items.map(({ reviewUuid, status, labelType, labelId }) => ({
    reviewUuid,
    status,
    labelType,
    labelId,
  }));
  return { results, nextPageToken: page.nextPageToken };
}

const REVIEW_STATUS: Readonly<Record<string, string>> = {
  APPROVE: "APPROVED",
  REJECT: "REJECTED",
  REOPEN: "REOPENED",
};

export function actOnReviews(call: Call): null {
  const task = reviewedTask(call);
  const changed = asArray(call.body).map((value, index): ReviewDocument => {
    const body = asObject(value, index);
    const uuid = asUuid(body.reviewUuid, index, "reviewUuid");
    const review = call.state.reviews.get(uuid);
    if (review?.taskUuid !== task.uuid) throw new Refusal(404, `Task ${task.uuid} has no review ${uuid}.`);
    const action = asText(body.action, index, "action");
    const status = REVIEW_STATUS[action];
    if (status === undefined) throw unprocessable(["body", index, "action"], `"${action}" is not an action.`);
    return {
      ...review,
      status,
      comment: typeof body.comment === "string" ? body.comment : review.comment,
      commentTags: Array.isArray(body.commentTags) ? body.commentTags.map(String) : review.commentTags,
    };
  });
  for (const review of changed) call.state.reviews.put(review.reviewUuid, review);
  return null;
}

/** @returns the pathway that is meant. @throws Refusal 400 */
export function pathwayOf(stage: StageDocument, name: unknown, uuid: unknown): PathwayDocument {
  if (name === undefined && uuid === undefined) {
    throw new Refusal(400, "A pathway is needed: pathwayName or pathwayUuid.");
  }
  const found = stage.pathways?.find(
    (pathway) =>
      (uuid === undefined || pathway.uuid === uuid) && (name === undefined || pathway.title === name),
  );
  if (found) return found;
  const known = (stage.pathways ?? []).map(({ title }) => `"${title}"`).join(", ");
  throw new Refusal(400, `Stage "${stage.title}" has no pathway ${name ?? uuid}; it has ${known || "none"}.`);
}

interface CheckedAction {
  readonly task: TaskDocument;
  readonly apply: () => void;
}

function checkAction(
  call: Call,
  project: ProjectDocument,
  stage: StageDocument,
  value: unknown,
  index: number,
): CheckedAction {
  const body = asObject(value, index);
  const task = taskInStage(call.state, stage, asUuid(body.taskUuid, index, "taskUuid"));
  const action = asText(body.action, index, "action");
  const by = call.caller.email;
  const assignee = typeof body.assignee === "string" ? body.assignee : null;
  const retained = body.retainAssignee === true ? (assignee ?? task.assignee) : null;
  const move = (to: string | undefined, how: string, status?: string): CheckedAction => {
    if (to === undefined) throw new Refusal(400, `No stage follows "${stage.title}".`);
    return {
      task,
      apply: () =>
        moveTask(call.world, task, to, { how, by, assignee: retained, ...(status ? { status } : {}) }),
    };
  };
  const change = (changed: Partial<TaskDocument>): CheckedAction => ({
    task,
    apply: () =>
      call.state.putTask({
        ...task,
        ...changed,
        lastActionedBy: by,
        updatedAt: isoTime(call.world.now()),
      }),
  });
  switch (`${stage.stageType} ${action}`) {
    case "AGENT PATHWAY_ACTION": {
      const pathway = pathwayOf(stage, body.pathwayName, body.pathwayUuid);
      return move(pathway.destinationUuid, `proceed:${pathway.title}`);
    }
    case "ANNOTATION ASSIGN":
    case "REVIEW ASSIGN":
      if (assignee === null)
        throw unprocessable(["body", index, "assignee"], "An email address is expected.");
      return change({ status: "ASSIGNED", assignee });
    case "ANNOTATION RELEASE":
    case "REVIEW RELEASE":
      return change({ status: "RELEASED", assignee: null });
    case "ANNOTATION SUBMIT":
      return move(stage.nextUuid, "submit");
    case "REVIEW APPROVE":
      return move(stage.nextUuid, "approve");
    case "REVIEW REJECT":
      return move(
        stage.rejectUuid ?? project.stages.find(({ stageType }) => stageType === "ANNOTATION")?.uuid,
        "reject",
        "REOPENED",
      );
    default:
      throw new Refusal(400, `The ${stage.stageType} stage "${stage.title}" does not take ${action}.`);
  }
}

function taskInStage(state: State, stage: StageDocument, uuid: string): TaskDocument {
  const task = state.task(uuid);
  if (task?.stageUuid === stage.uuid) return task;
  throw new Refusal(400, `Task ${uuid} is not in stage "${stage.title}"; nothing was changed.`);
}

function reviewedTask(call: Call): TaskDocument {
  const stage = stageOf(call, projectOf(call));
  const uuid = parameter(call, "task");
  const task = call.state.task(uuid);
  if (task?.stageUuid !== stage.uuid) throw new Refusal(404, `Stage "${stage.title}" has no task ${uuid}.`);
  return task;
}

function reviewsOf(state: State, taskUuid: string): ReviewDocument[] {
  return [...state.reviews.values()].filter((review) => review.taskUuid === taskUuid);
}

/** Every kind of stage answers with the same keys; clients read those that their kind of task has. */
function taskJson(state: State, stage: StageDocument, task: TaskDocument): unknown {
  const { uuid, createdAt, updatedAt, status, dataHash, branchName, assignee, lastActionedBy } = task;
  return {
    uuid,
    createdAt,
    updatedAt,
    status,
    dataHash,
    dataTitle: state.row(task.projectHash, branchName, dataHash)?.dataTitle ?? "",
    labelBranchName: branchName,
    assignee,
    lastActionedBy,
    ...(stage.stageType === "CONSENSUS_ANNOTATION" ? { subtasks: [] } : {}),
    ...(stage.stageType === "CONSENSUS_REVIEW" ? { options: [] } : {}),
  };
}

function* filtered<T>(values: Iterable<T>, keep: (value: T) => boolean): Generator<T> {
  for (const value of values) if (keep(value)) yield value;
}
