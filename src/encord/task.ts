/**
 * Tasks: a data unit on its way through a Workflow, as one stage sees it. What can be done with a task depends on the
 * kind of its stage; every kind can be moved to another stage. With a bundle an action is only recorded, and goes out
 * with the others of the stage when the bundle is sent.
 *
 * An action does not change the object here: list the stage again to see where the task is.
 */

import { type Bundled, type Operation, sendOrAdd } from "./bundle.ts";
import { InvalidArgumentsError } from "./errors.ts";
import { DataUnitIssues } from "./issue.ts";
import { listOf, object, orElse, orNull, type Read, text, time, uuid } from "./json.ts";
import { type LabelReview, listLabelReviews } from "./label-review.ts";
import type { Transport } from "./transport.ts";
import { toUuid } from "./uuid.ts";

/** The stage that tasks are listed from, and the transport to act on them. */
export interface StageContext {
  readonly transport: Transport;
  readonly projectHash: string;
  readonly stageUuid: string;
}

/** A status that Encord adds later is passed on as it is. */
export type AnnotationTaskStatus =
  | "NEW"
  | "ASSIGNED"
  | "RELEASED"
  | "SKIPPED"
  | "REOPENED"
  | "COMPLETED"
  | (string & {});
/** The same as those of an annotation task. */
export type AgentTaskStatus = AnnotationTaskStatus;
/** A status that Encord adds later is passed on as it is. */
export type ReviewTaskStatus = "NEW" | "ASSIGNED" | "RELEASED" | "REOPENED" | (string & {});

const taskFields = { uuid, createdAt: time, updatedAt: time, dataHash: uuid, dataTitle: text };
const personFields = { ...taskFields, status: text, assignee: orNull(text) };
const branchFields = { ...personFields, labelBranchName: text };

export const finalTaskReader = object(taskFields);
export const annotationTaskReader = object(branchFields);
export const agentTaskReader = object({ ...branchFields, lastActionedBy: orNull(text) });
export const reviewTaskReader = object(personFields);
export const consensusAnnotationTaskReader = object({
  ...taskFields,
  subtasks: orElse(listOf(annotationTaskReader), []),
});
export const consensusReviewTaskReader = object({
  ...personFields,
  options: listOf(object({ annotator: text, labelBranchName: text, labelHash: orNull(uuid) })),
});

interface TaskAction {
  readonly taskUuid: string;
  readonly action: string;
}

interface MoveCall {
  readonly taskUuid: string;
}

/** What every task has, whatever its stage. */
export class Task {
  readonly uuid: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly dataHash: string;
  /** The data unit's name. */
  readonly dataTitle: string;
  /** The stage that the task was listed from. */
  readonly stageUuid: string;
  readonly #context: StageContext;

  constructor(context: StageContext, fields: Read<typeof finalTaskReader>) {
    this.uuid = fields.uuid;
    this.createdAt = fields.createdAt;
    this.updatedAt = fields.updatedAt;
    this.dataHash = fields.dataHash;
    this.dataTitle = fields.dataTitle;
    this.stageUuid = context.stageUuid;
    this.#context = context;
  }

  /** The issues of this task's data unit. */
  get issues(): DataUnitIssues {
    return new DataUnitIssues(this.#context.transport, this.#context.projectHash, this.dataHash);
  }

  /**
   * Moves the task to any stage of the Workflow, whether a pathway leads there or not.
   *
   * In a bundle, tasks with the same stage and destination share a request, at most 500 of them.
   */
  async move(
    destination: { readonly destinationStageUuid: string },
    { bundle }: Bundled = {},
  ): Promise<void> {
    const { transport, projectHash, stageUuid } = this.#context;
    const destinationStageUuid = toUuid(destination.destinationStageUuid, "destination stage");
    const operation: Operation<MoveCall> = {
      key: `move:${stageUuid}:${destinationStageUuid}`,
      limit: 500,
      async send(calls) {
        await transport.v2({
          method: "POST",
          path: `projects/${projectHash}/workflow/stages/${stageUuid}/move-tasks`,
          body: { taskUuids: calls.map((call) => call.taskUuid), destinationStageUuid },
          expects: "nothing",
        });
      },
    };
    await sendOrAdd(operation, { taskUuid: this.uuid }, bundle);
  }

  /** Sends one action of this task, or adds it to the bundle. Actions of one stage share requests, whatever they are. */
  protected async act(
    action: string,
    fields: Readonly<Record<string, unknown>>,
    { bundle }: Bundled,
  ): Promise<void> {
    const { transport, projectHash, stageUuid } = this.#context;
    const operation: Operation<TaskAction> = {
      key: `actions:${stageUuid}`,
      limit: 1000,
      async send(calls) {
        const path = `projects/${projectHash}/workflow/stages/${stageUuid}/actions`;
        await transport.v2({ method: "POST", path, body: calls, expects: "nothing" });
      },
    };
    await sendOrAdd(operation, { taskUuid: this.uuid, action, ...fields }, bundle);
  }
}

/** A task of the final stage: the data unit is done. */
export class FinalTask extends Task {}

/** A task that waits for an agent. */
export class AgentTask extends Task {
  readonly status: AgentTaskStatus;
  /** The branch of labels that the task is about; `main` except in consensus projects. */
  readonly labelBranchName: string;
  /** Email of the assignee; null when nobody is assigned. */
  readonly assignee: string | null;
  /** Email of whoever acted on it last. */
  readonly lastActionedBy: string | null;
  readonly #context: StageContext;

