/**
 * `/api/...`: the state of the stages, and an operator's controls, as JSON. Closed until ADMIN_TOKEN is set; then every call must carry
 * it (`Authorization: Bearer <token>`). Open in local development on the loopback interface. docs/operating.md describes each call.
 */

import type { Context, MiddlewareHandler } from "hono";
import type { AgentSet } from "../agent/agent-set.ts";
import { type OperatorAnswer, OperatorDesk, type StageName } from "../console/operator-desk.ts";
import { sameText } from "../console/session.ts";
import { jsonOf, readBody } from "./body.ts";
import type { HttpEnvironment } from "./http-environment.ts";
import { isFromThisComputer } from "./loopback.ts";
import { WebApp } from "./web-app.ts";

const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

type Call = Context<HttpEnvironment>;

/** The API's routes. */
export function adminApi(agents: AgentSet): WebApp<HttpEnvironment> {
  const app = new WebApp<HttpEnvironment>();
  const deskFor = (c: Call) => {
    const who = { who: isLocal(c) ? "local development" : "operator token", by: "api" };
    return new OperatorDesk({
      ctx: c.executionCtx,
      agents,
      settings: c.var.settings(),
      log: c.var.log,
      who,
    });
  };
  app.use(onlyOperators);

  app.get("/stages", async (c) => answered(c, await deskFor(c).getAgentStages(), (stages) => ({ stages })));

  app.get("/stages/:project/:stage", async (c) => answered(c, await deskFor(c).status(stageOf(c))));

  app.get("/stages/:project/:stage/tasks", async (c) =>
    answered(c, await deskFor(c).tasks(stageOf(c), c.req.query())),
  );

  app.get("/stages/:project/:stage/tasks/:task", async (c) =>
    answered(c, await deskFor(c).task(stageOf(c), c.req.param("task"))),
  );

  app.get("/stages/:project/:stage/minutes", async (c) =>
    answered(c, await deskFor(c).minutes(stageOf(c), c.req.query()), (minutes) => ({ minutes })),
  );

  app.post("/stages/:project/:stage/pause", async (c) =>
    answered(c, await deskFor(c).switch(stageOf(c), "pause")),
  );

  app.post("/stages/:project/:stage/go-live", async (c) =>
    answered(c, await deskFor(c).switch(stageOf(c), "go live")),
  );

  for (const kind of ["run", "retry", "cancel"] as const) {
    app.post(`/stages/:project/:stage/${kind}`, (c) =>
      withBody(c, async (body) => answered(c, await deskFor(c).control(stageOf(c), kind, body))),
    );
  }

  app.post("/stages/:project/:stage/move", (c) =>
    withBody(c, async (body) => answered(c, await deskFor(c).move(stageOf(c), body))),
  );

  // For queues outside this deployment.
  app.post("/stages/:project/:stage/run-task", (c) =>
    withBody(c, async (body) => answered(c, await deskFor(c).runTask(stageOf(c), body))),
  );
  return app;
}

function stageOf(c: Call): StageName {
  return { projectHash: c.req.param("project") ?? "", stageUuid: c.req.param("stage") ?? "" };
}

/** @param show how the value stands in the body; by default it is the body */
function answered<T>(
  c: Call,
  answer: OperatorAnswer<T>,
  show: (value: T) => object = (value) => value as object,
) {
  if (answer.ok) return c.json(show(answer.value));
  const { message, status, retryAfterMs } = answer;
  const wait = retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
  return c.json({ message }, status, wait);
}

async function withBody(c: Call, answer: (body: unknown) => Promise<Response>): Promise<Response> {
  const body = await readBody(c.req.raw, BODY_LIMIT_BYTES);
  if (body === null) return c.json({ message: `The body is over ${BODY_LIMIT_BYTES} bytes.` }, 413);
  const json = jsonOf(body);
  if (json === undefined) return c.json({ message: "The body is not JSON." }, 400);
  return answer(json);
}

function isLocal(c: Call): boolean {
  return c.var.settings().development && isFromThisComputer(c.req.raw);
}

const onlyOperators: MiddlewareHandler<HttpEnvironment> = async (c, next) => {
  const settings = c.var.settings();
  if (isLocal(c)) {
    // Open, but not to pages of other sites in the developer's browser.
    const origin = c.req.header("origin");
    if (c.req.method !== "GET" && origin !== undefined && origin !== new URL(c.req.url).origin) {
      return c.json({ message: "Pages of other origins may not call this API." }, 403);
    }
  } else {
    if (settings.adminToken === null) {
      return c.json(
        { message: "This API is closed. Set ADMIN_TOKEN to open it to those who know the token." },
        403,
      );
    }
    const given = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
    if (!(await sameText(given, settings.adminToken))) {
      return c.json({ message: "Send the token: Authorization: Bearer <ADMIN_TOKEN>." }, 401);
    }
  }
  await next();
  c.res.headers.set("cache-control", "no-store");
};
