/** What Encord says about a project itself: its names, state and Workflow, without the ontology. */

import * as z from "zod/mini";
import { orNull, readAnswer, time, uuid } from "./json.ts";
import { readPages } from "./page.ts";
import type { Query, Transport } from "./transport.ts";
import { workflowSchema } from "./workflow.ts";

const projectSchema = z.object({
  projectHash: uuid,
  projectType: z.string(),
  status: z.string(),
  title: z.string(),
  description: orNull(z.string()),
  createdAt: time,
  lastEditedAt: time,
  ontologyHash: uuid,
  userRole: orNull(z.int()),
  workflowManagerUuid: orNull(uuid),
  workflow: orNull(workflowSchema),
});

/** The answer about one project, checked. */
export type ProjectFields = z.output<typeof projectSchema>;

/** A project as a listing shows it. */
export interface ProjectInfo {
  readonly projectHash: string;
  readonly title: string;
  readonly description: string;
  /** `workflow`, or `manual_qa` for old projects without a Workflow. */
  readonly projectType: string;
  /** `notStarted`, `inProgress`, `inReview`, `paused`, `completed`, `cancelled`, `archived`, or a word that Encord added. */
  readonly status: string;
  readonly createdAt: Date;
  readonly lastEditedAt: Date;
  readonly ontologyHash: string;
  /** 0 admin, 1 annotator, 2 reviewer, 3 annotator and reviewer, 4 team manager. */
  readonly userRole: number | null;
}

/** Which projects; everything given must hold. `Like` takes `%` for any text. */
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
  return readAnswer(projectSchema, await transport.v2({ method: "GET", path }), `GET ${path}`);
}

export async function* listProjects(
  transport: Transport,
  filters: ProjectFilters,
): AsyncGenerator<ProjectInfo> {
  const query: Query = Object.fromEntries(
    Object.entries(filters).map(([key, value]) => [key, value instanceof Date ? value.toISOString() : value]),
  );
  for await (const page of readPages(transport, "projects", query, projectSchema)) {
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
