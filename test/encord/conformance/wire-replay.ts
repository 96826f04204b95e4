/**
 * Replays the requests of traces whose steps are not the client's own: task runners and editor agents of the Python library.
 * For each recorded request the call of our API is made that should send it, so that the wire is compared request by
 * request. What the programs made of the answers is held against ours elsewhere: `test/testing/conformance.test.ts` for
 * the runners, `test/http/conformance.test.ts` for the editor agents.
 *
 * Saved labels are read from the recorded request itself and saved again: what comes in must go out.
 */

import { HttpTransport } from "../../../src/encord/http-transport.ts";
import {
  type AgentTask,
  Bundle,
  EncordError,
  LabelRow,
  type Project,
  type Task,
  type Transport,
} from "../../../src/encord/index.ts";
import { readSshKey } from "../../../src/encord/key.ts";
import { keyAuthentication } from "../../../src/encord/signing.ts";
import vectors from "../../fixtures/vectors/auth.json";
import { type Replay, Session } from "./replay.ts";
import { type Exchange, isRecord, type Json, type JsonRecord, type Trace } from "./trace.ts";

interface LegacyBody {
  readonly query_type: string;
  readonly query_method: string;
  readonly values: { readonly uid: string[]; readonly payload: JsonRecord };
}

export async function replayWire(trace: Trace): Promise<Replay> {
  const session = await Session.start(trace);
  const wire = new Wire(session, await transportOf(session));
  const problems: string[] = [];
  while (session.server.next && problems.length === 0) {
    const exchange = session.server.next;
    const failed = (exchange.status ?? 0) >= 400;
    try {
      await wire.send(exchange);
      if (failed) problems.push(`exchange ${exchange.seq}: status ${exchange.status} made no error`);
    } catch (error) {
      if (!(failed && error instanceof EncordError))
        problems.push(`exchange ${exchange.seq}: ${String(error)}`);
    }
    if (session.server.played <= exchange.seq) problems.push(`exchange ${exchange.seq}: nothing was sent`);
  }
  problems.unshift(...session.server.problems);
  return {
    id: trace.id,
    steps: 0,
    onPurpose: [],
    exchanges: session.server.played,
    bodies: session.server.bodies,
    problems,
  };
}

async function transportOf(session: Session): Promise<Transport> {
  const { now, sleep, traceId, fetch } = session.options();
  if (!now || !sleep || !traceId || !fetch) throw new Error("A session gives all of them.");
  const key = await readSshKey(vectors.key.opensshPrivateKey);
  const authentication = keyAuthentication(key, now);
  const domain = "http://api.test";
  return new HttpTransport({
    domain,
    authentication,
    userAgent: "test/1",
    fetch,
    now,
    sleep,
    traceContext: traceId,
  });
}

class Wire {
  readonly #session: Session;
  readonly #transport: Transport;
  readonly #projects = new Map<string, Project>();
  readonly #tasks = new Map<string, Task>();
  /** Listings that were left after a page. */
  readonly #pages = new Map<string, AsyncGenerator<Task[]>>();
  /** The rows listed last, by project and data. */
  readonly #rows = new Map<string, LabelRow>();
  /** What the last listing said of each row. */
  readonly #metadata = new Map<string, JsonRecord>();

  constructor(session: Session, transport: Transport) {
    this.#session = session;
    this.#transport = transport;
  }

  async send(exchange: Exchange): Promise<void> {
    const { client } = this.#session;
    const [, kind = "", id = "", ...rest] = exchange.path.replace("/v2/public", "").split("/");
    const body = exchange.requestBody;
    if (exchange.path === "/public") return this.#legacy(exchange, body as unknown as LegacyBody);
    if (kind === "projects" && rest.length === 0) {
      this.#projects.set(id, await client.getProject(id));
    } else if (kind === "projects" && rest[0] === "workflow") {
      await this.#workflow(exchange, this.#project(id), rest);
    } else if (kind === "projects" && rest[0] === "priorities") {
      const bundle = new Bundle();
      const { priorities } = body as unknown as { priorities: [string, number][] };
      for (const [dataHash, priority] of priorities)
        await this.#project(id).setPriority(dataHash, priority, { bundle });
      await bundle.execute();
    } else if (kind === "storage" && rest[0] === "get-bulk") {
      const { itemUuids, signUrls } = body as unknown as { itemUuids: string[]; signUrls: boolean };
      await client.getStorageItems(itemUuids, { signUrl: signUrls, skipMissing: true });
    } else if (kind === "storage" && rest.length === 1) {
      await client.getStorageItem(String(rest[0]), { signUrl: exchange.rawQuery.endsWith("True") });
    } else {
      throw new Error(`No call of the client is known that sends ${exchange.method} ${exchange.path}.`);
    }
  }

