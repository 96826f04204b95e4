/** A call to the legacy API: one address, the method in the body, the resource in two headers. */

import { mayRead, type World } from "./call.ts";
import { LegacyRefusal } from "./refusal.ts";
import type { JsonObject, KeyDocument, ProjectDocument } from "./state/documents.ts";
import type { State } from "./state/state.ts";

export class LegacyCall {
  readonly world: World;
  readonly caller: KeyDocument;
  readonly origin: string;
  readonly payload: JsonObject;
  readonly #uid: unknown;
  readonly #resource: { readonly type: string; readonly id: string };

  constructor(options: {
    readonly world: World;
    readonly caller: KeyDocument;
    readonly request: Request;
    readonly values: unknown;
  }) {
    this.world = options.world;
    this.caller = options.caller;
    this.origin = new URL(options.request.url).origin;
    const { headers } = options.request;
    this.#resource = { type: headers.get("resourcetype") ?? "", id: headers.get("resourceid") ?? "" };
    const values = (options.values ?? {}) as { uid?: unknown; payload?: unknown };
    this.#uid = values.uid;
    this.payload = (values.payload ?? {}) as JsonObject;
  }

  get state(): State {
    return this.world.state;
  }

  /** @throws LegacyRefusal */
  project(): ProjectDocument {
    const id = this.resource("project");
    const project = this.state.projects.get(id);
    if (!project) throw new LegacyRefusal("RESOURCE_NOT_FOUND_ERROR", `There is no project ${id}.`, 404);
    if (!mayRead(this.caller, id)) throw new LegacyRefusal("AUTHORISATION_ERROR", undefined, 403);
    return project;
  }

  /** The id of the resource that the headers name. @throws LegacyRefusal if they name another type */
  resource(type: string): string {
    if (this.#resource.type === type && this.#resource.id !== "") return this.#resource.id.toLowerCase();
    throw new LegacyRefusal(
      "INVALID_ARGUMENTS_ERROR",
      `The headers must say ResourceType: ${type} and a ResourceID; they say "${this.#resource.type}".`,
    );
  }

  /** Whether it names one thing by its bare uid, as older calls do; they send and return that thing, not a list. */
  get isSingle(): boolean {
    return typeof this.#uid === "string";
  }

  /** One or several. @throws LegacyRefusal */
  uids(): string[] {
    const uids = Array.isArray(this.#uid) ? this.#uid : [this.#uid];
    if (uids.every((uid) => typeof uid === "string")) return uids;
    throw new LegacyRefusal("INVALID_ARGUMENTS_ERROR", "uid must be a text or a list of texts.");
  }

  /** Null when absent. @throws LegacyRefusal */
  text(name: string): string | null {
    const value = this.payload[name] ?? null;
    if (value === null || typeof value === "string") return value;
    throw new LegacyRefusal("INVALID_ARGUMENTS_ERROR", `${name} must be a text.`);
  }

  /** Null when absent. @throws LegacyRefusal */
  textList(name: string): ReadonlySet<string> | null {
    const value = this.payload[name] ?? null;
    if (value === null) return null;
    if (Array.isArray(value) && value.every((element) => typeof element === "string")) return new Set(value);
    throw new LegacyRefusal("INVALID_ARGUMENTS_ERROR", `${name} must be a list of texts.`);
  }

  /** Milliseconds; null when absent. @throws LegacyRefusal */
  time(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const ms = Date.parse(/Z|[+-]\d\d:?\d\d$|UTC|GMT/.test(text) ? text : `${text.replace(" ", "T")}Z`);
    if (Number.isNaN(ms)) throw new LegacyRefusal("INVALID_DATE_FORMAT_ERROR");
    return ms;
  }
}
