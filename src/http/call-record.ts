/**
 * What is kept of a call to an editor agent once it is answered: a data point, and an entry of the console's list of last calls.
 * Neither delays the answer, nor fails it. The list holds the last 20 calls of each agent, so no more than that go into it in one
 * second from one place, with failures counted apart: one object stores it, and it must not be what a flood of calls drowns.
 */

import type { MiddlewareHandler } from "hono";
import { KEEP_CALLS, operatorLog } from "../console/operator-log.ts";
import { recordCall } from "../metrics.ts";
import type { HttpEnvironment } from "./http-environment.ts";

export function callRecord(): MiddlewareHandler<HttpEnvironment> {
  const listed = new Map<string, { second: number; calls: number }>();

  /** Whether the list gets this call. */
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
