/** `encord-edge notify`: signs and sends a task-ready notification, as Encord does when tasks wait in an Advanced stage. */

import { signRequest } from "../http/signature.ts";
import { type CliContext, print, printJson } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";

export interface NotifyOptions {
  /** Base address of the deployment. */
  readonly endpoint: string;
  readonly project: string;
  /** UUID of the stage. */
  readonly stage: string;
  readonly pending: string;
  readonly secret: string;
  readonly json?: boolean;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @returns exit status: 0 when the deployment accepted the notification and serves the stage */
export async function notifyStage(context: CliContext, options: NotifyOptions): Promise<number> {
  const { status, answer, url } = await sendNotification(context, options);
  const taken = status === 200 && (answer as { status?: string } | null)?.status === "taken";
  if (options.json) printJson(context, { url, status, answer, taken });
  else print(context, `POST ${url}`, `${status} ${JSON.stringify(answer)}`, "", explained(status, taken));
  return taken ? 0 : 1;
}

/** @throws CliError when an id is not a UUID, or nothing answers */
export async function sendNotification(
  context: CliContext,
  options: Omit<NotifyOptions, "json">,
): Promise<{ readonly url: string; readonly status: number; readonly answer: unknown }> {
  for (const name of ["project", "stage"] as const) {
    if (!UUID.test(options[name])) {
      throw new CliError(
        "uuid",
        `--${name} must be a UUID, as in Encord's address bar; it is "${options[name]}".`,
      );
    }
  }
  const pendingCount = Number(options.pending);
  if (!Number.isInteger(pendingCount) || pendingCount < 0) {
    throw new CliError("pending", `--pending must be a whole number; it is "${options.pending}".`);
  }
  const now = context.now();
  const body = JSON.stringify({
    uid: crypto.randomUUID(),
    version: 1,
    source: "Encord",
    event_type: "agent_stage_work_available_event",
    event_created_timestamp: new Date(now).toISOString(),
    payload: {
      project_hash: options.project.toLowerCase(),
      stage_uuid: options.stage.toLowerCase(),
      pending_count: pendingCount,
      reason: "batch_size_reached",
    },
  });
  const timestamp = Math.floor(now / 1000);
  const url = new URL("/notifications/task-ready", options.endpoint).href;
  const headers = {
    "content-type": "application/json",
    "x-encord-timestamp": String(timestamp),
    "x-encord-signature": await signRequest(options.secret, timestamp, new TextEncoder().encode(body)),
  };
  const response = await context.fetch(url, { method: "POST", headers, body }).catch((error: unknown) => {
    throw new CliError("no-answer", `Nothing answers at ${url}. Is the Worker running?`, {
      retryable: true,
      cause: error,
    });
  });
  const answer: unknown = await response.json().catch(() => null);
  return { url, status: response.status, answer };
}

function explained(status: number, taken: boolean): string {
  if (taken) return "Taken: the queue of the stage is awake.";
  if (status === 401) {
    return "Refused: the deployment has a different ENCORD_WEBHOOK_SECRET, or none.";
  }
  if (status === 200)
    return "Acknowledged, but the deployment serves no such project or stage: see ENCORD_PROJECTS.";
  return "Refused.";
}
