/**
 * What the agents of a batch find ready: label rows with their labels, and storage items, fetched in bulk for all of them. A
 * row or item that cannot be had fails its own task only, when its agent asks for it.
 */

import { prefetchOf, type Wanted } from "../agent/dependency.ts";
import {
  AuthorisationError,
  type LabelRow,
  ResourceExistsError,
  type StorageItem,
  seededHashes,
} from "../encord/index.ts";
import { divided, type Undone } from "./divided.ts";
import { failedBefore, sendTogether } from "./send-together.ts";
import type { BatchOptions } from "./task-batch.ts";
import type { LeasedTask, Work } from "./task-state.ts";

/** By task: what its agent may ask for. */
export interface Fetched {
  readonly dataHashes: readonly string[];
  /** By the UUID of the task. */
  readonly labelRows: Map<string, () => Promise<LabelRow>>;
  readonly storageItems: Map<string, () => Promise<StorageItem>>;
  /** Those for whom nothing can be had now, for a reason that is not theirs. */
  readonly postponed: Map<Work, unknown>;
}

/** So many hashes more are looked for than a row can hold: an attempt may have drawn some that it did not save. */
const SPARE_ORDINALS = 1000;

export class BatchInputs {
  readonly #options: Pick<BatchOptions, "agent" | "client" | "project" | "stage">;
  /** The label rows of the main branch, by data hash, asked for while the tasks are read again; null: ask for them. */
  #rowsOnMain: Promise<ReadonlyMap<string, LabelRow> | null> = Promise.resolve(null);

  constructor(options: Pick<BatchOptions, "agent" | "client" | "project" | "stage">) {
    this.#options = options;
  }

  /** Begins to list label rows before it is known which tasks are still there. */
  listAhead(leases: readonly LeasedTask[]): void {
    this.#rowsOnMain = this.#ahead(leases);
  }

  /** Fetches in bulk what the agent's dependencies want; a row or item that cannot be had fails its own task only. */
  async fetch(works: readonly Work[]): Promise<Fetched> {
    const { agent } = this.#options;
    const wanted = prefetchOf(agent.dependencies);
    const fetched: Fetched = {
      dataHashes: works.map((work) => work.task.dataHash),
      labelRows: new Map(),
      storageItems: new Map(),
      postponed: new Map(),
    };
    if (!wanted.labelRow && !wanted.storageItem) return fetched;
    const without = (kind: "labelRows" | "storageItems", { own, shared }: Undone<Work>) => {
      for (const [{ task }, error] of own) {
        const refuse = () => Promise.reject(refusal(error));
        if (kind === "labelRows") fetched.labelRows.set(task.uuid, refuse);
        else fetched.storageItems.set(task.uuid, refuse);
      }
      for (const [work, error] of shared) fetched.postponed.set(work, error);
    };
    const rowOf = new Map<Work, LabelRow>();
    const unlisted = await this.#listRows(works, wanted, rowOf, await this.#rowsOnMain);
    if (wanted.storageItem) without("storageItems", unlisted);
    if (wanted.labelRow) {
      without("labelRows", unlisted);
      const { initialise } = wanted.labelRow;
      const empty = await sendTogether(
        this.#options,
        [...rowOf.keys()],
        undefined,
        failedBefore,
        async (work, bundle) => {
          await rowOf.get(work)?.initialiseLabels({ ...initialise, bundle });
        },
        // Labels may have been created although the answer was lost; they cannot be created twice.
        async (some) => {
          await this.#listRows(some, wanted, rowOf, null);
        },
      );
      for (const [work, row] of rowOf) {
        fetched.labelRows.set(work.task.uuid, async () => {
          if (!row.isLabellingInitialised) throw new Error(`Encord sent no labels for ${row.dataHash}.`);
          return row;
        });
        if (row.isLabellingInitialised) prepare(row, this.#options.stage.uuid, work.lease);
      }
      without("labelRows", empty);
    }
    if (wanted.storageItem) {
      const items = new Map<string, StorageItem>();
      const backed = [...rowOf.keys()].filter((work) => rowOf.get(work)?.backingItemUuid);
      without(
        "storageItems",
        await divided(this.#options, backed, (some) => this.#storageItems(some, rowOf, items)),
      );
      for (const work of backed) {
        const item = items.get(rowOf.get(work)?.backingItemUuid ?? "");
        if (item) fetched.storageItems.set(work.task.uuid, async () => item);
      }
    }
    return fetched;
  }

  async #storageItems(
    works: readonly Work[],
    rowOf: ReadonlyMap<Work, LabelRow>,
    items: Map<string, StorageItem>,
  ): Promise<ReadonlyMap<Work, unknown>> {
    const uuids = works.flatMap((work) => rowOf.get(work)?.backingItemUuid ?? []);
    try {
      const found = await this.#options.client.getStorageItems(uuids, { signUrl: true, skipMissing: true });
      for (const item of found) items.set(item.uuid, item);
    } catch (error) {
      // The project itself can be read, so it is one of the items that may not be.
      if (error instanceof AuthorisationError) {
        const [only] = works;
        if (only && works.length === 1) return new Map([[only, error]]);
        throw new Error("One of these storage items may not be read.", { cause: error });
      }
      throw error;
    }
    return new Map();
  }

  /** Nearly all tasks are on the main branch, so its rows are asked for before that is known; again later, should it fail. */
  async #ahead(leases: readonly LeasedTask[]): Promise<ReadonlyMap<string, LabelRow> | null> {
    const wanted = prefetchOf(this.#options.agent.dependencies);
    const include = wanted.labelRow?.include ?? {};
    if (leases.length === 0 || !(wanted.labelRow || wanted.storageItem) || include.branchName !== undefined)
      return null;
    try {
      return await this.#rowsOf(
        leases.map((lease) => lease.dataHash),
        include,
      );
    } catch {
      return null;
    }
  }

