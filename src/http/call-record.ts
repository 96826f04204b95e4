/**
 * Records a call of an editor agent once it is answered: as a data point, and in the console's list of last calls. Neither delays or
 * fails the answer. The list holds the last 20 calls of each agent, so no more than that are added in a second from one isolate, with
 * failures counted separately: a flood of calls must not overload the one object that stores the list.
 */

import type { MiddlewareHandler } from "hono";
import { KEEP_CALLS, operatorLog } from "../console/operator-log.ts";
import { recordCall } from "../metrics.ts";
import type { HttpEnvironment } from "./http-environment.ts";

/** Middleware that records the calls that pass through it. */
export function callRecord(): MiddlewareHandler<HttpEnvironment> {
  const listed = new Map<string, { second: number; calls: number }>();

  /** Whether the call goes into the list. */
  function isListed(agent: string, status: number, at: number): boolean {
    const kind = `${status < 400} ${agent}`;
    const second = Math.floor(at / 1000);
    const last = listed.get(kind);
    const calls = last?.second === second ? last.calls + 1 : 1;
    listed.set(kind, { second, calls });
    return calls <= KEEP_CALLS;
  }

  return async (c, next) => {
    const at = Date.now();
    await next();
    const { calledOn, media } = c.var;
    if (calledOn === undefined) return;
    const { projectHash, dataHash, frame } = calledOn;
    const agent = c.req.param("name") ?? "";
    const call = { agent, at, status: c.res.status, ms: Date.now() - at, projectHash, dataHash, frame };
    recordCall(c.env.AGENT_METRICS, { ...call, fetchedBytes: 0, decodedFrames: 0, ...media });
    if (!isListed(agent, call.status, at)) return;
    const remember = async () => {
      try {
        await operatorLog(c.executionCtx).called(call);
      } catch (error) {
        c.var.log.warn("call_not_remembered", { error });
      }
    };
    c.executionCtx.waitUntil(remember());
  };
}
