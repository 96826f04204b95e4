import { exports } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { bytes, clock, duration, relative } from "../../src/console/parts/moment.tsx";
import { EmulatedProject, settings } from "../queue/emulated-project.ts";
import { scripts } from "../queue/scripted-agents.ts";
import { ConsoleClient, PROJECT } from "./console-client.ts";

afterEach(() => vi.restoreAllMocks());

/** A stage with two tasks that succeeded and one that failed. */
async function workedOff() {
  const project = await EmulatedProject.create("Plain", ["a<b>", "b", "c"]);
  scripts.plain.run = ({ task }) => {
    if (task.dataTitle === "b") throw new Error("no opinion <script>");
    return "Good";
  };
  await project.run("Plain");
  const tasks = await project.tasks("Plain");
  const failed = tasks.find((task) => task.state === "failed")?.uuid ?? "";
  return { project, failed, tasks, stage: `/console/stages/${PROJECT}/${project.stageUuid("Plain")}` };
}

/** Follows the answer to an action to the page that tells what came of it. */
async function after(client: ConsoleClient, answer: { status: number; headers: Headers }): Promise<string> {
  expect(answer.status).toBe(303);
  return (await client.get(answer.headers.get("location") ?? "")).text;
}

it("the overview shows each project and stage, and errors by their words", async () => {
  const { stage, failed } = await workedOff();
  const { status, text } = await ConsoleClient.local().get("/console");
  expect(status).toBe(200);
  expect(text).toContain("Test project");
  expect(text).toContain(`<a href="${stage}">Plain</a>`);
  expect(text).toMatch(/<b>2<\/b> Succeeded/);
  expect(text).toMatch(/<b>1<\/b> Failed/);
  expect(text).toContain("no opinion &lt;script&gt;");
  expect(text).toContain(`${stage}/tasks/${failed}`);
  expect(text).not.toContain("<script>");
});

it("a stage that somebody else works off too says so, on its page and in the API", async () => {
  const titles = Array.from({ length: 200 }, (_, i) => `unit-${i}`);
  const project = await EmulatedProject.create("Plain", titles);
  scripts.plain.run = () => "Good";
  project.intercept = (request, send) => (request.url.endsWith("/actions") ? send().then(send) : null);
  await project.run("Plain");
  const place = `stages/${PROJECT}/${project.stageUuid("Plain")}`;
  const client = ConsoleClient.local();
  expect((await client.get(`/console/${place}`)).text).toContain("left the stage by another hand meanwhile");
  const { warning } = JSON.parse((await client.get(`/api/${place}`)).text) as { warning: string };
  expect(warning).toContain("left the stage by another hand meanwhile");
});

it("a project that Encord does not show keeps its place, with the reason, and no secret", async () => {
  const project = await EmulatedProject.create("Plain", []);
  project.intercept = () => Promise.resolve(Response.json({ message: "no" }, { status: 403 }));
  const { status, text } = await ConsoleClient.local().get("/console");
  expect(status).toBe(200);
  expect(text).toContain("could not be read from Encord");
  expect(text).not.toContain("PRIVATE KEY");
});

it("a deployment that lacks settings tells those whom it lets in which, without their values", async () => {
  const client = new ConsoleClient({
    origin: "http://127.0.0.1:8787",
    environment: { ENVIRONMENT: "development", ENCORD_SSH_KEY: "not-a-key" },
  });
  const { status, text } = await client.get("/console");
  expect(status).toBe(503);
  expect(text).toContain("ENCORD_SSH_KEY");
  expect(text).not.toContain("not-a-key");
});

