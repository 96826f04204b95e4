/**
 * Everything the Worker answers over HTTP: the agent endpoint, Encord's notifications, the console, the operator's API, health, and, only
 * in local development, the list of agents. A failure becomes a JSON answer that tells nothing of the inside, with CORS headers like any
 * other.
 */

import type { MiddlewareHandler } from "hono";
import type { AgentSet } from "../agent/agent-set.ts";
import { createConsole } from "../console/console.tsx";
import { createWorkerLog, readSettings, SettingsError } from "../settings.ts";
import { VERSION } from "../version.ts";
import { adminApi } from "./admin-api.ts";
import { agentEndpoint } from "./agent-endpoint.ts";
import { callRecord } from "./call-record.ts";
import { cors } from "./cors.ts";
import type { HttpEnvironment } from "./http-environment.ts";
import { isFromThisComputer } from "./loopback.ts";
import { notificationEndpoint } from "./notification-endpoint.ts";
import { WebApp } from "./web-app.ts";

/** The HTTP app of a deployment with these agents. */
export function createApp(agents: AgentSet): WebApp<HttpEnvironment> {
  const app = new WebApp<HttpEnvironment>();

  app.use(async (c, next) => {
    const log = createWorkerLog(c.env).with({ path: new URL(c.req.url).pathname });
    let settings: ReturnType<typeof readSettings> | undefined;
    c.set("log", log);
    c.set("settings", () => (settings ??= readSettings(c.env)));
    await next();
  });
  // Before CORS: pages of other origins must not reach the console.
  app.route(
    "/console",
    createConsole(agents, (request, c) => app.fetch(request, c.env, c.executionCtx)),
  );
  app.use((c, next) => cors(() => originsOf(c.var.settings))(c, next));

  app.use("/agents/:name", callRecord());
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
    // Elsewhere not even the names of agents are told.
    if (c.env.ENVIRONMENT !== "development" || !isFromThisComputer(c.req.raw)) return c.notFound();
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

/** The allowed origins; Encord's own (null) while the settings are faulty, so that the editor can show the error. */
function originsOf(settings: () => { corsOrigins: readonly string[] | null }): readonly string[] | null {
  try {
    return settings().corsOrigins;
  } catch {
    return null;
  }
}
