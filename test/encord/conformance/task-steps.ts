/** Steps about tasks: listing them with every filter, acting on them, their label reviews and issues. */

import type {
  AgentTask,
  AnnotationTask,
  Bundle,
  DataUnitIssues,
  LabelReview,
  ReviewTask,
  Task,
  TaskFilters,
  WorkflowStage,
} from "../../../src/encord/index.ts";
import type { Operations, Session } from "./replay.ts";
import { isRecord, type Json, type JsonRecord } from "./trace.ts";

export const taskSteps: Operations = {
  async stageGetTasks(session, args, step) {
    const stage = session.project.workflow.getStage(String(args.stage));
    const tasks = await listTasks(session, stage, args.filters);
    const expected = step.result;
    if (isRecord(expected)) return { count: tasks.length };
    if (!Array.isArray(expected) || isRecord(expected[0])) {
      // Where tasks are described, the recording names as many as it needs.
      return tasks
        .slice(0, Array.isArray(expected) && expected.length > 0 ? expected.length : tasks.length)
        .map(describeTask);
    }
    return tasks.map((task) => task.uuid).slice(0, expected.length === 1 ? 1 : tasks.length);
  },
  async stageGetTasksFirstOnly(session, args) {
    const stage = session.project.workflow.getStage(String(args.stage));
    for await (const task of stage.getTasks()) return describeTask(task);
    return null;
  },
  async taskProceed(session, args) {
    await proceed(await taskOf<AgentTask>(session, args), args);
  },
  async taskMove(session, args) {
    const task = await taskOf(session, args);
    await task.move({ destinationStageUuid: String(args.destinationStageUuid) });
  },
  async taskAssign(session, args) {
    await (await taskOf<AnnotationTask>(session, args)).assign(String(args.assignee));
  },
  async taskRelease(session, args) {
    await (await taskOf<AnnotationTask>(session, args)).release();
  },
  async taskSubmit(session, args) {
    await (await taskOf<AnnotationTask>(session, args)).submit(handover(args));
  },
  async taskApprove(session, args) {
    await (await taskOf<ReviewTask>(session, args)).approve(handover(args));
  },
  async taskReject(session, args) {
    await (await taskOf<ReviewTask>(session, args)).reject(handover(args));
  },
  async taskGetLabelReviews(session, args) {
    const reviews: LabelReview[] = [];
    for await (const review of (await taskOf<ReviewTask>(session, args)).getLabelReviews()) {
      session.kept.set(`review ${review.uuid}`, review);
      reviews.push(review);
    }
    return reviews.map(({ uuid, status, labelType, labelId }) => ({
      uuid,
      status,
      label_type: labelType,
      label_id: labelId,
    }));
  },
  async labelReviewApprove(session, args) {
    await session.recall<LabelReview>(`review ${String(args.reviewUuid)}`).approve();
  },
  async labelReviewReject(session, args) {
    await session.recall<LabelReview>(`review ${String(args.reviewUuid)}`).reject({
      comment: String(args.comment),
      issueTags: args.issueTags as string[],
    });
  },
  async addFileIssue(session, args) {
    await issuesOf(session).addFileIssue(issue(args));
  },
  async addFrameIssue(session, args) {
    await issuesOf(session).addFrameIssue({ ...issue(args), frameIndex: Number(args.frameIndex) });
  },
  async addCoordinateIssue(session, args) {
    await issuesOf(session).addCoordinateIssue({
      ...issue(args),
      frameIndex: Number(args.frameIndex),
      x: Number(args.x),
      y: Number(args.y),
    });
  },
  async listIssues(session) {
    const issues: Json[] = [];
    for await (const each of issuesOf(session).list())
      issues.push(snakeCase(JSON.parse(JSON.stringify(each))));
    return issues;
  },
};

