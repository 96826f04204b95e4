/** The entrance of the v2 API: authenticates the caller, finds the route, and writes refusals in this API's form. */

import { AuthenticationFailure, callerOfV2 } from "./auth/caller.ts";
import type { World } from "./call.ts";
import { pathText } from "./path-text.ts";
import { Refusal, unprocessable } from "./refusal.ts";
import { type Route, V2_ROUTES } from "./routes.ts";

export interface V2Match {
  readonly route: Route | null;
  /** Whether the path exists for another method. */
  readonly pathKnown: boolean;
}

export function matchV2(method: string, pathname: string): V2Match {
  const matching = V2_ROUTES.filter(({ pattern }) => pattern.test(pathname));
  return { route: matching.find((each) => each.method === method) ?? null, pathKnown: matching.length > 0 };
}

export async function answerV2(
  world: World,
  request: Request,
  body: Uint8Array<ArrayBuffer>,
  { route, pathKnown }: V2Match,
): Promise<Response> {
  if (!new URL(request.url).pathname.startsWith("/v2/public/")) return json(404, { message: "Not Found" });
  try {
    const caller = await callerOfV2(world.state, request, body, [world.now(), Date.now()]);
    if (!route) throw pathKnown ? new Refusal(405, "Method Not Allowed") : new Refusal(404, "Not Found");
    const url = new URL(request.url);
    const groups = Object.entries(route.pattern.exec(url.pathname)?.groups ?? {});
    const answer = await route.handler({
      world,
      state: world.state,
      caller,
      origin: url.origin,
      path: Object.fromEntries(groups.map(([name, value]) => [name, pathText(value).toLowerCase()])),
      query: url.searchParams,
      body: parseJson(body),
    });
    return json(200, answer);
  } catch (error) {
    if (error instanceof AuthenticationFailure) return json(401, { message: error.message });
    if (error instanceof Refusal) return json(error.status, error.body);
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return json(500, { message: `The emulator failed: ${reason}` });
  }
}

/** @returns undefined for an empty body. @throws Refusal 422 */
export function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw unprocessable(["body"], "The body is not JSON.");
  }
}

function json(status: number, value: unknown): Response {
  return Response.json(value ?? null, { status });
}
