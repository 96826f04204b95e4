/**
 * The stages of a Workflow, one class for each kind, and the tasks in them. Tasks are listed page by page; the next page is
 * fetched only when the caller gets there.
 */

import type { Read, Reader } from "./json.ts";
import { type Page, readPages, readPagesFrom } from "./page.ts";
import {
  AgentTask,
  type AgentTaskStatus,
  AnnotationTask,
  type AnnotationTaskStatus,
  agentTaskReader,
  annotationTaskReader,
  ConsensusAnnotationTask,
  ConsensusReviewTask,
  consensusAnnotationTaskReader,
  consensusReviewTaskReader,
  FinalTask,
  finalTaskReader,
  ReviewTask,
  type ReviewTaskStatus,
  reviewTaskReader,
  type StageContext,
  Task,
} from "./task.ts";
import type { Query } from "./transport.ts";
import { toUuid } from "./uuid.ts";

/** Which tasks of a stage; everything given must hold, and an empty list filters nothing. */
export interface DataFilters {
  readonly dataHashes?: readonly string[];
  readonly datasetHashes?: readonly string[];
  /** Part of the data unit's name. */
  readonly dataTitle?: string;
}

/** As `DataFilters`, and by assignee. */
export interface AssigneeFilters extends DataFilters {
  /** Emails; the task is assigned to one of them. */
  readonly assignees?: readonly string[];
}

/** As `AssigneeFilters`, and by status. */
export interface TaskFilters<Status extends string = string> extends AssigneeFilters {
  /** The task has one of them. */
  readonly statuses?: readonly Status[];
}

/** A way out of an agent stage. */
export interface Pathway {
  readonly uuid: string;
  readonly name: string;
  /** The stage it leads to. */
  readonly destinationUuid: string;
}

/** A request's query stays well below the 16 KB that servers take: a data hash is 48 bytes of it. */
const MAX_HASHES_PER_QUERY = 200;

/** What every kind of stage has. */
abstract class Stage<StageTask extends Task, Filters extends DataFilters, Fields> {
  abstract readonly stageType: string;
  readonly uuid: string;
  readonly title: string;
  readonly #context: StageContext;
  readonly #read: Reader<Fields>;
  readonly #make: (context: StageContext, fields: Fields) => StageTask;

  /**
   * @param read reads one entry of the listing
   * @param make makes the task from it
   */
  protected constructor(
    context: StageContext,
    title: string,
    read: Reader<Fields>,
    make: (context: StageContext, fields: Fields) => StageTask,
  ) {
    this.uuid = context.stageUuid;
    this.title = title;
    this.#context = context;
    this.#read = read;
    this.#make = make;
  }

  /**
   * The tasks in this stage, one at a time.
   *
   * @example
   * for await (const task of stage.getTasks({ statuses: ["NEW"] })) console.log(task.dataTitle);
   *
   * @throws InvalidArgumentsError when a hash is not a UUID; EncordError when a page cannot be fetched
   */
  async *getTasks(filters?: Filters): AsyncGenerator<StageTask> {
    for await (const page of this.taskPages(filters)) yield* page;
  }