  constructor(context: StageContext, fields: Read<typeof agentTaskReader>) {
    super(context, fields);
    this.#context = context;
    this.status = fields.status;
    this.labelBranchName = fields.labelBranchName;
    this.assignee = fields.assignee;
    this.lastActionedBy = fields.lastActionedBy;
  }

  /** The same task, over what `wrap` makes of its transport; as `EncordClient.through`. */
  through(wrap: (transport: Transport) => Transport): AgentTask {
    return new AgentTask({ ...this.#context, transport: wrap(this.#context.transport) }, this);
  }

  /**
   * Sends the task along a pathway of its stage, given by name or UUID. Encord checks that the pathway exists;
   * `stage.pathways` lists them.
   *
   * As in the Python SDK, a request whose answer got lost is sent again. If the first one had arrived, the second is refused
   * because the task has left the stage: after such an InvalidArgumentsError, list the stage to see whether it did.
   *
   * @throws InvalidArgumentsError when neither is given
   */
  async proceed(
    pathway: { readonly pathwayName?: string; readonly pathwayUuid?: string },
    options: Bundled = {},
  ): Promise<void> {
    const { pathwayName, pathwayUuid } = pathway;
    if (pathwayName === undefined && pathwayUuid === undefined) {
      throw new InvalidArgumentsError("Give pathwayName or pathwayUuid, so that the task knows where to go.");
    }
    const fields = {
      ...(pathwayUuid === undefined ? {} : { pathwayUuid: toUuid(pathwayUuid, "pathway") }),
      ...(pathwayName === undefined ? {} : { pathwayName }),
    };
    await this.act("PATHWAY_ACTION", fields, options);
  }
}

/** A task for people: it can be assigned to somebody, and released again. */
class PersonsTask extends Task {
  /** Assigns the task to the user with this email. */
  async assign(userEmail: string, options: Bundled = {}): Promise<void> {
    await this.act("ASSIGN", { assignee: userEmail }, options);
  }

  /** Takes the task back from its assignee. */
  async release(options: Bundled = {}): Promise<void> {
    await this.act("RELEASE", {}, options);
  }
}

/** Who is assigned afterwards. `retainAssignee` keeps the present assignee (there must be one); `assignee` wins over it. */
export interface Handover extends Bundled {
  /** Email. */
  readonly assignee?: string;
  readonly retainAssignee?: boolean;
}

function handover({ assignee, retainAssignee = false }: Handover) {
  return { ...(assignee === undefined ? {} : { assignee }), retainAssignee };
}

/** A task of an annotation stage, or one annotator's part of a consensus. */
export class AnnotationTask extends PersonsTask {
  readonly status: AnnotationTaskStatus;
  readonly labelBranchName: string;
  readonly assignee: string | null;

  constructor(context: StageContext, fields: Read<typeof annotationTaskReader>) {
    super(context, fields);
    this.status = fields.status;
    this.labelBranchName = fields.labelBranchName;
    this.assignee = fields.assignee;
  }

  /** Submits the task to the next stage; its open label reviews become resolved. */
  async submit(options: Handover = {}): Promise<void> {
    await this.act("SUBMIT", { resolveLabelReviews: true, ...handover(options) }, options);
  }
}

/** A task of a review stage. */
export class ReviewTask extends PersonsTask {
  readonly status: ReviewTaskStatus;
  readonly assignee: string | null;
  readonly #context: StageContext;

  constructor(context: StageContext, fields: Read<typeof reviewTaskReader>) {
    super(context, fields);
    this.status = fields.status;
    this.assignee = fields.assignee;
    this.#context = context;
  }

  /** Approves the task and its open label reviews. */
  async approve(options: Handover = {}): Promise<void> {
    await this.act("APPROVE", { approveLabelReviews: true, ...handover(options) }, options);
  }

  /** Rejects the task and its open label reviews. */
  async reject(options: Handover = {}): Promise<void> {
    await this.act("REJECT", { rejectLabelReviews: true, ...handover(options) }, options);
  }

  /** The reviews of the task's single labels, fetched page by page. */
  async *getLabelReviews(): AsyncGenerator<LabelReview> {
    const { transport, projectHash, stageUuid } = this.#context;
    const path = `projects/${projectHash}/workflow/stages/${stageUuid}/tasks/${this.uuid}/reviews`;
    yield* listLabelReviews(transport, path);
  }
}

/** A data unit that several annotators label side by side, each in a subtask. */
export class ConsensusAnnotationTask extends Task {
  readonly subtasks: readonly AnnotationTask[];

  constructor(context: StageContext, fields: Read<typeof consensusAnnotationTaskReader>) {
    super(context, fields);
    this.subtasks = fields.subtasks.map((subtask) => new AnnotationTask(context, subtask));
  }
}

/** One annotator's labels, to choose from. */
export interface ConsensusReviewOption {
  readonly annotator: string;
  readonly labelBranchName: string;
  /** Null when there are none yet. */
  readonly labelHash: string | null;
}

/** A task in which a reviewer chooses among the annotators' labels. */
export class ConsensusReviewTask extends PersonsTask {
  readonly status: ReviewTaskStatus;
  readonly assignee: string | null;
  readonly options: readonly ConsensusReviewOption[];

  constructor(context: StageContext, fields: Read<typeof consensusReviewTaskReader>) {
    super(context, fields);
    this.status = fields.status;
    this.assignee = fields.assignee;
    this.options = fields.options;
  }

  /** Approves the task with the labels chosen in Encord. */
  async approve(options: Handover = {}): Promise<void> {
    await this.act("APPROVE", handover(options), options);
  }

  /** Sends the task back to the annotators. */
  async reject(options: Handover = {}): Promise<void> {
    await this.act("REJECT", handover(options), options);
  }
}