it("the stage page filters, searches and turns pages", async () => {
  const titles = Array.from({ length: 53 }, (_, i) => `unit-${String(i).padStart(2, "0")}`);
  const project = await EmulatedProject.create("Plain", titles);
  await project.wake("Plain");
  await project.queue("Plain").pause();
  await project.drain("Plain");
  const stage = `/console/stages/${PROJECT}/${project.stageUuid("Plain")}`;
  const client = ConsoleClient.local();
  const rows = (text: string) => text.match(/<tr data-key=/g)?.length ?? 0;
  const first = await client.get(stage);
  expect(rows(first.text)).toBe(50);
  expect(first.text).toContain("Paused: no task starts by itself");
  const next = /href="([^"]+)" rel="next"/.exec(first.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const second = await client.get(next);
  expect(rows(second.text)).toBe(3);
  expect(second.text).not.toContain('rel="next"');
  expect(rows((await client.get(`${stage}?search=UNIT-07`)).text)).toBe(1);
  expect((await client.get(`${stage}?state=failed`)).text).toContain("No task matches this filter.");
  expect(first.text.length).toBeLessThan(60_000);
});

it("each action is done, told on the next page, and written into the audit list with who and when", async () => {
  const { project, failed, stage } = await workedOff();
  const client = await ConsoleClient.signedIn("operator");
  const act = (fields: Record<string, string | string[]>) => client.act(stage, `${stage}/actions`, fields);
  expect(await after(client, await act({ action: "pause" }))).toContain("Paused. Running tasks may end");
  expect((await project.queue("Plain").status()).paused).toBe(true);
  const retried = await after(client, await act({ action: "retry", task: failed }));
  expect(retried).toContain("1 task given all its attempts again.");
  expect(retried).toContain("By now: 1 pending");
  // What was retried is in front already.
  expect(await after(client, await act({ action: "run all" }))).toContain(
    "No task had to be moved to the front.",
  );
  const again = await after(client, await act({ action: "retry", task: failed }));
  expect(again).toContain(
    "1 task skipped. Only tasks that failed, timed out or were canceled can be retried.",
  );
  expect(await after(client, await act({ action: "go live" }))).toContain("Live: tasks run as they arrive");

  const audit = (await client.get("/console/audit")).text;
  for (const kind of ["go live", "retry", "run", "pause", "sign in"])
    expect(audit).toContain(`<b>${kind}</b>`);
  expect(audit).toContain("operator token");
  expect(audit).toMatch(/<time datetime="\d{4}-\d\d-\d\dT/);
});

it("an action on all tasks tells how far it is, counting only what ended since", async () => {
  const { project, stage } = await workedOff();
  const client = ConsoleClient.local();
  const answer = await client.act(stage, `${stage}/actions`, { action: "retry all" });
  const first = await after(client, answer);
  expect(first).toContain("1 task given all its attempts again. Canceled tasks are left alone");
  expect(first).toContain("The stage since then: 1 pending</p>");
  scripts.plain.run = () => "Good";
  await project.drain("Plain");
  // Without JavaScript: the same page again.
  expect(await after(client, answer)).toContain("The stage since then: 1 succeeded</p>");
});

it("cancelling and moving ask first, with how many, and do nothing until they are confirmed", async () => {
  const { project, failed, tasks, stage } = await workedOff();
  const client = ConsoleClient.local();
  const act = (fields: Record<string, string | string[]>) => client.act(stage, `${stage}/actions`, fields);
  await act({ action: "pause" });
  await act({ action: "retry", task: failed });
  const asked = await act({ action: "cancel", task: failed });
  expect(asked.status).toBe(200);
  expect(asked.text).toContain("Cancel 1 task?");
  expect((await project.queue("Plain").task(failed))?.state).toBe("pending");
  const done = await after(client, await act({ action: "cancel", task: failed, confirmed: "yes" }));
  expect(done).toContain("1 task canceled.");

  const move = { action: "move", task: failed, destination: project.stageUuid("Annotate") };
  expect((await act(move)).text).toContain("Move 1 task to “Annotate”?");
  expect(project.standing("Annotate")).toEqual([]);
  const moved = await after(client, await act({ ...move, confirmed: "yes" }));
  expect(moved).toContain("1 task moved to Annotate.");
  expect(project.standing("Annotate")).toEqual(["b"]);
  expect(tasks).toHaveLength(3);
});

it("a form that asks for nothing sensible is told what is missing, and leads nowhere else", async () => {
  const { project, failed, stage } = await workedOff();
  const client = ConsoleClient.local();
  const act = (fields: Record<string, string>) => client.act(stage, `${stage}/actions`, fields);
  expect((await act({ action: "run" })).text).toContain("Select tasks first.");
  expect((await act({ action: "move", task: failed })).text).toContain("Choose the stage to move");
  expect((await act({ action: "explode", task: failed })).status).toBe(400);
  for (const back of ["https://evil.test/console", "//evil.test/console", "/agents", "javascript:alert(1)"]) {
    const { headers } = await act({ action: "pause", back });
    expect(headers.get("location"), back).toMatch(/^\/console\/stages\/[^?]+\?result=\d+$/);
  }
  await project.queue("Plain").goLive();
  expect((await client.get(`/console/stages/${PROJECT}/${crypto.randomUUID()}`)).status).toBe(404);
  expect((await client.get("/console/nowhere")).status).toBe(404);
  const put = new Request(`${client.origin}/console`, { method: "PUT", body: "x" });
  expect((await client.send(put)).status).toBe(405);
});

it("the task page tells every attempt with its cost and its error", async () => {
  const { failed, stage } = await workedOff();
  const { text } = await ConsoleClient.local().get(`${stage}/tasks/${failed}`);
  expect(text.match(/<li class="attempt is-bad"/g)).toHaveLength(3);
  expect(text).toContain("visit 1, attempt 3");
  expect(text).toContain("no opinion &lt;script&gt;");
  expect(text).toContain("0 frames decoded");
  expect(text).toMatch(/value="retry"/);
  const unknown = `${stage}/tasks/${crypto.randomUUID()}`;
  for (const path of [unknown, `${unknown}/picture`]) {
    expect((await ConsoleClient.local().get(path)).status).toBe(404);
  }
});

it("the agents page gives the URL and the decisions; testing and calling an agent is told and written down", async () => {
  await EmulatedProject.create("Plain", []);
  const client = ConsoleClient.local();
  const page = (await client.get("/console/agents")).text;
  expect(page).toContain('value="http://127.0.0.1:8787/agents/greeter"');
  expect(page).toContain("<code>Good</code>");
  const tested = await client.act("/console/agents", "/console/agents/greeter/test", {});
  expect(await after(client, tested)).toContain("greeter answered 200");

  const address = `https://app.encord.com/label_editor/${PROJECT}/da7a0000-0000-4000-8000-000000000000/7`;
  const call = (fields: Record<string, string>) =>
    client.act("/console/agents", "/console/agents/greeter/call", fields);
  expect((await call({ address: "nonsense" })).status).toBe(400);
  expect((await call({ address })).text).toContain("This is a real call");
  expect(await after(client, await call({ address, confirmed: "yes" }))).toContain("Hello, frame 7");
  await vi.waitFor(async () => {
    expect((await client.get("/console/agents")).text).toMatch(
      /Last calls[\s\S]*<code class="hash">da7a0000-0000[\s\S]*, 7<\/td>/,
    );
  });
  const unknown = await client.act("/console/agents", "/console/agents/nobody/test", {});
  expect(unknown.status).toBe(404);
});

it("of the calls of an agent the newest are kept, the newest first", async () => {
  const log = exports.OperatorLog.getByName("calls-of-the-pages-test");
  const call = { status: 200, ms: 1, projectHash: PROJECT, dataHash: "d", frame: 0 };
  await log.called({ ...call, agent: "other", at: 0 });
  for (let at = 1; at <= 22; at++) await log.called({ ...call, agent: "greeter", at });
  const kept = Array.from({ length: 20 }, (_, i) => 22 - i);
  expect((await log.calls()).map(({ at }) => at)).toEqual([...kept, 0]);
});

it("a call from the console is signed as Encord signs, where there is a secret", async () => {
  const { lines } = await EmulatedProject.create("Plain", []);
  const environment = {
    ...settings,
    ENVIRONMENT: "development",
    ENCORD_WEBHOOK_SECRET: "whsec-of-the-console",
  };
  const client = new ConsoleClient({ origin: "http://127.0.0.1:8787", environment });
  const address = `https://app.encord.com/label_editor/${PROJECT}/da7a0000-0000-4000-8000-000000000000/7`;
  const fields = { address, confirmed: "yes" };
  const called = await client.act("/console/agents", "/console/agents/greeter/call", fields);
  expect(await after(client, called)).toContain("Hello, frame 7");
  expect(lines.filter(({ event }) => event === "signature_not_checked")).toEqual([]);
});

it("the style sheet and the script may be kept for good, because their address changes with them", async () => {
  const page = (await ConsoleClient.local().get("/console/agents")).text;
  const assets = [...page.matchAll(/(?:href|src)="(\/console\/assets\/[^"]+)"/g)].map(
    (found) => found[1] ?? "",
  );
  expect(assets).toHaveLength(2);
  let transferred = page.length;
  for (const path of assets) {
    const { status, headers, text } = await new ConsoleClient().get(path);
    expect(status, path).toBe(200);
    expect(headers.get("cache-control")).toContain("immutable");
    transferred += text.length;
  }
  expect(transferred).toBeLessThan(60_000);
  expect((await ConsoleClient.local().get("/console/assets/other.css")).status).toBe(404);
});

