/** Each row of the table for task-ready notifications. */

import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { defineAgents, type Environment, taskAgent } from "encord-edge-agents";
import { beforeEach, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { signRequest } from "../../src/http/signature.ts";
import authVectors from "../fixtures/vectors/auth.json";

const PROJECT = "aaaa0001-0000-4000-8000-000000000001";
const STAGE = "57a6e000-0000-4000-8000-000000000001";
const OTHER_STAGE = "57a6e000-0000-4000-8000-00000000aaaa";
const NOW = Date.UTC(2100, 0, 1);
const SECRET = "notification-secret";
const ENVIRONMENT: Environment = {
  ENCORD_SSH_KEY: authVectors.key.opensshPrivateKey,
  ENCORD_PROJECTS: PROJECT,
  ENCORD_WEBHOOK_SECRET: SECRET,
};
const NOTIFICATION = {
  uid: "00000000-0000-4000-8000-000000000001",
  version: 1,
  source: "Encord",
  event_type: "agent_stage_work_available_event",
  event_created_timestamp: "2026-09-01T12:00:00+00:00",
  payload: { project_hash: PROJECT, stage_uuid: STAGE, pending_count: 3, reason: "batch_size_reached" },
};

const app = createApp(
  defineAgents({ agents: [taskAgent({ name: "sorter", stage: "Agent 1", run: () => null })] }),
);

beforeEach(async () => {
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation(() => {});
  // So far ahead that no alarm fires while the tests run.
  for (const stage of [STAGE, OTHER_STAGE]) {
    await runInDurableObject(queue(stage), (object) => Object.assign(object, { now: () => NOW }));
  }
  return () => vi.restoreAllMocks();
});

async function notify(body: unknown, options: { secret?: string; age?: number } = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const timestamp = Math.floor(Date.now() / 1000) - (options.age ?? 0);
  const bytes = new TextEncoder().encode(text);
  const request = new Request("https://worker.test/notifications/task-ready", {
    method: "POST",
    body: text,
    headers: {
      "x-encord-timestamp": String(timestamp),
      "x-encord-signature": await signRequest(options.secret ?? SECRET, timestamp, bytes),
    },
  });
  const context = Object.assign(createExecutionContext(), { exports });
  const response = await app.fetch(request, ENVIRONMENT, context);
  return { status: response.status, body: await response.json() };
}

const queue = (stage = STAGE) => exports.StageQueue.getByName(`${PROJECT}/${stage}`);

it("a notification is answered after the wake-up is stored", async () => {
  const payload = { ...NOTIFICATION.payload, stage_uuid: OTHER_STAGE };
  expect(await notify({ ...NOTIFICATION, payload })).toEqual({ status: 200, body: { status: "taken" } });
  const status = await queue(OTHER_STAGE).status();
  expect(status.identity).toMatchObject({ projectHash: PROJECT, stageUuid: OTHER_STAGE });
  expect(status.lastNotification).toBe(NOW);
});

it("one that cannot be verified is refused, saying nothing of why", async () => {
  const refused = { status: 401, body: { message: "This notification could not be verified." } };
  expect(await notify(NOTIFICATION, { secret: "another" })).toEqual(refused);
  expect(await notify(NOTIFICATION, { age: 301 })).toEqual(refused);
  expect(await notify(NOTIFICATION, { age: -301 })).toEqual(refused);
  const unsigned = new Request("https://worker.test/notifications/task-ready", {
    method: "POST",
    body: JSON.stringify(NOTIFICATION),
  });
  expect((await app.fetch(unsigned, ENVIRONMENT, createExecutionContext())).status).toBe(401);
});

it("another event is acknowledged and left alone, whatever its version", async () => {
  const other = {
    ...NOTIFICATION,
    event_type: "task_submitted_event",
    version: 7,
    payload: { any: "thing" },
  };
  expect(await notify(other)).toEqual({ status: 200, body: { status: "ignored" } });
});

it("a version that is not known is told so", async () => {
  expect((await notify({ ...NOTIFICATION, version: 2 })).status).toBe(501);
});

it("a malformed one names the fields that do not fit", async () => {
  const payload = { ...NOTIFICATION.payload, stage_uuid: "not a uuid" };
  expect(await notify({ ...NOTIFICATION, payload })).toMatchObject({
    status: 422,
    body: { errors: [{ path: ["payload", "stage_uuid"] }] },
  });
  for (const body of ["{", "null", "[]", '"text"', { ...NOTIFICATION, version: "1" }]) {
    expect((await notify(body)).status, JSON.stringify(body)).toBe(422);
  }
});

it("a project that is not served is acknowledged, and nothing happens", async () => {
  const stage = "57a6e000-0000-4000-8000-00000000bbbb";
  const project = "bbbb0001-0000-4000-8000-000000000001";
  const payload = { ...NOTIFICATION.payload, project_hash: project, stage_uuid: stage };
  expect(await notify({ ...NOTIFICATION, payload })).toEqual({ status: 200, body: { status: "not served" } });
  expect((await exports.StageQueue.getByName(`${project}/${stage}`).status()).identity).toBeNull();
});

it("an unknown reason, further fields and capital letters do not matter", async () => {
  const payload = {
    ...NOTIFICATION.payload,
    project_hash: PROJECT.toUpperCase(),
    reason: "moon_is_full",
    extra: 1,
  };
  expect((await notify({ ...NOTIFICATION, payload, more: true })).status).toBe(200);
});

it("only POST, and nothing larger than a notification", async () => {
  const get = await app.fetch(
    new Request("https://worker.test/notifications/task-ready"),
    ENVIRONMENT,
    createExecutionContext(),
  );
  expect(get.status).toBe(405);
  expect((await notify("x".repeat(70_000))).status).toBe(413);
});
