/**
 * The Workflow: lists the tasks of a stage, and moves them.
 *
 * A request that acts on several tasks succeeds or fails as a whole: every action is checked against the state before the first
 * one changes it, so a single task that has left the stage in the meantime keeps all the others where they are.
 */

import { asArray, asObject, asText, asUuid, type Call, isoTime, projectOf, stageOf } from "../call.ts";
import { type Page, pageAfter } from "../page.ts";
import { Refusal, unprocessable } from "../refusal.ts";
import type {
  JsonObject,
  PathwayDocument,
  ProjectDocument,
  StageDocument,
  TaskDocument,
} from "../state/documents.ts";
import type { State } from "../state/state.ts";
import { words } from "../words.ts";
import { moveTask } from "../workflow.ts";
import { closeReviews } from "./reviews.ts";

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

/** The pathway with this name or UUID. @throws Refusal 400 */
export function pathwayOf(stage: StageDocument, name: unknown, uuid: unknown): PathwayDocument {
  const title = name ?? null;
  const id = uuid === undefined || uuid === null ? null : words(uuid).toLowerCase();
  if (title === null && id === null) {
    throw new Refusal(400, "A pathway is needed: pathwayName or pathwayUuid.");
  }
  const found = stage.pathways?.find(
    (pathway) => (id === null || pathway.uuid === id) && (title === null || pathway.title === title),
  );
  if (found) return found;
  const known = (stage.pathways ?? []).map(({ title }) => `"${title}"`).join(", ");
  throw new Refusal(
    400,
    `Stage "${stage.title}" has no pathway ${words(name ?? uuid)}; it has ${known || "none"}.`,
  );
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
  const next = assignee ?? (body.retainAssignee === true ? task.assignee : null);
  const move = (to: string | undefined, how: string, status?: string): CheckedAction => {
    if (to === undefined) throw new Refusal(400, `No stage follows "${stage.title}".`);
    return {
      task,
      apply: () => {
        moveTask(call.world, task, to, { how, by, assignee: next, ...(status ? { status } : {}) });
        closeReviews(call.state, task.uuid, action);
      },
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
  // The stages of a consensus take the same actions as the plain ones.
  switch (`${stage.stageType.replace("CONSENSUS_", "")} ${action}`) {
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

/**
 * Every kind of stage answers with the same keys; clients read those that their kind of task has. A consensus has one task
 * here, and so one subtask; what its reviewers choose from are the label branches of the data unit.
 */
function taskJson(state: State, stage: StageDocument, task: TaskDocument): JsonObject {
  const json = plainTaskJson(state, task);
  switch (stage.stageType) {
    case "CONSENSUS_ANNOTATION":
      return { ...json, subtasks: [json] };
    case "CONSENSUS_REVIEW":
      return {
        ...json,
        options: state
          .rowsOfData(task.dataHash)
          .filter((row) => row.projectHash === task.projectHash && row.labelHash !== null)
          .map(({ branchName, labelHash }) => ({
            annotator: task.lastActionedBy ?? "",
            labelBranchName: branchName,
            labelHash,
          })),
      };
    default:
      return json;
  }
}

function plainTaskJson(state: State, task: TaskDocument): JsonObject {
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
  };
}

function* filtered<T>(values: Iterable<T>, keep: (value: T) => boolean): Generator<T> {
  for (const value of values) if (keep(value)) yield value;
}
