/**
 * No secret leaves the Worker. After a whole run, with tasks that succeed, a corrupt picture, storage that refuses and forged calls,
 * every log line, every answer and every page of the console is searched for the key, the tokens, the webhook secret, signatures, and
 * the signed queries of file URLs.
 */

import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DEMO_PROJECT, demoSeed } from "../../scripts/demo-seed.ts";
import { LocalStack } from "../../scripts/local-stack.ts";
import { untilTasksDone } from "../../scripts/task-progress.ts";

const SECRETS = {
  ENCORD_WEBHOOK_SECRET: "whsec_6f1d0a9be2c3",
  ADMIN_TOKEN: "admin-7c1b5e0f9a8d4c3b2a19",
  CONSOLE_VIEWER_TOKEN: "viewer-0d4f6a8b1c3e5f709182",
};

let stack: LocalStack;
/** Everything that came out of the Worker, and from where. */
const out: { readonly from: string; readonly text: string }[] = [];

beforeAll(async () => {
  stack = await LocalStack.start({
    seed: await demoSeed("one-corrupt"),
    settings: SECRETS,
    onWorkerLine: (text) => out.push({ from: "log", text }),
  });
});
afterAll(() => stack?.stop());

async function ask(path: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(`${stack.workerUrl}${path}`, { redirect: "manual", ...init });
  const text = await response.text();
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  out.push({ from: `${init.method ?? "GET"} ${path} (${response.status})`, text: `${headers}\n${text}` });
  return text;
}

async function fault(rule: object): Promise<void> {
  const init = { method: "POST", body: JSON.stringify(rule) };
  const response = await fetch(`${stack.emulator.url}/__emulator/faults`, init);
  if (!response.ok) throw new Error(`The emulator refused the fault: ${await response.text()}`);
}

async function callEverything(): Promise<void> {
  const dataHash = await stack.emulator.anyDataHash();
  const body = JSON.stringify({ projectHash: DEMO_PROJECT, dataHash, frame: 0 });
  const json = { "content-type": "application/json" };
  const post = (headers: Record<string, string>, text = body) => ({
    method: "POST",
    headers: { ...json, ...headers },
    body: text,
  });
  const signed = (secret: string, text: string) => {
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = createHmac("sha256", secret).update(`${timestamp}.${text}`).digest("hex");
    return { "x-encord-timestamp": String(timestamp), "x-encord-signature": signature };
  };
  const agent = "/agents/frame-quality";
  await ask(agent, post({ origin: "https://app.encord.com" }));
  await ask(agent, post(signed(SECRETS.ENCORD_WEBHOOK_SECRET, body)));
  await ask(agent, post(signed("another", body)));
  await ask(agent, post({ origin: "https://app.encord.com" }, body.replace(dataHash, DEMO_PROJECT)));
  await fault({ endpoint: "media.get", faults: { type: "expired-url" }, times: 4 });
  await ask(agent, post({ origin: "https://app.encord.com" }));
  await ask("/notifications/task-ready", post(signed(SECRETS.ENCORD_WEBHOOK_SECRET, "{}"), "{}"));
  for (const token of ["wrong", SECRETS.ADMIN_TOKEN]) {
    await ask("/api/stages", { headers: { authorization: `Bearer ${token}` } });
  }
  for (const path of [
    "/health",
    "/agents",
    "/nothing",
    "/console",
    "/console/agents",
    "/console/audit",
    "/console/sign-in",
  ]) {
    await ask(path);
  }
  const { stages } = JSON.parse(await ask("/api/stages")) as {
    stages: { projectHash: string; stage: { uuid: string } }[];
  };
  for (const { projectHash, stage } of stages) {
    const path = `/stages/${projectHash}/${stage.uuid}`;
    const { tasks } = JSON.parse(await ask(`/api${path}/tasks?state=failed`)) as {
      tasks: { uuid: string }[];
    };
    for (const { uuid } of tasks) {
      await ask(`/api${path}/tasks/${uuid}`);
      await ask(`/console${path}/tasks/${uuid}`);
    }
    await ask(`/api${path}/minutes`);
    await ask(`/console${path}`);
  }
}

it("no log line, answer or page holds a secret or a signed URL", async () => {
  await fault({ endpoint: "media.get", faults: { type: "expired-url" }, times: 3 });
  await stack.cron();
  await untilTasksDone(stack, 60_000);
  await callEverything();

  const key = stack.emulator.sshKey.split("\n").filter((line) => line.length > 20 && !line.startsWith("-"));
  const secrets = [...Object.values(SECRETS), ...key];
  const leaks = out.flatMap(({ from, text }) => {
    const found = secrets.find((secret) => text.includes(secret));
    const query = /\/storage\/[^\s"'<>]*[?&](?:signature|expires)=/.exec(text)?.[0];
    return found || query ? [`${from}: ${found ?? query}`] : [];
  });
  expect(leaks).toEqual([]);
  // The run contained what it should: failures, refusals, and the address of a file.
  const everything = out.map(({ text }) => text).join("\n");
  for (const word of ['"task_failed"', '"call_refused"', "/storage/", '"request_failed"']) {
    expect(everything.includes(word), word).toBe(true);
  }
});
