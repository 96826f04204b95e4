import { builtIn } from "../agent/dependency.ts";
import { AgentError } from "../agent/errors.ts";
import type { Batch } from "../agent/invocation.ts";
import type { DataRow, EncordClient, Project, StorageItem, Transport } from "../encord/index.ts";

/**
 * The data rows of all datasets of a project, and the storage items behind them. Kept for agents that were written for the
 * Python library; `storageItem` costs less.
 */
export class DataLookup {
  readonly #client: EncordClient;
  readonly #rows: ReadonlyMap<string, DataRow>;

  private constructor(client: EncordClient, rows: ReadonlyMap<string, DataRow>) {
    this.#client = client;
    this.#rows = rows;
  }

  /** Reads every dataset of the project: one request for each, and one or more to list them. */
  static async read(client: EncordClient, project: Project): Promise<DataLookup> {
    const rows = new Map<string, DataRow>();
    for (const { datasetHash } of await project.listDatasets()) {
      const { dataRows } = await client.getDataset(datasetHash);
      for (const row of dataRows) rows.set(row.uid, row);
    }
    return new DataLookup(client, rows);
  }

  /** The same rows, with a client over what `wrap` makes of its transport; as `EncordClient.through`. */
  through(wrap: (transport: Transport) => Transport): DataLookup {
    return new DataLookup(this.#client.through(wrap), this.#rows);
  }

  /** The row of a data unit; null when no dataset of the project has it. */
  getDataRow(dataHash: string): DataRow | null {
    return this.#rows.get(dataHash) ?? null;
  }

  /** The rows of these data units; missing ones are left out. */
  getDataRows(dataHashes: readonly string[]): DataRow[] {
    return dataHashes.flatMap((hash) => this.#rows.get(hash) ?? []);
  }

  /**
   * The storage item of a data unit: one request.
   * @throws AgentError (code `no-such-data`) when no dataset of the project has it
   */
  getStorageItem(dataHash: string, options: { readonly signUrl?: boolean } = {}): Promise<StorageItem> {
    return this.#client.getStorageItem(this.#itemUuid(dataHash), options);
  }

  /**
   * The storage items of these data units, in the same order: one request per 1000.
   * @throws AgentError (code `no-such-data`) when no dataset of the project has one of them
   */
  getStorageItems(
    dataHashes: readonly string[],
    options: { readonly signUrl?: boolean } = {},
  ): Promise<StorageItem[]> {
    return this.#client.getStorageItems(
      dataHashes.map((hash) => this.#itemUuid(hash)),
      options,
    );
  }

  #itemUuid(dataHash: string): string {
    const uuid = this.#rows.get(dataHash)?.backingItemUuid;
    if (uuid) return uuid;
    throw new AgentError("no-such-data", `No dataset of the project has the data unit ${dataHash}.`);
  }
}

/** By batch, because all tasks of a batch are of one project. */
const lookups = new WeakMap<Batch, Promise<DataLookup>>();
const warned = new Set<string>();

/**
 * Data rows and storage items by data hash. Reads all datasets of the project, once per batch, and logs once that it is
 * deprecated. `dep_data_lookup` of the Python library.
 *
 * @deprecated use `storageItem`, which is fetched together with the others of the batch
 * @example
 * taskAgent({
 *   name: "from-python",
 *   stage: "Agent 1",
 *   dependencies: { lookup: dataLookup },
 *   async run({ lookup, task }) {
 *     const item = await lookup.getStorageItem(task.dataHash);
 *     return item.clientMetadata["camera"] === "front" ? "Front" : "Other";
 *   },
 * });
 */
export const dataLookup = builtIn({
  modes: ["editor", "task"],
  async make({ agentName, batch, fence, log, sources }): Promise<DataLookup> {
    if (!warned.has(agentName)) {
      warned.add(agentName);
      log.warn("deprecated", {
        agent: agentName,
        use: "storageItem",
        message:
          "dataLookup reads all datasets of the project; the dependency storageItem fetches the item alone.",
      });
    }
    const project = await sources.project();
    let lookup = lookups.get(batch);
    if (!lookup) {
      lookup = DataLookup.read(batch.client, project);
      lookups.set(batch, lookup);
      // After a failure the next task tries again.
      lookup.catch(() => lookups.delete(batch));
    }
    // It is read for the batch, but each task writes through its own fence.
    return fence ? fence.around(await lookup) : lookup;
  },
});
