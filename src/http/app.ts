/**
 * The HTTP face of the Worker: the agent endpoint, Encord's notifications, the operator's API, health, and, in local
 * development only, what is served. Any failure becomes a JSON answer that tells nothing of the inside, with CORS headers like every other.
 */

import type { MiddlewareHandler } from "hono";
import type { AgentSet } from "../agent/agent-set.ts";
import { createConsole } from "../console/console.tsx";
import { operatorLog } from "../console/operator-log.ts";
import { recordCall } from "../metrics.ts";
import { createWorkerLog, isLoopback, readSettings, SettingsError } from "../settings.ts";
import { VERSION } from "../version.ts";
import { adminApi } from "./admin-api.ts";
import { agentEndpoint } from "./agent-endpoint.ts";
import { cors } from "./cors.ts";
import type { HttpEnvironment } from "./http-environment.ts";
import { notificationEndpoint } from "./notification-endpoint.ts";
import { WebApp } from "./web-app.ts";

export function createApp(agents: AgentSet): WebApp<HttpEnvironment> {
  const app = new WebApp<HttpEnvironment>();

  app.use(async (c, next) => {
    const log = createWorkerLog(c.env).with({ path: new URL(c.req.url).pathname });
    let settings: ReturnType<typeof readSettings> | undefined;
    c.set("log", log);
    c.set("settings", () => (settings ??= readSettings(c.env)));
    await next();
  });
  // Before CORS: no page of another origin has any business with the console.
  app.route(
    "/console",
    createConsole(agents, (request, c) => app.fetch(request, c.env, c.executionCtx)),
  );
  app.use((c, next) => cors(() => originsOf(c.var.settings))(c, next));

  app.use("/agents/:name", keepRecord);
  app.route("/", agentEndpoint(agents));
  app.route("/", notificationEndpoint(agents));

  app.get("/health", (c) => {
    try {
      c.var.settings();
      return c.json({ status: "ok", version: VERSION });
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      return c.json(
        { status: "not set up", version: VERSION, missing: error.faults.map((fault) => fault.setting) },
        503,
      );
    }
  });

  const onlyLocally: MiddlewareHandler<HttpEnvironment> = async (c, next) => {
    // Closed elsewhere: not even the names of agents are told.
    if (c.env.ENVIRONMENT !== "development" || !isLoopback(new URL(c.req.url).hostname)) return c.notFound();
    return next();
  };
  app.get("/agents", onlyLocally, (c) =>
    c.json({
      editorAgents: agents.editorAgents.map(({ name, description, decisions, signature }) => ({
        name,
        description,
        url: new URL(`/agents/${name}`, c.req.url).href,
        decisions,
        signature,
      })),
      taskAgents: agents.taskAgents.map(({ name, description, stage, pathways }) => ({
        name,
        description,
        stage,
        pathways,
      })),
    }),
  );
  app.route("/api", adminApi(agents));

  app.notFound((c) => c.json({ message: "There is nothing at this address." }, 404));
  app.onError((error, c) => {
    c.var.log.error("request_failed", { error, code: "code" in error ? error.code : undefined });
    if (error instanceof SettingsError) {
      return c.json({ message: "This deployment is not set up yet. Its log says what is missing." }, 500);
    }
    return c.json({ message: "The agent failed. The log of the deployment says why." }, 500);
  });
  return app;
}

/** Metrics, and the last calls of an editor agent on the console. Must not delay the answer, nor fail it. */
const keepRecord: MiddlewareHandler<HttpEnvironment> = async (c, next) => {
  const at = Date.now();
  await next();
  const { calledOn, media } = c.var;
  if (calledOn === undefined) return;
  const { projectHash, dataHash, frame } = calledOn;
  const agent = c.req.param("name") ?? "";
  const call = { agent, at, status: c.res.status, ms: Date.now() - at, projectHash, dataHash, frame };
  recordCall(c.env.AGENT_METRICS, { ...call, fetchedBytes: 0, decodedFrames: 0, ...media });
  const remember = async () => {
    try {
      await operatorLog(c.executionCtx).called(call);
    } catch (error) {
      c.var.log.warn("call_not_remembered", { error });
    }
  };
  c.executionCtx.waitUntil(remember());
};

/** Encord's own origins also while the settings are faulty, so that the editor can show the error. */
function originsOf(settings: () => { corsOrigins: readonly string[] | null }): readonly string[] | null {
  try {
    return settings().corsOrigins;
  } catch {
    return null;
  }
}