it("the audit list goes from page to page, and knows what did not end", async () => {
  const log = exports.OperatorLog.getByName("operators");
  const started = await log.begin({ who: "ada", by: "access", kind: "pause", subject: "never ended" });
  for (let i = 0; i < 55; i++) {
    await log.end(await log.begin({ who: "ada", by: "access", kind: "pause" }), { ok: true });
  }
  const client = ConsoleClient.local();
  const older = /href="(\/console\/audit\?before=\d+)"/.exec((await client.get("/console/audit")).text)?.[1];
  const page = (await client.get(older ?? "")).text;
  expect(page).toContain("never ended");
  expect(page).toContain("It has not ended, or the Worker was lost");
  expect((await log.action(started))?.result).toBeNull();
});

it("of an action on very many tasks the audit list tells how many they were, and names the first", async () => {
  const log = exports.OperatorLog.getByName("operators");
  const tasks = Array.from({ length: 2500 }, () => crypto.randomUUID());
  const id = await log.begin({ who: "ada", by: "api", kind: "cancel", subject: "Plain", tasks });
  expect(await log.action(id)).toMatchObject({ tasks: tasks.slice(0, 1000), taskCount: 2500 });
  expect((await ConsoleClient.local().get("/console/audit")).text).toContain("2,500 tasks");
});

