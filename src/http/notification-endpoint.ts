/**
 * `POST /notifications/task-ready`: where Encord announces that tasks wait in a stage; the URL to enter at an *Advanced* agent stage.
 * Notifications must be signed. The wake-up is stored before the answer; the work happens afterwards. Other events, and projects or
 * stages that are not served, are acknowledged and ignored, as Encord expects.
 */

import type { Context } from "hono";
import type { AgentSet } from "../agent/agent-set.ts";
import { integer, made, object, type Reading, text, tryToRead, uuid } from "../encord/json.ts";
import { stageQueue } from "../queue/loopback.ts";
import { servedProjects } from "../queue/served-stages.ts";
import { jsonOf, readBody } from "./body.ts";
import type { HttpEnvironment } from "./http-environment.ts";
import { checkSignature } from "./signature.ts";
import { WebApp } from "./web-app.ts";

/** A notification has a few hundred bytes. */
const BODY_LIMIT_BYTES = 64 * 1024;

const EVENT = "agent_stage_work_available_event";
const VERSION = 1;

const readEvent = object({ event_type: text, version: integer });

const readPayload = object({
  payload: object({
    project_hash: uuid,
    stage_uuid: uuid,
    pending_count: made(integer, (count) => (count >= 0 ? count : undefined), "0 or more"),
    /** `batch_size_reached`, `max_wait_elapsed`, or one that Encord may add. */
    reason: text,
  }),
});

/** The route of notifications. */
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
    const json = jsonOf(body);
    const event = tryToRead(readEvent, json);
    if (!event.ok) return malformed(c, event);
    const { event_type: type, version } = event.value;
    if (type !== EVENT) return c.json({ status: "ignored" });
    if (version !== VERSION) {
      c.var.log.error("notification_too_new", { version });
      return c.json(
        { message: `Version ${version} of this event is not known here. Update encord-edge-agents.` },
        501,
      );
    }
    const payload = tryToRead(readPayload, json);
    if (!payload.ok) return malformed(c, payload);

    const { project_hash: projectHash, stage_uuid: stageUuid, pending_count, reason } = payload.value.payload;
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

function malformed(
  c: Context<HttpEnvironment>,
  { path, message }: Extract<Reading<unknown>, { ok: false }>,
): Response {
  const errors = [{ path, message }];
  return c.json({ message: "The body is not a task-ready notification.", errors }, 422);
}
