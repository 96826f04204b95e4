/** Every endpoint of the emulator, with the name that request counts and fault rules use. */

import { getDataset, listProjectsWithRole } from "./api/datasets.ts";
import { addIssues, listIssues } from "./api/issues.ts";
import { actOnRows, createRows, listRows, readRows, saveRows } from "./api/label-rows.ts";
import { setPriorities } from "./api/priorities.ts";
import { bearerToken, getOntology, getProject, listDatasets, listProjects } from "./api/projects.ts";
import { actOnReviews, listReviews } from "./api/reviews.ts";
import { getChildren, getItem, getItems, patchItem, patchItems } from "./api/storage-items.ts";
import { actOnTasks, listTasks, moveTasks } from "./api/tasks.ts";
import { getValidationState } from "./api/validation-state.ts";
import type { Call } from "./call.ts";
import type { LegacyCall } from "./legacy-call.ts";

type Handler = (call: Call) => unknown;

export interface Route {
  /** Such as `tasks.list`. */
  readonly endpoint: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly handler: Handler;
}

/** `:name` stands for one part of the path. */
function route(endpoint: string, method: string, path: string, handler: Handler): Route {
  const pattern = new RegExp(`^/v2/public/${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`);
  return { endpoint, method, pattern, handler };
}

const stage = "projects/:project/workflow/stages/:stage";

export const V2_ROUTES: readonly Route[] = [
  route("projects.get", "GET", "projects/:project", getProject),
  route("projects.list", "GET", "projects", listProjects),
  route("projects.datasets", "GET", "projects/:project/datasets", listDatasets),
  route("ontologies.get", "GET", "ontologies/:ontology", getOntology),
  route("tasks.list", "GET", `${stage}/tasks`, listTasks),
  route("tasks.actions", "POST", `${stage}/actions`, actOnTasks),
  route("tasks.move", "POST", `${stage}/move-tasks`, moveTasks),
  route("reviews.list", "GET", `${stage}/tasks/:task/reviews`, listReviews),
  route("reviews.actions", "POST", `${stage}/tasks/:task/reviews/actions`, actOnReviews),
  route("priorities.set", "POST", "projects/:project/priorities", setPriorities),
  route("issues.add", "POST", "projects/:project/issues", addIssues),
  route("issues.list", "GET", "projects/:project/issues", listIssues),
  route("labels.validation", "GET", "projects/:project/labels/:label/validation-state", getValidationState),
  route("items.getBulk", "POST", "storage/items/get-bulk", getItems),
  route("items.patchBulk", "PATCH", "storage/items/patch-bulk", patchItems),
  route("items.get", "GET", "storage/items/:item", getItem),
  route("items.patch", "PATCH", "storage/folders/:folder/items/:item", patchItem),
  route("items.children", "GET", "storage/folders/:folder/items/:item/child-items", getChildren),
  route("user.bearerToken", "GET", "user/bearer-token", bearerToken),
];

export interface LegacyRoute {
  readonly endpoint: string;
  readonly handler: (call: LegacyCall) => unknown;
}

/** By query type and query method. */
export const LEGACY_ROUTES: Readonly<Record<string, LegacyRoute>> = {
  "labelrowmetadata GET": { endpoint: "labelRows.list", handler: listRows },
  "labelrow PUT": { endpoint: "labelRows.create", handler: createRows },
  "labelrow GET": { endpoint: "labelRows.read", handler: readRows },
  "labelrow POST": { endpoint: "labelRows.save", handler: saveRows },
  "labelworkflowgraphnode POST": { endpoint: "labelRows.workflow", handler: actOnRows },
  "dataset GET": { endpoint: "datasets.get", handler: getDataset },
  "projectwithuserrole GET": { endpoint: "projects.withRole", handler: listProjectsWithRole },
};

/** Every name under which requests are counted. */
export const ENDPOINTS: ReadonlySet<string> = new Set([
  ...V2_ROUTES.map(({ endpoint }) => endpoint),
  ...Object.values(LEGACY_ROUTES).map(({ endpoint }) => endpoint),
  "media.get",
  "v2.unknown",
  "legacy.unknown",
]);