/** Calls of a bundle that act on tasks. */
export async function bundleTaskCall(session: Session, call: JsonRecord, bundle: Bundle): Promise<void> {
  const tasks = [...listedTasks(session).values()];
  if (call.op === "taskProceed") {
    const names = String(call.pathwayName ?? "");
    for (const index of indices(call.tasks)) {
      const task = tasks[index] as AgentTask;
      if (names.startsWith("annotate when")) {
        await task.proceed({ pathwayName: index % 2 === 0 ? "annotate" : "complete" }, { bundle });
      } else {
        await proceed(task, "note" in call ? { pathwayName: "complete" } : call, bundle);
      }
    }
  } else if (call.op === "taskMove") {
    const destinationStageUuid = String(call.destinationStageUuid);
    for (const index of indices(call.tasks)) await tasks[index]?.move({ destinationStageUuid }, { bundle });
  }
}

/** `"0..299"` or a list. */
function indices(text: Json | undefined): number[] {
  if (Array.isArray(text)) return text.map(Number);
  const [first = 0, last = -1] = String(text).split("..").map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

async function listTasks(session: Session, stage: WorkflowStage, filters: Json | undefined): Promise<Task[]> {
  const tasks: Task[] = [];
  const listed = new Map<string, Task>();
  for await (const task of stage.getTasks(taskFilters(isRecord(filters) ? filters : {}))) {
    tasks.push(task);
    listed.set(task.uuid, task);
  }
  session.kept.set("tasks", listed);
  return tasks;
}

function taskFilters(filters: JsonRecord): TaskFilters<never> {
  const list = (value: Json | undefined): string[] | undefined =>
    value === undefined ? undefined : Array.isArray(value) ? value.map(String) : [String(value)];
  const given = {
    assignees: list(filters.assignee),
    dataHashes: list(filters.data_hash),
    datasetHashes: list(filters.dataset_hash),
    dataTitle: filters.data_title,
    statuses: list(filters.status),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function listedTasks(session: Session): Map<string, Task> {
  return session.recall<Map<string, Task>>("tasks");
}

/** A task listed by an earlier step; where none listed any, the recording's preparation did, which is repeated. */
async function taskOf<T extends Task>(session: Session, args: JsonRecord): Promise<T> {
  if (!session.kept.has("tasks")) await listTasks(session, session.project.workflow.getStage("Agent 1"), {});
  const task = listedTasks(session).get(String(args.taskUuid));
  if (!task) throw new Error(`No step listed the task ${String(args.taskUuid)}.`);
  return task as T;
}

async function proceed(task: AgentTask, args: JsonRecord, bundle?: Bundle): Promise<void> {
  const { pathwayName, pathwayUuid } = args as { pathwayName?: string; pathwayUuid?: string };
  await task.proceed(
    {
      ...(pathwayName === undefined ? {} : { pathwayName }),
      ...(pathwayUuid === undefined ? {} : { pathwayUuid }),
    },
    { bundle },
  );
}

function handover(args: JsonRecord) {
  return {
    ...(args.assignee === undefined ? {} : { assignee: String(args.assignee) }),
    ...(args.retainAssignee === undefined ? {} : { retainAssignee: args.retainAssignee === true }),
  };
}

function issue(args: JsonRecord) {
  return { comment: String(args.comment), issueTags: args.issueTags as string[] };
}

function issuesOf(session: Session): DataUnitIssues {
  const [task] = listedTasks(session).values();
  if (!task) throw new Error("No step listed a task.");
  return task.issues;
}

/** A task with the names of Python's fields. */
export function describeTask(task: Task): object {
  const { uuid, createdAt, updatedAt, dataHash, dataTitle } = task;
  const own = task as Partial<AgentTask>;
  return {
    uuid,
    created_at: createdAt,
    updated_at: updatedAt,
    data_hash: dataHash,
    data_title: dataTitle,
    ...("status" in own ? { status: own.status } : {}),
    ...("labelBranchName" in own ? { label_branch_name: own.labelBranchName } : {}),
    ...("assignee" in own ? { assignee: own.assignee } : {}),
    ...("lastActionedBy" in own ? { last_actioned_by: own.lastActionedBy } : {}),
  };
}

function snakeCase(value: Json): Json {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key.replace(/[A-Z]/g, (char) => `_${char.toLowerCase()}`),
      snakeCase(each),
    ]),
  );
}
