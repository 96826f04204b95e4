/** What the handlers of both APIs need to answer a request: the request, and the outside world. */

import { Refusal, unprocessable } from "./refusal.ts";
import type { KeyDocument, ProjectDocument, StageDocument } from "./state/documents.ts";
import type { State } from "./state/state.ts";
import type { MediaFacts } from "./state/storage.ts";

/** The outside world of an emulator. */
export interface World {
  readonly state: State;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** UUIDs for what the emulator makes itself: label hashes, tokens and the like. */
  readonly newUuid: () => string;
  /** A URL from which the media file can be read for a while. */
  readonly signUrl: (origin: string, media: string) => Promise<string>;
  /** What is known about a media file; null if nothing is. */
  readonly glance: (media: string) => MediaFacts | null;
  /** How many results a page has. */
  readonly pageSize: number;
}

export interface Call {
  readonly world: World;
  readonly state: State;
  readonly caller: KeyDocument;
  /** Origin of the request: signed URLs keep the address that the client uses. */
  readonly origin: string;
  /** The path's parts that the route names. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
}

/** Time as the v2 API writes it. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Time as the legacy API writes it. */
export function legacyTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

export function mayRead(caller: KeyDocument, projectHash: string): boolean {
  return caller.projects === null || caller.projects.includes(projectHash);
}

/** The project of the path. @throws Refusal 404 or 403 */
export function projectOf(call: Call): ProjectDocument {
  const hash = parameter(call, "project");
  const project = call.state.projects.get(hash);
  if (!project) throw new Refusal(404, `There is no project ${hash}.`);
  if (!mayRead(call.caller, hash)) {
    throw new Refusal(403, `${call.caller.email} has no access to project ${hash}.`);
  }
  return project;
}

/** The stage of the path. @throws Refusal 404 */
export function stageOf(call: Call, project: ProjectDocument): StageDocument {
  const uuid = parameter(call, "stage");
  const stage = call.state.stage(project, uuid);
  if (!stage) throw new Refusal(404, `Project ${project.projectHash} has no stage ${uuid}.`);
  return stage;
}

export function parameter(call: Call, name: string): string {
  const value = call.path[name];
  if (value === undefined) throw new Error(`The route has no parameter ${name}.`);
  return value;
}

/** A boolean of the query, which may be written as in Python. */
export function queryFlag(call: Call, name: string): boolean {
  const text = call.query.get(name);
  if (text === null) return false;
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  throw unprocessable(["query", name], `"${text}" is not a boolean.`);
}

/** @throws Refusal 422 */
export function asObject(value: unknown, ...location: (string | number)[]): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw unprocessable(["body", ...location], "An object is expected.");
}

/** @throws Refusal 422 */
export function asArray(value: unknown, ...location: (string | number)[]): unknown[] {
  if (Array.isArray(value)) return value;
  throw unprocessable(["body", ...location], "A list is expected.");
}

/** @throws Refusal 422 */
export function asText(value: unknown, ...location: (string | number)[]): string {
  if (typeof value === "string") return value;
  throw unprocessable(["body", ...location], "A text is expected.");
}

/** @throws Refusal 422 */
export function asUuid(value: unknown, ...location: (string | number)[]): string {
  const text = asText(value, ...location).toLowerCase();
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)) return text;
  throw unprocessable(["body", ...location], "A UUID is expected.");
}
