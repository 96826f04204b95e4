/**
 * A transport that reads from Encord but does not write. It records what would be written, and answers as Encord would, so that
 * the agent goes on. Labels that do not exist yet are not created: empty ones take their place. A write whose answer cannot be
 * predicted fails with a `DryRunError`.
 */

import { AgentError } from "../agent/errors.ts";
import type { JsonObject, LegacyRequest, Transport, V2Request } from "../encord/index.ts";
import { onlyReads } from "../encord/transport.ts";
import { blankLabels, emptied, type ListedRow } from "./blank-labels.ts";

/** Something that a dry run did not write. */
export interface WithheldWrite {
  /** What would have been sent, such as `POST projects/<hash>/priorities`. */
  readonly request: string;
  readonly body: unknown;
}

/** Labels that were about to be saved. */
export interface WithheldLabels {
  readonly projectHash: string;
  readonly labelHash: string;
  readonly blob: JsonObject;
}

/** The agent needs the answer to a write, and a dry run cannot know it. */
export class DryRunError extends AgentError {
  override name = "DryRunError";

  constructor(request: string) {
    super("dry-run", `A dry run writes nothing, so it cannot go on without the answer to ${request}.`);
  }
}

const ITEM_CHANGE = /^storage\/folders\/[^/]+\/items\/([^/]+)$/;
const ITEM_CHANGES = "storage/items/patch-bulk";

/** A data unit of a project. */
export interface DataUnitName {
  readonly projectHash: string;
  readonly dataHash: string;
}

/** The transport of a dry run. */
export class WithheldWrites implements Transport {
  readonly writes: WithheldWrite[] = [];
  /** By label hash: what was saved last. */
  readonly labels = new Map<string, WithheldLabels>();
  /** By label hash: what was read, or made up for labels that do not exist. */
  readonly read = new Map<string, JsonObject>();
  readonly #inner: Transport;
  readonly #unlabelled: DataUnitName | null;

  /** @param unlabelled the data unit whose labels are read as if there were none yet */
  constructor(inner: Transport, unlabelled: DataUnitName | null = null) {
    this.#inner = inner;
    this.#unlabelled = unlabelled;
  }

  get domain(): string {
    return this.#inner.domain;
  }

  /** The last priority that would have been set for a data unit; null when none would. */
  priorityOf(dataHash: string): number | null {
    let priority: number | null = null;
    for (const { request, body } of this.writes) {
      if (!request.endsWith("/priorities")) continue;
      const { priorities } = body as { readonly priorities: readonly (readonly [string, number])[] };
      for (const [hash, value] of priorities) if (hash === dataHash) priority = value;
    }
    return priority;
  }

  async v2(request: V2Request): Promise<unknown> {
    const { method, path, body } = request;
    if (onlyReads(request)) return this.#inner.v2(request);
    this.writes.push({ request: `${method} ${path}`, body });
    const changed = ITEM_CHANGE.exec(path)?.[1];
    if (method === "PATCH" && changed !== undefined) return this.#changedItem(changed, body);
    if (method === "PATCH" && path === ITEM_CHANGES) {
      const { itemPatches } = body as { readonly itemPatches: Readonly<Record<string, unknown>> };
      const entries = Object.entries(itemPatches);
      return { results: await Promise.all(entries.map(([uuid, patch]) => this.#changedItem(uuid, patch))) };
    }
    if (request.expects === "nothing") return null;
    throw new DryRunError(`${method} ${path}`);
  }

  async legacy(request: LegacyRequest): Promise<unknown> {
    const { queryType, queryMethod } = request;
    if (queryMethod === "GET") return this.#reading(request);
    if (queryType === "labelrow" && queryMethod === "PUT") return this.#blankLabels(request);
    this.writes.push({ request: `${queryType} ${queryMethod}`, body: request.payload });
    if (queryType === "labelrow") this.#keepLabels(request);
    if (request.expects === "written") return true;
    throw new DryRunError(`${queryType} ${queryMethod}`);
  }

  /** The item as it is in Encord, with the changes applied. */
  async #changedItem(uuid: string, patch: unknown): Promise<unknown> {
    const item = (await this.#inner.v2({
      method: "GET",
      path: `storage/items/${uuid}`,
      query: { signUrl: false },
    })) as JsonObject;
    const changes = patch as JsonObject;
    const metadata = changes["clientMetadata"];
    return {
      ...item,
      ...changes,
      ...(metadata === undefined ? {} : { clientMetadata: JSON.stringify(metadata) }),
    };
  }

  async #reading(request: LegacyRequest): Promise<unknown> {
    const answer = await this.#inner.legacy(request);
    if (request.queryType !== "labelrow" || !Array.isArray(answer)) return answer;
    const blobs = (answer as JsonObject[]).map((blob) =>
      request.resource?.id === this.#unlabelled?.projectHash &&
      blob["data_hash"] === this.#unlabelled?.dataHash
        ? emptied(blob)
        : blob,
    );
    this.#remember(blobs);
    return blobs;
  }

  /** What creating the labels would have returned, except for their hash. */
  async #blankLabels(request: LegacyRequest): Promise<unknown> {
    const { branch_name } = request.payload as { readonly branch_name?: string };
    const listed = await this.#inner.legacy({
      ...request,
      queryType: "labelrowmetadata",
      queryMethod: "GET",
      uid: null,
      payload: {
        data_hashes: request.uid,
        include_uninitialised_labels: true,
        include_images_data: true,
        branch_name: branch_name === "main" ? null : (branch_name ?? null),
      },
      retryable: true,
      expects: "list",
    });
    const blobs = (listed as ListedRow[]).map((row) => blankLabels(row));
    this.#remember(blobs);
    return blobs;
  }

  #remember(blobs: readonly unknown[]): void {
    for (const blob of blobs as readonly JsonObject[]) this.read.set(String(blob["label_hash"]), blob);
  }

  #keepLabels({ resource, uid, payload }: LegacyRequest): void {
    const { labels } = payload as { readonly labels: readonly JsonObject[] };
    for (const [i, labelHash] of [uid ?? []].flat().entries()) {
      const blob = labels[i];
      if (blob) this.labels.set(labelHash, { projectHash: resource?.id ?? "", labelHash, blob });
    }
  }
}
