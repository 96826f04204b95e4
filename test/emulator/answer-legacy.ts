/** The entrance of the legacy API: the body says what is asked, and whether it succeeded; the HTTP status is always 200. */

import { AuthenticationFailure, callerOfLegacy } from "./auth/caller.ts";
import type { World } from "./call.ts";
import { LegacyCall } from "./legacy-call.ts";
import { LegacyRefusal } from "./refusal.ts";
import { LEGACY_ROUTES, type LegacyRoute } from "./routes.ts";
import { words } from "./words.ts";

/** A domain that ends in a slash gives a second one. */
export const LEGACY_PATHS: ReadonlySet<string> = new Set([
  "/public",
  "//public",
  "/public/user",
  "//public/user",
]);

export interface LegacyMatch {
  /** Null for a query that does not exist; undefined for a body that is not JSON. */
  readonly route: LegacyRoute | null | undefined;
  readonly values: unknown;
}

interface LegacyQuery {
  readonly query_type?: unknown;
  readonly query_method?: unknown;
  readonly values?: unknown;
}

export function matchLegacy(body: Uint8Array): LegacyMatch {
  let query: LegacyQuery | null;
  try {
    query = JSON.parse(new TextDecoder().decode(body)) as LegacyQuery | null;
  } catch {
    return { route: undefined, values: undefined };
  }
  return {
    route: LEGACY_ROUTES[`${words(query?.query_type)} ${words(query?.query_method)}`] ?? null,
    values: query?.values,
  };
}

export async function answerLegacy(
  world: World,
  request: Request,
  body: Uint8Array<ArrayBuffer>,
  { route, values }: LegacyMatch,
): Promise<Response> {
  try {
    const caller = await callerOfLegacy(world.state, request, body);
    if (request.method === "POST" && route === undefined) {
      throw new LegacyRefusal("INVALID_ARGUMENTS_ERROR", "The body is not JSON.");
    }
    if (request.method !== "POST" || !route) {
      throw new LegacyRefusal("METHOD_NOT_ALLOWED_ERROR", undefined, 405);
    }
    const response = await route.handler(new LegacyCall({ world, caller, request, values }));
    return Response.json({ status: 200, response: response ?? null });
  } catch (error) {
    const refusal = asRefusal(error);
    return Response.json({
      status: refusal.status,
      response: [refusal.code],
      ...(refusal.payload === undefined ? {} : { payload: refusal.payload }),
    });
  }
}

function asRefusal(error: unknown): LegacyRefusal {
  if (error instanceof LegacyRefusal) return error;
  if (error instanceof AuthenticationFailure) {
    return new LegacyRefusal("AUTHENTICATION_ERROR", error.message, 401);
  }
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new LegacyRefusal("UNKNOWN_ERROR", `The emulator failed: ${reason}`, 500);
}