  /**
   * As `getTasks`, a page of Encord's size at a time. More than 200 data hashes are split into several listings (the
   * Python SDK puts them all into one query, which servers refuse when it gets too long).
   */
  async *taskPages(filters?: Filters): AsyncGenerator<StageTask[]> {
    for (const query of taskQueries(filters ?? {})) {
      for await (const page of readPages(this.#context.transport, this.#path, query, this.#read)) {
        yield page.map((fields) => this.#make(this.#context, fields));
      }
    }
  }

  /**
   * All tasks page by page, each page with the token from which another listing can go on after it.
   *
   * @param from such a token; null: from the beginning
   */
  async *taskPagesFrom(from: string | null): AsyncGenerator<Page<StageTask>> {
    const pages = readPagesFrom(this.#context.transport, this.#path, {}, this.#read, from);
    for await (const { items, nextPageToken } of pages) {
      yield { items: items.map((fields) => this.#make(this.#context, fields)), nextPageToken };
    }
  }

  get #path(): string {
    return `projects/${this.#context.projectHash}/workflow/stages/${this.#context.stageUuid}/tasks`;
  }
}

function* taskQueries(filters: TaskFilters): Generator<Query> {
  const dataHashes = [...new Set(filters.dataHashes?.map((hash) => toUuid(hash, "data hash")))];
  const query = {
    datasetHashes: filters.datasetHashes?.map((hash) => toUuid(hash, "dataset hash")),
    dataTitleContains: filters.dataTitle,
    statuses: filters.statuses,
  };
  let start = 0;
  do {
    const some = dataHashes.slice(start, start + MAX_HASHES_PER_QUERY);
    yield { userEmails: filters.assignees, dataHashes: some, ...query };
    start += MAX_HASHES_PER_QUERY;
  } while (start < dataHashes.length);
}

/** A stage whose tasks wait for an agent. */
export class AgentStage extends Stage<AgentTask, TaskFilters<AgentTaskStatus>, Read<typeof agentTaskReader>> {
  readonly stageType = "AGENT";
  /** The ways out of it. */
  readonly pathways: readonly Pathway[];

  constructor(context: StageContext, title: string, pathways: readonly Pathway[]) {
    super(context, title, agentTaskReader, (...task) => new AgentTask(...task));
    this.pathways = pathways;
  }
}

/** A stage whose tasks wait for an annotator. */
export class AnnotationStage extends Stage<
  AnnotationTask,
  TaskFilters<AnnotationTaskStatus>,
  Read<typeof annotationTaskReader>
> {
  readonly stageType = "ANNOTATION";

  constructor(context: StageContext, title: string) {
    super(context, title, annotationTaskReader, (...task) => new AnnotationTask(...task));
  }
}

/** A stage whose tasks wait for a reviewer. */
export class ReviewStage extends Stage<
  ReviewTask,
  TaskFilters<ReviewTaskStatus>,
  Read<typeof reviewTaskReader>
> {
  readonly stageType = "REVIEW";

  constructor(context: StageContext, title: string) {
    super(context, title, reviewTaskReader, (...task) => new ReviewTask(...task));
  }
}

/** A stage in which several annotators label the same data side by side. */
export class ConsensusAnnotationStage extends Stage<
  ConsensusAnnotationTask,
  AssigneeFilters,
  Read<typeof consensusAnnotationTaskReader>
> {
  readonly stageType = "CONSENSUS_ANNOTATION";

  constructor(context: StageContext, title: string) {
    super(context, title, consensusAnnotationTaskReader, (...task) => new ConsensusAnnotationTask(...task));
  }
}

/** A stage in which a reviewer chooses among the annotators' labels. */
export class ConsensusReviewStage extends Stage<
  ConsensusReviewTask,
  TaskFilters<ReviewTaskStatus>,
  Read<typeof consensusReviewTaskReader>
> {
  readonly stageType = "CONSENSUS_REVIEW";

  constructor(context: StageContext, title: string) {
    super(context, title, consensusReviewTaskReader, (...task) => new ConsensusReviewTask(...task));
  }
}

/** The end of the Workflow, "Complete" by default. */
export class FinalStage extends Stage<FinalTask, DataFilters, Read<typeof finalTaskReader>> {
  readonly stageType = "DONE";

  constructor(context: StageContext, title: string) {
    super(context, title, finalTaskReader, (...task) => new FinalTask(...task));
  }
}

/** A stage of a kind that this client does not know. */
export class OtherStage extends Stage<Task, DataFilters, Read<typeof finalTaskReader>> {
  readonly stageType = "OTHER";
  /** Encord's word for the kind. */
  readonly serverType: string;

  constructor(context: StageContext, title: string, serverType: string) {
    super(context, title, finalTaskReader, (...task) => new Task(...task));
    this.serverType = serverType;
  }
}
