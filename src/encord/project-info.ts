/** What Encord says about the project itself: its title, status and Workflow, without the ontology. */

import { integer, object, orNull, type Read, readAnswer, text, time, uuid } from "./json.ts";
import { readPages } from "./page.ts";
import type { Query, Transport } from "./transport.ts";
import { workflowReader } from "./workflow.ts";

const projectReader = object({
  projectHash: uuid,
  projectType: text,
  status: text,
  title: text,
  description: orNull(text),
  createdAt: time,
  lastEditedAt: time,
  ontologyHash: uuid,
  userRole: orNull(integer),
  workflowManagerUuid: orNull(uuid),
  workflow: orNull(workflowReader),
});

/** The answer about one project, checked. */
export type ProjectFields = Read<typeof projectReader>;

/** A project as a listing shows it. */
export interface ProjectInfo {
  readonly projectHash: string;
  readonly title: string;
  readonly description: string;
  /** `workflow`, or `manual_qa` for old projects without a Workflow. */
  readonly projectType: string;
  /** `notStarted`, `inProgress`, `inReview`, `paused`, `completed`, `cancelled`, `archived`, or one that Encord adds later. */
  readonly status: string;
  readonly createdAt: Date;
  readonly lastEditedAt: Date;
  readonly ontologyHash: string;
  /** 0 admin, 1 annotator, 2 reviewer, 3 annotator and reviewer, 4 team manager. */
  readonly userRole: number | null;
}

/** Which projects; all given filters must hold. In `...Like`, `%` stands for any text. */
export interface ProjectFilters {
  readonly titleEq?: string;
  readonly titleLike?: string;
  readonly descEq?: string;
  readonly descLike?: string;
  readonly createdBefore?: Date;
  readonly createdAfter?: Date;
  readonly editedBefore?: Date;
  readonly editedAfter?: Date;
}

/** @throws ResourceNotFoundError, AuthorisationError, ... */
export async function readProjectFields(transport: Transport, projectHash: string): Promise<ProjectFields> {
  const path = `projects/${projectHash}`;
  return readAnswer(projectReader, await transport.v2({ method: "GET", path }), `GET ${path}`);
}

export async function* listProjects(
  transport: Transport,
  filters: ProjectFilters,
): AsyncGenerator<ProjectInfo> {
  const query: Query = Object.fromEntries(
    Object.entries(filters).map(([key, value]) => [key, value instanceof Date ? value.toISOString() : value]),
  );
  for await (const page of readPages(transport, "projects", query, projectReader)) {
    yield* page.map(projectInfo);
  }
}

export function projectInfo(fields: ProjectFields): ProjectInfo {
  const { projectHash, title, projectType, status, createdAt, lastEditedAt, ontologyHash, userRole } = fields;
  const description = fields.description ?? "";
  return {
    projectHash,
    title,
    description,
    projectType,
    status,
    createdAt,
    lastEditedAt,
    ontologyHash,
    userRole,
  };
}
