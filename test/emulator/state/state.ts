/**
 * The whole state of an emulated Encord, in memory, with the few indexes that its answers need. A handler changes it
 * synchronously; `commit` then passes all changes to the storage at once.
 */

import { type Change, Collection } from "./collection.ts";
import type {
  DatasetDocument,
  EndpointCount,
  IssueDocument,
  ItemDocument,
  JsonObject,
  KeyDocument,
  MoveDocument,
  OntologyDocument,
  ProjectDocument,
  ReviewDocument,
  RowDocument,
  SettingDocument,
  StageDocument,
  SubscriptionDocument,
  TaskDocument,
  TokenDocument,
} from "./documents.ts";
import type { EmulatorStorage } from "./storage.ts";

export class State {
  readonly #storage: EmulatorStorage;
  readonly #pending = new Map<string, Change>();
  readonly #changed = (change: Change) => {
    this.#pending.set(`${change.kind}/${change.id}`, change);
  };

  readonly keys = new Collection<KeyDocument>("key", this.#changed);
  readonly tokens = new Collection<TokenDocument>("token", this.#changed);
  readonly projects = new Collection<ProjectDocument>("project", this.#changed);
  readonly ontologies = new Collection<OntologyDocument>("ontology", this.#changed);
  readonly datasets = new Collection<DatasetDocument>("dataset", this.#changed);
  readonly items = new Collection<ItemDocument>("item", this.#changed);
  /** The blobs, by label hash. */
  readonly labels = new Collection<JsonObject>("label", this.#changed);
  readonly issues = new Collection<IssueDocument>("issue", this.#changed);
  readonly moves = new Collection<MoveDocument>("move", this.#changed);
  readonly counts = new Collection<EndpointCount>("count", this.#changed);
  readonly subscriptions = new Collection<SubscriptionDocument>("subscription", this.#changed);
  readonly settings = new Collection<SettingDocument>("setting", this.#changed);
  readonly #reviews = new Collection<ReviewDocument>("review", this.#changed);
  readonly #rows = new Collection<RowDocument>("row", this.#changed);
  readonly #tasks = new Collection<TaskDocument>("task", this.#changed);

  readonly #rowIdsByProject = new Map<string, Set<string>>();
  readonly #rowIdByLabelHash = new Map<string, string>();
  readonly #rowIdsByData = new Map<string, Set<string>>();
  readonly #tasksByStage = new Map<string, Map<string, TaskDocument>>();
  readonly #taskByRow = new Map<string, string>();
  readonly #reviewIdsByTask = new Map<string, Set<string>>();
  #nextOrder = 1;

  constructor(storage: EmulatorStorage) {
    this.#storage = storage;
    const tasks: TaskDocument[] = [];
    for (const { kind, id, position, document } of storage.load()) {
      const collection = this.#collections.find((candidate) => candidate.kind === kind);
      (collection as Collection<unknown> | undefined)?.load(id, position, document);
      if (kind === "row") this.#indexRow(document as RowDocument);
      if (kind === "review") this.#indexReview(document as ReviewDocument);
      if (kind === "task") tasks.push(document as TaskDocument);
    }
    for (const task of tasks.sort((a, b) => a.order - b.order)) this.#indexTask(task);
  }

  get #collections() {
    return [
      this.keys,
      this.tokens,
      this.projects,
      this.ontologies,
      this.datasets,
      this.items,
      this.labels,
      this.issues,
      this.moves,
      this.counts,
      this.subscriptions,
      this.settings,
      this.#reviews,
      this.#rows,
      this.#tasks,
    ];
  }

  /** Stores everything that changed since the last time. */
  commit(): void {
    if (this.#pending.size === 0) return;
    const changes = [...this.#pending.values()];
    this.#pending.clear();
    this.#storage.write(changes);
  }

  /** Forgets everything, media included. */
  clear(): void {
    this.#clearDocuments();
    this.#storage.media.clear();
  }

  #clearDocuments(): void {
    for (const collection of this.#collections) collection.clear();
    for (const index of [
      this.#rowIdsByProject,
      this.#rowIdByLabelHash,
      this.#rowIdsByData,
      this.#tasksByStage,
      this.#taskByRow,
      this.#reviewIdsByTask,
    ])
      index.clear();
  }

  /** Everything but media, as plain JSON. */
  snapshot(): Snapshot {
    return structuredClone(
      Object.fromEntries(this.#collections.map((each) => [each.kind, [...each.entries()]])),
    ) as Snapshot;
  }

  /** Replaces everything but media. */
  restore(snapshot: Snapshot): void {
    this.#clearDocuments();
    const copy = structuredClone(snapshot);
    for (const collection of this.#collections) {
      if ([this.#rows, this.#tasks, this.#reviews].includes(collection as never)) continue;
      for (const [id, document] of copy[collection.kind] ?? [])
        (collection as Collection<unknown>).put(id, document);
    }
    for (const [, row] of copy.row ?? []) this.putRow(row as RowDocument);
    for (const [, review] of copy.review ?? []) this.putReview(review as ReviewDocument);
    const tasks = (copy.task ?? []).map(([, task]) => task as TaskDocument);
    for (const task of tasks.sort((a, b) => a.order - b.order)) this.putTask(task);
  }

  // Label rows

  rows(projectHash: string): RowDocument[] {
    const ids = this.#rowIdsByProject.get(projectHash) ?? [];
    return Array.from(ids, (id) => this.#rows.get(id)).filter((row) => row !== undefined);
  }

  row(projectHash: string, branchName: string, dataHash: string): RowDocument | undefined {
    return this.#rows.get(rowId(projectHash, branchName, dataHash));
  }

  rowsOfData(dataHash: string): RowDocument[] {
    const ids = this.#rowIdsByData.get(dataHash) ?? [];
    return Array.from(ids, (id) => this.#rows.get(id)).filter((row) => row !== undefined);
  }

  rowOfLabel(labelHash: string): RowDocument | undefined {
    const id = this.#rowIdByLabelHash.get(labelHash);
    return id === undefined ? undefined : this.#rows.get(id);
  }

  putRow(row: RowDocument): void {
    this.#rows.put(rowId(row.projectHash, row.branchName, row.dataHash), row);
    this.#indexRow(row);
  }

  #indexRow(row: RowDocument): void {
    const id = rowId(row.projectHash, row.branchName, row.dataHash);
    entry(this.#rowIdsByProject, row.projectHash, () => new Set<string>()).add(id);
    entry(this.#rowIdsByData, row.dataHash, () => new Set<string>()).add(id);
    if (row.labelHash !== null) this.#rowIdByLabelHash.set(row.labelHash, id);
  }

  // Tasks

  task(uuid: string): TaskDocument | undefined {
    return this.#tasks.get(uuid);
  }

  tasks(): Generator<TaskDocument> {
    return this.#tasks.values();
  }

  /** In the order of their arrival at the stage. */
  tasksOfStage(stageUuid: string): Iterable<TaskDocument> {
    return this.#tasksByStage.get(stageUuid)?.values() ?? [];
  }

  taskOfRow(row: RowDocument): TaskDocument | undefined {
    const uuid = this.#taskByRow.get(rowId(row.projectHash, row.branchName, row.dataHash));
    return uuid === undefined ? undefined : this.#tasks.get(uuid);
  }

  putTask(task: TaskDocument): void {
    const before = this.#tasks.get(task.uuid);
    if (before && before.stageUuid !== task.stageUuid)
      this.#tasksByStage.get(before.stageUuid)?.delete(task.uuid);
    this.#tasks.put(task.uuid, task);
    this.#indexTask(task);
  }

  /** A place at the end of any queue. */
  nextOrder(): number {
    return this.#nextOrder++;
  }

  #indexTask(task: TaskDocument): void {
    entry(this.#tasksByStage, task.stageUuid, () => new Map<string, TaskDocument>()).set(task.uuid, task);
    this.#taskByRow.set(rowId(task.projectHash, task.branchName, task.dataHash), task.uuid);
    this.#nextOrder = Math.max(this.#nextOrder, task.order + 1);
  }

  // Reviews of labels

  review(uuid: string): ReviewDocument | undefined {
    return this.#reviews.get(uuid);
  }

  reviewsOf(taskUuid: string): ReviewDocument[] {
    const ids = this.#reviewIdsByTask.get(taskUuid) ?? [];
    return Array.from(ids, (id) => this.#reviews.get(id)).filter((review) => review !== undefined);
  }

  putReview(review: ReviewDocument): void {
    this.#reviews.put(review.reviewUuid, review);
    this.#indexReview(review);
  }

  #indexReview({ reviewUuid, taskUuid }: ReviewDocument): void {
    entry(this.#reviewIdsByTask, taskUuid, () => new Set<string>()).add(reviewUuid);
  }

  // Look-ups across documents

  stage(project: ProjectDocument, stageUuid: string): StageDocument | undefined {
    return project.stages.find(({ uuid }) => uuid === stageUuid);
  }
}

/** Documents by kind and id, in order. */
export type Snapshot = Readonly<Record<string, readonly (readonly [id: string, document: unknown])[]>>;

function rowId(projectHash: string, branchName: string, dataHash: string): string {
  return `${projectHash}/${branchName}/${dataHash}`;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