it("the audit list shows what another queue had run here, and leads to its tasks", async () => {
  const { project, failed, stage } = await workedOff();
  scripts.plain.run = () => "Good";
  const task = project.emulator.tasks().find(({ uuid }) => uuid === failed);
  const spec = {
    uuid: failed,
    data_hash: task?.dataHash,
    data_title: "b",
    label_branch_name: task?.branchName,
    updated_at: task?.updatedAt,
  };
  const client = ConsoleClient.local();
  const path = `${stage.replace("/console", "/api")}/run-task`;
  const body = JSON.stringify(spec);
  const answer = await client.send(new Request(client.origin + path, { method: "POST", body }));
  expect(answer.status).toBe(200);
  const audit = (await client.get("/console/audit")).text;
  expect(audit).toContain("<b>run for another queue</b>");
  expect(audit).toContain(`<a href="${stage}/tasks/${failed}">1 task</a>`);
});

it("times are told as people say them", () => {
  const now = Date.UTC(2026, 0, 1);
  expect(relative(now - 200, now)).toBe("just now");
  expect(relative(now - 12_400, now)).toBe("12 s ago");
  expect(relative(now + 180_000, now)).toBe("in 3 min");
  expect(clock(now + 30_664_120)).toBe("08:31:04.120");
  expect([999, 1000, 1_400_000].map(bytes)).toEqual(["999 B", "1.0 kB", "1.4 MB"]);
  expect([duration(840), duration(4200), duration(5 * 3_600_000), duration(3 * 86_400_000)]).toEqual([
    "840 ms",
    "4.2 s",
    "5 h",
    "3 d",
  ]);
});
