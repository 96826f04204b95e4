/**
 * `/api/...`: the state of the stages, and an operator's controls, as JSON. Closed until ADMIN_TOKEN is set; then every call must carry
 * it (`Authorization: Bearer <token>`). Open in local development on the loopback interface. docs/operating.md describes each call.
 */

import type { Context, MiddlewareHandler } from "hono";
import type { AgentSet } from "../agent/agent-set.ts";
import { operatorLog } from "../console/operator-log.ts";
import { sameText } from "../console/session.ts";
import { performStageAction, type StageCommand } from "../console/stage-action.ts";
import { listOf, made, object, orElse, type Reader, text, tryToRead, uuid } from "../encord/json.ts";
import { stageQueue, taskExecutor } from "../queue/loopback.ts";
import { readSpecs } from "../queue/run-specs.ts";
import { servedProjects, servedStages } from "../queue/served-stages.ts";
import type { StageDoor } from "../queue/stage-queue.ts";
import { TASK_STATES } from "../queue/task-state.ts";
import { jsonOf, readBody } from "./body.ts";
import type { HttpEnvironment } from "./http-environment.ts";
import { isFromThisComputer } from "./loopback.ts";
import { WebApp } from "./web-app.ts";

const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
const PAGE = 100;

/** Reads a number from a query parameter, which is always text. */
const numberThat = (fits: (value: number) => boolean, expected: string) =>
  made(text, (digits) => (fits(Number(digits)) ? Number(digits) : undefined), expected);
const limit = numberThat(
  (count) => Number.isInteger(count) && count >= 1 && count <= 1000,
  "a whole number from 1 to 1000",
);
const hours = numberThat((count) => count > 0 && count <= 24, "more than 0 and at most 24");
const state = made(
  text,
  (name) => TASK_STATES.find((each) => each === name),
  `one of ${TASK_STATES.join(", ")}`,
);
const readSelection = object({
  tasks: (value) => (value === "all" ? ("all" as const) : listOf(uuid)(value)),
});
const readMove = object({ tasks: listOf(uuid), destinationStageUuid: uuid });
const readTaskQuery = object({
  state: orElse(state, undefined),
  search: orElse(text, undefined),
  after: orElse(text, undefined),
  limit: orElse(limit, PAGE),
});
const readMinutesQuery = object({ hours: orElse(hours, 1) });

/** The API's routes. */
export function adminApi(agents: AgentSet): WebApp<HttpEnvironment> {
  const app = new WebApp<HttpEnvironment>();
  app.use(onlyOperators);

  app.get("/stages", async (c) => {
    const served = await servedStages(c.var.settings(), agents, c.var.log);
    const stages = served.map(async ({ projectHash, stage, agent }) => ({
      projectHash,
      stage: { uuid: stage.uuid, title: stage.title },
      agent: agent.name,
      ...(await stageQueue(c.executionCtx, projectHash, stage.uuid).status()),
    }));
    return c.json({ stages: await Promise.all(stages) });
  });

  app.get("/stages/:project/:stage", (c) =>
    withQueue(c, agents, async (queue) => c.json(await queue.status())),
  );

  app.get("/stages/:project/:stage/tasks", (c) =>
    withQueue(c, agents, async (queue) => {
      const { state, search, after, limit } = read(readTaskQuery, c.req.query());
      const { tasks, after: next } = await queue.tasks({
        limit,
        ...(state === undefined ? {} : { state }),
        ...(search === undefined ? {} : { search }),
        ...(after === undefined ? {} : { after }),
      });
      return c.json({ tasks, after: next });
    }),
  );

  app.get("/stages/:project/:stage/tasks/:task", (c) =>
    withQueue(c, agents, async (queue) => {
      const task = await queue.task(c.req.param("task").toLowerCase());
      return task ? c.json(task) : c.json({ message: "This stage's queue does not know this task." }, 404);
    }),
  );

  app.get("/stages/:project/:stage/minutes", (c) =>
    withQueue(c, agents, async (queue) => {
      const { hours } = read(readMinutesQuery, c.req.query());
      return c.json({ minutes: await queue.minutes(Date.now() - hours * 3_600_000) });
    }),
  );

  app.post("/stages/:project/:stage/pause", (c) =>
    withQueue(c, agents, async () => {
      await act(c, { kind: "pause" });
      return c.json({ paused: true });
    }),
  );

  app.post("/stages/:project/:stage/go-live", (c) =>
    withQueue(c, agents, async () => {
      await act(c, { kind: "go live" });
      return c.json({ paused: false });
    }),
  );

  for (const kind of ["run", "retry", "cancel"] as const) {
    app.post(`/stages/:project/:stage/${kind}`, (c) =>
      withQueue(c, agents, async () => {
        const { tasks } = read(readSelection, await bodyOf(c));
        const { changed, skipped } = await act(c, { kind, tasks });
        return c.json({ changed, skipped });
      }),
    );
  }

  // For queues outside this deployment: runs the given tasks once, and answers with their results.
  app.post("/stages/:project/:stage/run-task", (c) =>
    withQueue(c, agents, async (queue) => {
      const { identity } = await queue.status();
      const agentName = identity?.agentName ?? null;
      if (identity === null || agentName === null) {
        return c.json({ message: "No agent of this deployment serves this stage." }, 404);
      }
      const order = specsOf(await bodyOf(c));
      const { projectHash, stageUuid } = identity;
      const log = operatorLog(c.executionCtx);
      const tasks = order.specs.map(({ uuid }) => uuid);
      const id = await log.begin({ ...who(c), kind: "run for another queue", projectHash, stageUuid, tasks });
      let error: string | null = "The worker was lost.";
      try {
        const answer = await taskExecutor(c.executionCtx).runSpecs({ ...identity, agentName, ...order });
        error = answer.ok ? answer.result.error : answer.error;
        if (answer.ok) return c.json(answer.result);
        const seconds = String(Math.ceil((answer.retryAfterMs ?? 1000) / 1000));
        return c.json({ message: answer.error }, 503, { "retry-after": seconds });
      } finally {
        await log.end(id, { ok: error === null, ...(error === null ? {} : { note: error.slice(0, 500) }) });
      }
    }),
  );

  app.post("/stages/:project/:stage/move", (c) =>
    withQueue(c, agents, async () => {
      const { tasks, destinationStageUuid: destination } = read(readMove, await bodyOf(c));
      const { changed, skipped, note } = await act(c, { kind: "move", tasks, destination });
      return c.json({ moved: changed, skipped, reason: note ?? null });
    }),
  );
  return app;
}