  /**
   * Lists rows with one request per label branch; nearly always there is one.
   *
   * @param rowOf receives the rows
   * @param ahead rows of the main branch that were listed before
   */
  async #listRows(
    works: readonly Work[],
    wanted: Wanted,
    rowOf: Map<Work, LabelRow>,
    ahead: ReadonlyMap<string, LabelRow> | null,
  ): Promise<Undone<Work>> {
    const undone: Undone<Work> = { own: new Map(), shared: new Map() };
    const include = wanted.labelRow?.include ?? {};
    const branchOf = (work: Work) => include.branchName ?? work.task.labelBranchName;
    for (const [branch, group] of Map.groupBy(works, branchOf)) {
      const onBranch = branch === "main" ? {} : { branchName: branch };
      const found = new Map(branch === "main" && ahead ? ahead : []);
      if (branch !== "main" || !ahead) {
        const { own, shared } = await divided(this.#options, group, async (some) => {
          const dataHashes = some.map((work) => work.task.dataHash);
          const rows = await this.#rowsOf(dataHashes, { ...include, ...onBranch });
          for (const [dataHash, row] of rows) found.set(dataHash, row);
          return new Map();
        });
        for (const [work, error] of own) undone.own.set(work, error);
        for (const [work, error] of shared) undone.shared.set(work, error);
      }
      for (const work of group) {
        const row = found.get(work.task.dataHash);
        if (row) rowOf.set(work, row);
      }
    }
    return undone;
  }

  async #rowsOf(
    dataHashes: readonly string[],
    include: NonNullable<NonNullable<Wanted["labelRow"]>["include"]>,
  ): Promise<ReadonlyMap<string, LabelRow>> {
    const rows = await this.#options.project.listLabelRows({ ...include, dataHashes });
    return new Map(rows.map((row) => [row.dataHash, row]));
  }
}

/** Somebody else may have created the labels just now; the next attempt finds them. */
function refusal(error: unknown): unknown {
  if (!(error instanceof ResourceExistsError)) return error;
  return new Error("The labels were made by somebody else while we were about to.", { cause: error });
}

/** Makes the hashes of what this visit adds predictable, and removes what a lost attempt of it had saved. */
function prepare(row: LabelRow, stageUuid: string, lease: LeasedTask): void {
  // A task keeps its UUID from stage to stage, and comes back to a stage: neither may repeat the other's hashes.
  const seed = `${stageUuid}/${lease.uuid}/${lease.visit}/${lease.enteredAt}`;
  if (lease.mayHaveSaved) {
    const onRow = row.getObjectInstances().length + row.getClassificationInstances().length;
    const next = seededHashes(seed);
    row.removeInstancesWithHashes(new Set(Array.from({ length: SPARE_ORDINALS + 20 * onRow }, next)));
  }
  row.hashes = seededHashes(seed);
}
