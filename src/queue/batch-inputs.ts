/**
 * What the agents of a batch find ready: label rows with their labels, and storage items, fetched in bulk for all of them. A
 * row or item that cannot be had fails its own task only, when its agent asks for it.
 */

import { prefetchOf, type Wanted } from "../agent/dependency.ts";
import {
  AuthorisationError,
  EncordError,
  type LabelRow,
  type StorageItem,
  seededHashes,
} from "../encord/index.ts";
import { failedBefore, sendTogether } from "./send-together.ts";
import type { BatchOptions } from "./task-batch.ts";
import type { LeasedTask, Work } from "./task-state.ts";

/** By task: what its agent may ask for. */
export interface Fetched {
  readonly dataHashes: readonly string[];
  /** By the UUID of the task. */
  readonly labelRows: Map<string, () => Promise<LabelRow>>;
  readonly storageItems: Map<string, () => Promise<StorageItem>>;
}

/** Beyond what can be on a row: hashes that an attempt drew and did not save. */
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
    };
    if (!wanted.labelRow && !wanted.storageItem) return fetched;
    const rows = await this.#listRows(works, wanted);
    if (wanted.labelRow) {
      const { initialise } = wanted.labelRow;
      const rowOf = new Map(rows.map(({ row, work }) => [work, row]));
      const errors = await sendTogether([...rowOf.keys()], undefined, failedBefore, async (work, bundle) => {
        await rowOf.get(work)?.initialiseLabels({ ...initialise, bundle });
      });
      for (const { row, work } of rows) {
        const error = errors.get(work);
        fetched.labelRows.set(work.task.uuid, async () => {
          if (!row.isLabellingInitialised)
            throw error ?? new Error(`Encord sent no labels for ${row.dataHash}.`);
          return row;
        });
        if (row.isLabellingInitialised) prepare(row, this.#options.stage.uuid, work.lease);
      }
    }
    if (wanted.storageItem) {
      const items = await this.#storageItems(rows.flatMap(({ row }) => row.backingItemUuid ?? []));
      for (const { row, work } of rows) {
        const item = row.backingItemUuid ? items.get(row.backingItemUuid) : undefined;
        if (item) fetched.storageItems.set(work.task.uuid, item);
      }
    }
    return fetched;
  }

  /** Storage items by UUID; when Encord refuses them together, they are halved until the refused ones stand alone. */
  async #storageItems(uuids: readonly string[]): Promise<ReadonlyMap<string, () => Promise<StorageItem>>> {
    if (uuids.length === 0) return new Map();
    try {
      const items = await this.#options.client.getStorageItems(uuids, { signUrl: true, skipMissing: true });
      return new Map(items.map((item) => [item.uuid, async () => item]));
    } catch (error) {
      const refused = error instanceof AuthorisationError || (error instanceof EncordError && error.refusal);
      if (!refused) throw error;
      const [only] = uuids;
      if (uuids.length === 1 && only !== undefined) return new Map([[only, () => Promise.reject(error)]]);
      const half = Math.ceil(uuids.length / 2);
      const first = await this.#storageItems(uuids.slice(0, half));
      return new Map([...first, ...(await this.#storageItems(uuids.slice(half)))]);
    }
  }

  /** Nearly all tasks are on the main branch, so its rows are asked for before it is known. Failing here is no failure. */
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

  /** One request per label branch, which is nearly always one. */
  async #listRows(works: readonly Work[], wanted: Wanted): Promise<{ row: LabelRow; work: Work }[]> {
    const found: { row: LabelRow; work: Work }[] = [];
    const include = wanted.labelRow?.include ?? {};
    const ahead = await this.#rowsOnMain;
    const branchOf = (work: Work) => include.branchName ?? work.task.labelBranchName;
    for (const [branch, group] of Map.groupBy(works, branchOf)) {
      const dataHashes = group.map((work) => work.task.dataHash);
      const onBranch = branch === "main" ? {} : { branchName: branch };
      const rows =
        (branch === "main" && ahead) || (await this.#rowsOf(dataHashes, { ...include, ...onBranch }));
      for (const work of group) {
        const row = rows.get(work.task.dataHash);
        if (row) found.push({ row, work });
      }
    }
    return found;
  }

  async #rowsOf(
    dataHashes: readonly string[],
    include: NonNullable<NonNullable<Wanted["labelRow"]>["include"]>,
  ): Promise<ReadonlyMap<string, LabelRow>> {
    const rows = await this.#options.project.listLabelRows({ ...include, dataHashes });
    return new Map(rows.map((row) => [row.dataHash, row]));
  }
}

/** Makes the hashes of what this visit adds predictable, and takes off what a lost attempt of it had saved. */
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
