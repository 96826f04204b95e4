/** `GET /projects/P`, `/ontologies/O`, `/projects/P/datasets`, `/projects`, `/user/bearer-token`. */

import { type Call, mayRead, parameter, projectOf } from "../call.ts";
import { type Page, pageOf } from "../page.ts";
import { Refusal, unprocessable } from "../refusal.ts";
import type { ProjectDocument, StageDocument } from "../state/documents.ts";

export function getProject(call: Call): unknown {
  return projectJson(projectOf(call));
}

export function listProjects(call: Call): Page {
  const { query } = call;
  const date = (name: string) => {
    const text = query.get(name);
    if (text === null) return null;
    const ms = Date.parse(withZone(text));
    if (Number.isNaN(ms)) throw unprocessable(["query", name], "A time is expected.");
    return ms;
  };
  const keep = (project: ProjectDocument) =>
    mayRead(call.caller, project.projectHash) &&
    equals(query.get("titleEq"), project.title) &&
    matchesLike(query.get("titleLike"), project.title) &&
    equals(query.get("descEq"), project.description) &&
    matchesLike(query.get("descLike"), project.description) &&
    between(project.createdAt, date("createdAfter"), date("createdBefore")) &&
    between(project.lastEditedAt, date("editedAfter"), date("editedBefore"));
  const projects = [...call.state.projects.values()].filter(keep);
  const page = pageOf(projects, query.get("pageToken"), call.world.pageSize);
  return { results: page.items.map(projectJson), nextPageToken: page.nextPageToken };
}

export function getOntology(call: Call): unknown {
  const uuid = parameter(call, "ontology");
  const ontology = call.state.ontologies.get(uuid);
  const readable = [...call.state.projects.values()].some(
    (project) => project.ontologyHash === uuid && mayRead(call.caller, project.projectHash),
  );
  if (!ontology) throw new Refusal(404, `There is no ontology ${uuid}.`);
  if (!readable) throw new Refusal(403, `${call.caller.email} has no access to ontology ${uuid}.`);
  return { ...ontology, userRole: 0 };
}

export function listDatasets(call: Call): Page {
  const datasets = projectOf(call).datasetHashes.flatMap((hash) => call.state.datasets.get(hash) ?? []);
  const page = pageOf(datasets, call.query.get("pageToken"), call.world.pageSize);
  const results = page.items.map(({ datasetHash, title, description }) => ({
    datasetHash,
    title,
    description,
  }));
  return page.nextPageToken === null ? { results } : { results, nextPageToken: page.nextPageToken };
}

export function bearerToken(call: Call): unknown {
  const token = `emulated-${call.world.newUuid()}`;
  call.state.tokens.put(token, { token, publicKey: call.caller.publicKey });
  return { token };
}

function projectJson(project: ProjectDocument) {
  const { stages, datasetHashes: _, ...rest } = project;
  return {
    ...rest,
    editorOntology: {},
    userRole: 0,
    sourceProjects: null,
    workflowManagerUuid: project.projectType === "workflow" ? project.workflowManagerUuid : null,
    workflow: project.projectType === "workflow" ? { stages: stages.map(stageJson) } : null,
  };
}

function stageJson({ uuid, title, stageType, pathways }: StageDocument) {
  return { stageType, uuid, title, ...(stageType === "AGENT" ? { pathways: pathways ?? [] } : {}) };
}

function equals(wanted: string | null, value: string): boolean {
  return wanted === null || wanted === value;
}

/** SQL's LIKE: `%` is any text, `_` any character, upper and lower case alike. Null matches all. */
export function matchesLike(pattern: string | null, value: string): boolean {
  if (pattern === null) return true;
  const expression = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  return new RegExp(`^${expression}$`, "is").test(value);
}

/** Whether the time lies between the two bounds, in milliseconds; a null bound is open, and a missing time passes. */
export function between(time: string | null, after: number | null, before: number | null): boolean {
  if (time === null) return true;
  const ms = Date.parse(withZone(time));
  return (after === null || ms >= after) && (before === null || ms <= before);
}

/** A time without a zone is UTC. */
function withZone(time: string): string {
  return /Z|[+-]\d\d:?\d\d$/.test(time) ? time : `${time.replace(" ", "T")}Z`;
}
