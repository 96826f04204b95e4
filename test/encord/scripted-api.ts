/** An API of a few answers: what a path is answered with is given, what was asked is noted. */

import { type ClientOptions, EncordClient } from "../../src/encord/index.ts";
import vectors from "../fixtures/vectors/auth.json";

export interface Asked {
  readonly method: string;
  /** Below the origin, with the query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Gives the answer: JSON with status 200, or a whole response. */
export type Answers = (asked: Asked) => unknown;

export async function scriptedApi(
  answers: Answers,
  options: ClientOptions = {},
): Promise<{ client: EncordClient; asked: Asked[] }> {
  const asked: Asked[] = [];
  const client = await EncordClient.withSshKey({
    sshKey: vectors.key.opensshPrivateKey,
    domain: "https://api.test",
    sleep: async () => {},
    fetch: async (input, init) => {
      const request = new Request(input as string, init as RequestInit);
      const url = new URL(request.url);
      const text = await request.text();
      const each: Asked = {
        method: request.method,
        target: url.pathname + url.search,
        headers: request.headers,
        body: text === "" ? null : JSON.parse(text),
      };
      asked.push(each);
      const answer = await answers(each);
      return answer instanceof Response ? answer : Response.json(answer ?? null);
    },
    ...options,
  });
  return { client, asked };
}

export const PROJECT_HASH = "aaaa0001-0000-4000-8000-000000000001";
export const AGENT_STAGE = "57a9e001-0000-4000-8000-000000000001";
export const ONTOLOGY_HASH = "0e700001-0000-4000-8000-000000000001";

/** A UUID that ends with a number. */
export function uuidOf(number: number): string {
  return `da7a0000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/** The answer about a project with one agent stage, and what else is given. */
export function projectAnswer(changes: object = {}) {
  return {
    projectHash: PROJECT_HASH,
    projectType: "workflow",
    status: "inProgress",
    title: "Demo project",
    description: "",
    createdAt: "2025-05-01T08:00:00Z",
    lastEditedAt: "2025-05-20T09:30:00Z",
    ontologyHash: ONTOLOGY_HASH,
    editorOntology: {},
    workflow: { stages: [{ stageType: "AGENT", uuid: AGENT_STAGE, title: "Agent 1", pathways: [] }] },
    ...changes,
  };
}

export function ontologyAnswer() {
  return {
    ontologyUuid: ONTOLOGY_HASH,
    title: "Demo ontology",
    description: "",
    createdAt: "2025-05-01T08:00:00Z",
    lastEditedAt: "2025-05-01T08:00:00Z",
    userRole: null,
    editor: { objects: [], classifications: [] },
  };
}

/** A task as a listing has it. */
export function taskAnswer(number: number, changes: object = {}) {
  return {
    uuid: `7a5c0000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    createdAt: "2025-05-10T10:00:00Z",
    updatedAt: "2025-05-11T11:11:11.500Z",
    status: "NEW",
    dataHash: uuidOf(number),
    dataTitle: `asset-${number}`,
    labelBranchName: "main",
    assignee: null,
    lastActionedBy: null,
    ...changes,
  };
}

/** A storage item as the API has it. */
export function itemAnswer(uuid: string, changes: object = {}) {
  return {
    uuid,
    parent: "f01de700-0000-4000-8000-000000000001",
    itemType: "image",
    name: "asset",
    description: "",
    clientMetadata: "{}",
    owner: "admin@example.com",
    createdAt: "2025-05-02T10:00:00Z",
    lastEditedAt: "2025-05-02T10:00:00Z",
    signedUrl: null,
    mimeType: "image/jpeg",
    ...changes,
  };
}