  #project(hash: string): Project {
    const project = this.#projects.get(hash);
    if (!project) throw new Error(`The project ${hash} was not fetched before.`);
    return project;
  }

  async #workflow(
    exchange: Exchange,
    project: Project,
    [, , stageUuid = "", action]: string[],
  ): Promise<void> {
    const stage = project.workflow.getStage({ uuid: stageUuid });
    if (action === "tasks") {
      const query = new URLSearchParams(exchange.rawQuery);
      const dataHashes = query.getAll("dataHashes");
      let pages = query.has("pageToken") ? this.#pages.get(stageUuid) : undefined;
      pages ??= stage.taskPages(dataHashes.length === 0 ? {} : { dataHashes });
      this.#pages.set(stageUuid, pages);
      for (const task of (await pages.next()).value ?? []) this.#tasks.set(task.uuid, task);
      return;
    }
    const bundle = new Bundle();
    for (const call of exchange.requestBody as JsonRecord[]) {
      const task = this.#tasks.get(String(call.taskUuid)) as AgentTask | undefined;
      if (!task) throw new Error(`The task ${String(call.taskUuid)} was not listed before.`);
      const { pathwayName, pathwayUuid } = call as { pathwayName?: string; pathwayUuid?: string };
      const pathway = pathwayName === undefined ? { pathwayUuid: String(pathwayUuid) } : { pathwayName };
      await task.proceed(pathway, { bundle });
    }
    await bundle.execute();
  }

  async #legacy(exchange: Exchange, { query_type, query_method, values }: LegacyBody): Promise<void> {
    const project = this.#project(String(exchange.requestHeaders.resourceid));
    const { uid, payload } = values;
    const bundle = new Bundle();
    switch (`${query_type} ${query_method}`) {
      case "labelrowmetadata GET":
        for (const row of await project.listLabelRows(filtersOf(payload))) {
          this.#rows.set(`${project.projectHash} ${row.dataHash}`, row);
        }
        this.#noteMetadata(project, exchange.responseBody);
        return;
      case "labelrow PUT":
      case "labelrow GET":
        for (const hash of uid) {
          const row = [...this.#rows.values()].find(
            (each) =>
              each.projectHash === project.projectHash &&
              (query_method === "PUT" ? each.dataHash : each.labelHash) === hash,
          );
          if (!row) throw new Error(`No row with ${hash} was listed before.`);
          await row.initialiseLabels({
            bundle,
            overwrite: true,
            includeSignedUrl: payload.get_signed_url === true,
          });
        }
        return bundle.execute();
      case "labelrow POST": {
        const validateBeforeSaving = payload.validate_before_saving === true;
        for (const blob of payload.labels as JsonRecord[]) {
          const row = await this.#rowHolding(project, blob);
          await row.save({ bundle, ...(validateBeforeSaving ? { validateBeforeSaving } : {}) });
        }
        return bundle.execute();
      }
      default:
        throw new Error(`No call of the client is known that sends ${query_type} ${query_method}.`);
    }
  }

  #noteMetadata(project: Project, answer: Json): void {
    const rows = isRecord(answer) && Array.isArray(answer.response) ? answer.response : [];
    for (const row of rows) {
      if (isRecord(row)) this.#metadata.set(`${project.projectHash} ${String(row.data_hash)}`, row);
    }
  }

  /** A row as if it had just been read with these labels. */
  async #rowHolding(project: Project, blob: JsonRecord): Promise<LabelRow> {
    const listed = this.#metadata.get(`${project.projectHash} ${String(blob.data_hash)}`);
    const { now, hashes } = { now: this.#session.options().now ?? Date.now, hashes: () => "unused00" };
    const row = new LabelRow({
      transport: {
        domain: this.#transport.domain,
        v2: (request) => this.#transport.v2(request),
        legacy: async (request) => (request.queryMethod === "GET" ? [blob] : this.#transport.legacy(request)),
      },
      projectHash: project.projectHash,
      ontologyStructure: project.ontologyStructure,
      metadata: { ...listed, label_hash: blob.label_hash },
      hashes,
      now,
    });
    await row.initialiseLabels();
    return row;
  }
}

function filtersOf(payload: JsonRecord) {
  const given = Object.entries(payload)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name.replace(/_(.)/g, (_, char: string) => char.toUpperCase()), value]);
  return Object.fromEntries(given);
}
