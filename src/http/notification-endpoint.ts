/**
 * `POST /notifications/task-ready`: where Encord says that tasks wait in a stage. The URL to enter at an *Advanced* agent
 * stage. Always signed. The wake-up is stored before the answer; the work happens afterwards. What is not ours (another
 * event, a project or stage that is not served) is acknowledged and left alone, as Encord expects.
 */

import type { Context } from "hono";
import * as z from "zod/mini";
import type { AgentSet } from "../agent/agent-set.ts";
import { stageQueue } from "../queue/loopback.ts";
import { servedProjects } from "../queue/served-stages.ts";
import { readBody } from "./body.ts";
import type { HttpEnvironment } from "./http-environment.ts";
import { checkSignature } from "./signature.ts";
import { WebApp } from "./web-app.ts";

/** A notification has a few hundred bytes. */
const BODY_LIMIT_BYTES = 64 * 1024;

const EVENT = "agent_stage_work_available_event";
const VERSION = 1;

const eventSchema = z.object({ event_type: z.string(), version: z.int() });

const payloadSchema = z.object({
  payload: z.object({
    project_hash: z.guid().check(z.toLowerCase()),
    stage_uuid: z.guid().check(z.toLowerCase()),
    pending_count: z.int().check(z.gte(0)),
    /** `batch_size_reached`, `max_wait_elapsed`, or one that is not invented yet. */
    reason: z.string(),
  }),
});

export function notificationEndpoint(agents: AgentSet): WebApp<HttpEnvironment> {
  const app = new WebApp<HttpEnvironment>();
  app.all("/notifications/task-ready", async (c) => {
    if (c.req.method !== "POST") {
      return c.json({ message: "Notifications are sent with POST." }, 405, { allow: "POST" });
    }
    const body = await readBody(c.req.raw, BODY_LIMIT_BYTES);
    if (body === null) return c.json({ message: `The body is over ${BODY_LIMIT_BYTES} bytes.` }, 413);

    const settings = c.var.settings();
    const check = await checkSignature(c.req.raw.headers, body, settings.webhookSecrets, Date.now());
    if (check.kind !== "valid") {
      const reason = check.kind === "refused" ? check.reason : "it is not signed";
      c.var.log.warn("notification_refused", { reason });
      return c.json({ message: "This notification could not be verified." }, 401);
    }
    const json = parseJson(body);
    const event = eventSchema.safeParse(json);
    if (!event.success) return malformed(c, event.error);
    if (event.data.event_type !== EVENT) return c.json({ status: "ignored" });
    if (event.data.version !== VERSION) {
      c.var.log.error("notification_too_new", { version: event.data.version });
      return c.json({ message: `Version ${event.data.version} of this event is not known here.` }, 501);
    }
    const payload = payloadSchema.safeParse(json);
    if (!payload.success) return malformed(c, payload.error);

    const { project_hash: projectHash, stage_uuid: stageUuid, pending_count, reason } = payload.data.payload;
    if (agents.taskAgents.length === 0 || !servedProjects(settings, agents).includes(projectHash)) {
      c.var.log.warn("notification_not_served", { projectHash, stageUuid });
      return c.json({ status: "not served" });
    }
    await stageQueue(c.executionCtx, projectHash, stageUuid).notify({ projectHash, stageUuid });
    c.var.log.info("notification_taken", { projectHash, stageUuid, pending: pending_count, reason });
    return c.json({ status: "taken" });
  });
  return app;
}

function malformed(c: Context<HttpEnvironment>, error: z.core.$ZodError): Response {
  const errors = error.issues.map((issue) => ({ path: issue.path.map(String), message: issue.message }));
  return c.json({ message: "The body is not a task-ready notification.", errors }, 422);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}