/** Performs a command, and records it in the audit list. */
async function act(c: Context<HttpEnvironment>, command: StageCommand) {
  const projectHash = c.req.param("project")?.toLowerCase() ?? "";
  const stageUuid = c.req.param("stage")?.toLowerCase() ?? "";
  return (await performStageAction(c.executionCtx, who(c), { projectHash, stageUuid, ...command })).result;
}

function who(c: Context<HttpEnvironment>) {
  return { who: isLocal(c) ? "local development" : "operator token", by: "api" };
}

function isLocal(c: Context<HttpEnvironment>): boolean {
  return c.var.settings().development && isFromThisComputer(c.req.raw);
}

/** A faulty call; the message is for the caller. */
class BadCall extends Error {
  readonly status: 400 | 413 | 422;

  constructor(status: 400 | 413 | 422, message: string) {
    super(message);
    this.status = status;
  }
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

/** Answers with the queue that the path names; 404 if there is none. */
async function withQueue(
  c: Context<HttpEnvironment>,
  agents: AgentSet,
  answer: (queue: StageDoor) => Promise<Response>,
): Promise<Response> {
  const projectHash = c.req.param("project")?.toLowerCase() ?? "";
  const stageUuid = c.req.param("stage")?.toLowerCase() ?? "";
  if (!servedProjects(c.var.settings(), agents).includes(projectHash)) {
    return c.json({ message: `This deployment does not serve the project ${projectHash}.` }, 404);
  }
  if (!tryToRead(uuid, stageUuid).ok) {
    return c.json({ message: "Name the stage by its UUID." }, 404);
  }
  const queue = stageQueue(c.executionCtx, projectHash, stageUuid);
  if ((await queue.status()).identity === null) {
    return c.json(
      {
        message: `The queue of stage ${stageUuid} has never run: no agent serves the stage, or cron has not fired yet.`,
      },
      404,
    );
  }
  try {
    return await answer(queue);
  } catch (error) {
    if (error instanceof BadCall) return c.json({ message: error.message }, error.status);
    throw error;
  }
}

function specsOf(body: unknown): ReturnType<typeof readSpecs> {
  try {
    return readSpecs(body);
  } catch (error) {
    throw error instanceof TypeError ? new BadCall(422, error.message) : error;
  }
}

async function bodyOf(c: Context<HttpEnvironment>): Promise<unknown> {
  const body = await readBody(c.req.raw, BODY_LIMIT_BYTES);
  if (body === null) throw new BadCall(413, `The body is over ${BODY_LIMIT_BYTES} bytes.`);
  const json = jsonOf(body);
  if (json === undefined) throw new BadCall(400, "The body is not JSON.");
  return json;
}

function read<T>(reader: Reader<T>, input: unknown): T {
  const reading = tryToRead(reader, input);
  if (reading.ok) return reading.value;
  throw new BadCall(422, `${reading.path.join(".") || "body"} ${reading.message}`);
}
