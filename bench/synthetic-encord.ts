/**
 * As much of Encord as is needed to drain a stage of very many tasks by an agent without labels: a project, its ontology, pages of
 * tasks, bulk moves. A task is a number and a byte that says whether it has moved, so a million cost next to nothing. Checks no signature.
 */

import { createServer, type Server } from "node:http";

const PROJECT = "0e57a11e-0000-4000-8000-00000000beef";
const STAGE = "57a6e000-0000-4000-8000-00000000beef";
const NEXT = "57a6e000-0000-4000-8000-00000000d00e";
const ONTOLOGY = "0e700000-0000-4000-8000-00000000beef";
const PAGE = 100;
const WHEN = "2026-01-01T00:00:00.000000Z";

/** A server with one stage full of tasks. */
export class SyntheticEncord {
  readonly projectHash = PROJECT;
  readonly stageUuid = STAGE;
  readonly #moved: Uint8Array;
  readonly #server: Server;
  #first = 0;
  moves = 0;
  /** Tasks that were moved twice; there must be none. */
  doubles = 0;
  requests = 0;

  constructor(tasks: number) {
    this.#moved = new Uint8Array(tasks);
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const answer = this.#answer(
          new URL(request.url ?? "/", "http://x"),
          Buffer.concat(chunks).toString(),
        );
        const { status, body } = answer ?? { status: 404, body: { message: "Not found" } };
        response.writeHead(status, { "content-type": "application/json" });
        response.end(body === null ? undefined : JSON.stringify(body));
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(url: URL, body: string): { status: number; body: unknown } | null {
    this.requests += 1;
    const { pathname, searchParams } = url;
    if (pathname === `/v2/public/projects/${PROJECT}`) return { status: 200, body: project() };
    if (pathname === `/v2/public/ontologies/${ONTOLOGY}`) return { status: 200, body: ontology() };
    if (pathname.endsWith(`/stages/${STAGE}/tasks`)) return { status: 200, body: this.#page(searchParams) };
    if (pathname.endsWith(`/stages/${STAGE}/actions`)) return { status: 200, body: this.#move(body) };
    return null;
  }

  #page(query: URLSearchParams) {
    const wanted = query.getAll("dataHashes");
    if (wanted.length > 0) {
      const results = wanted
        .map(numberOf)
        .filter((n) => this.#moved[n] === 0)
        .map(task);
      return { results, nextPageToken: null };
    }
    while (this.#moved[this.#first] === 1) this.#first += 1;
    const results: unknown[] = [];
    let at = Math.max(this.#first, Number(query.get("pageToken") ?? 0));
    for (; at < this.#moved.length && results.length < PAGE; at++)
      if (this.#moved[at] === 0) results.push(task(at));
    return { results, nextPageToken: at < this.#moved.length ? String(at) : null };
  }

  #move(body: string) {
    const actions = JSON.parse(body) as { taskUuid: string }[];
    for (const { taskUuid } of actions) {
      const n = numberOf(taskUuid);
      if (this.#moved[n] === 1) this.doubles += 1;
      else this.moves += 1;
      this.#moved[n] = 1;
    }
    return {};
  }
}

function uuidOf(prefix: string, n: number): string {
  return `${prefix}-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
}

function numberOf(uuid: string): number {
  return Number.parseInt(uuid.slice(-12), 16);
}

function task(n: number) {
  return {
    uuid: uuidOf("7a5c0000", n),
    createdAt: WHEN,
    updatedAt: WHEN,
    dataHash: uuidOf("da7a0000", n),
    dataTitle: `unit ${n}`,
    status: "NEW",
    labelBranchName: "main",
    assignee: null,
    lastActionedBy: null,
  };
}

function project() {
  return {
    projectHash: PROJECT,
    projectType: "workflow",
    status: "inProgress",
    title: "Synthetic",
    description: "",
    createdAt: WHEN,
    lastEditedAt: WHEN,
    ontologyHash: ONTOLOGY,
    editorOntology: {},
    userRole: 0,
    sourceProjects: null,
    workflowManagerUuid: "3a9a9e70-0000-4000-8000-00000000beef",
    workflow: {
      stages: [
        {
          stageType: "AGENT",
          uuid: STAGE,
          title: "Moves only",
          pathways: [{ uuid: "9a7b0000-0000-4000-8000-00000000beef", title: "on", destinationUuid: NEXT }],
        },
        { stageType: "DONE", uuid: NEXT, title: "Complete" },
      ],
    },
  };
}

function ontology() {
  return {
    ontologyUuid: ONTOLOGY,
    title: "Synthetic",
    description: "",
    editor: { objects: [], classifications: [], skeleton_templates: [] },
    createdAt: WHEN,
    lastEditedAt: WHEN,
  };
}
