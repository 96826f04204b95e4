/**
 * Task-ready notifications: Encord looks at the queue of each stage every five minutes, and notifies the URL that is set there
 * when enough tasks wait or the oldest has waited long enough; again at every look while work remains.
 */

import { isoTime, type World } from "../call.ts";
import type { SubscriptionDocument } from "../state/documents.ts";
import type { Outside } from "./agent-call.ts";
import { signedHeaders } from "./signature.ts";
import { findStage } from "./workflow-node.ts";

export interface Subscription {
  /** UUID or title of the agent stage. */
  readonly stage: string;
  readonly url: string;
  readonly secret: string;
  /** How many waiting tasks are worth a notification; default 1. */
  readonly batchSize?: number;
  /** How long the oldest may wait; default one hour. */
  readonly maxWaitMs?: number;
  /** Default five minutes. */
  readonly everyMs?: number;
}

/** One delivery. */
export interface Notification {
  readonly uid: string;
  readonly stageUuid: string;
  readonly pendingCount: number;
  readonly reason: "batch_size_reached" | "max_wait_elapsed";
  /** What the URL answered; null if it could not be reached. */
  readonly status: number | null;
}

const FIVE_MINUTES = 300_000;
const ONE_HOUR = 3_600_000;
const WAIT_MS = 180_000;

/** The first look comes one interval from now. */
export function subscribe(world: World, subscription: Subscription): void {
  const { projectHash, stage } = findStage(world, subscription.stage);
  const everyMs = subscription.everyMs ?? FIVE_MINUTES;
  world.state.subscriptions.put(`${stage.uuid} ${subscription.url}`, {
    projectHash,
    stageUuid: stage.uuid,
    url: subscription.url,
    secret: subscription.secret,
    batchSize: subscription.batchSize ?? 1,
    maxWaitMs: subscription.maxWaitMs ?? ONE_HOUR,
    everyMs,
    nextLookAt: world.now() + everyMs,
  });
}

/** When the next look is due; null without subscriptions. */
export function nextLook(world: World): number | null {
  const times = Array.from(world.state.subscriptions.values(), ({ nextLookAt }) => nextLookAt);
  return times.length === 0 ? null : Math.min(...times);
}

/** Takes every look that is due, and sends what it finds. */
export async function look(world: World, outside: Outside): Promise<Notification[]> {
  const due = [...world.state.subscriptions.values()].filter(({ nextLookAt }) => nextLookAt <= world.now());
  for (const each of due) {
    const next = { ...each, nextLookAt: world.now() + each.everyMs };
    world.state.subscriptions.put(`${each.stageUuid} ${each.url}`, next);
  }
  world.state.commit();
  const sent: Notification[] = [];
  for (const subscription of due) {
    const reason = reasonToNotify(world, subscription);
    if (reason) sent.push(await notify(world, outside, subscription, reason));
  }
  return sent;
}

function reasonToNotify(world: World, subscription: SubscriptionDocument): Notification["reason"] | null {
  const waiting = [...world.state.tasksOfStage(subscription.stageUuid)];
  if (waiting.length === 0) return null;
  if (waiting.length >= subscription.batchSize) return "batch_size_reached";
  const oldest = Math.min(...waiting.map((task) => Date.parse(task.updatedAt)));
  return world.now() - oldest > subscription.maxWaitMs ? "max_wait_elapsed" : null;
}

async function notify(
  world: World,
  outside: Outside,
  subscription: SubscriptionDocument,
  reason: Notification["reason"],
): Promise<Notification> {
  const uid = world.newUuid();
  const pendingCount = [...world.state.tasksOfStage(subscription.stageUuid)].length;
  const body = JSON.stringify({
    uid,
    version: 1,
    source: "Encord",
    event_type: "agent_stage_work_available_event",
    event_created_timestamp: isoTime(world.now()).replace("Z", "+00:00"),
    payload: {
      project_hash: subscription.projectHash,
      stage_uuid: subscription.stageUuid,
      pending_count: pendingCount,
      reason,
    },
  });
  const headers = {
    "Content-Type": "application/json",
    ...(await signedHeaders(subscription.secret, body, world.now())),
  };
  const signal = AbortSignal.timeout(WAIT_MS);
  const request = new Request(subscription.url, { method: "POST", headers, body, signal });
  const status = await outside.fetch(request).then(
    async (response) => {
      await response.body?.cancel();
      return response.status;
    },
    () => null,
  );
  return { uid, stageUuid: subscription.stageUuid, pendingCount, reason, status };
}
