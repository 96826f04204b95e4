/** Dry runs and pictures on the console: what would happen is told, nothing is written at Encord. */

import { defineAgents, editorAgent, taskAgent } from "encord-edge-agents";
import type { LabelRow } from "encord-edge-agents/encord";
import { decodeImage, Frame } from "encord-edge-agents/media";
import { afterEach, expect, it, vi } from "vitest";
import { createLog } from "../../src/agent/log.ts";
import { editorAddress, readDataUnit, readFrame } from "../../src/console/data-unit-address.ts";
import { type AgentChoice, TrialRunner } from "../../src/console/trial-runner.ts";
import { readSettings } from "../../src/settings.ts";
import { EmulatedProject, settings } from "../queue/emulated-project.ts";
import { scripts } from "../queue/scripted-agents.ts";
import { ConsoleClient, PROJECT } from "./console-client.ts";

afterEach(() => vi.restoreAllMocks());

const DATA = "da7a0000-0000-4000-8000-000000000000";
const PAGE = "/console/playground";

/** A wide picture and a broken one, waiting in the stage of an agent that looks at pictures. */
async function pictures() {
  const wide = new Frame({
    frame: 0,
    width: 1600,
    height: 400,
    data: new Uint8Array(1600 * 400 * 3).fill(90),
  });
  const png = await wide.encode("png");
  const media = { "wide.png": png, "broken.png": png.slice(0, 60) };
  const data = Object.keys(media).map((title) => ({ title, media: title, width: 1600, height: 400 }));
  const project = await EmulatedProject.create("Frames", data, media);
  return { project, stage: `/console/stages/${PROJECT}/${project.stageUuid("Frames")}` };
}

function addQuality(labelRow: LabelRow): void {
  const instance = labelRow.ontologyStructure.getChildByTitle("Quality", "classification").createInstance();
  instance.setAnswer(labelRow.ontologyStructure.getChildByTitle("Good", "option"));
  instance.setForFrames({ frames: 0 });
  labelRow.addClassificationInstance(instance);
}

/** All that a write could change. */
function state({ emulator }: EmulatedProject): unknown {
  const { count: _requests, ...rest } = emulator.snapshot() as unknown as Record<string, unknown>;
  return rest;
}

function imageIn(text: string) {
  const base64 = /src="data:image\/png;base64,([^"]+)"/.exec(text)?.[1] ?? "";
  return decodeImage(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}

it("a dry run tells the pathway, the labels, the cost and the picture, writes nothing, and is in the audit list", async () => {
  const { project } = await pictures();
  scripts.frames.run = ({ labelRow }) => {
    addQuality(labelRow);
    return { pathway: "Good", labelRow, labelRowPriority: 1 };
  };
  const before = state(project);
  const client = ConsoleClient.local();
  const { status, text } = await client.act(PAGE, PAGE, { agent: "stage:frames", unit: DATA });
  expect(status).toBe(200);
  expect(text).toMatch(/<span class="badge is-succeeded">Good<\/span>/);
  expect(text).toMatch(/<td>added<\/td><td><b>Quality<\/b>/);
  expect(text).toContain("Quality: Good");
  expect(text).toMatch(/Frames decoded<\/dt><dd>1<\/dd>/);
  const [, writes, listed = ""] = /(\d) writes were withheld([\s\S]*?)<\/details>/.exec(text) ?? [];
  expect(listed.match(/<code>/g)).toHaveLength(Number(writes));
  expect(await imageIn(text)).toMatchObject({ width: 1024, height: 256 });
  expect(state(project)).toEqual(before);
  const audit = (await client.get("/console/audit")).text;
  expect(audit).toContain("<b>dry run</b>");
  expect(audit).toContain(`frames on ${DATA}`);
  expect(audit).toContain("Nothing was written.");
});

it("two agents stand side by side, one that fails beside one that answers", async () => {
  await pictures();
  scripts.plain.run = () => {
    throw new Error("no opinion on https://storage.test/x?signature=abc <script>");
  };
  const unit = `https://app.encord.com/label_editor/${PROJECT}/${DATA}/0`;
  const form = { agent: "stage:plain", other: "editor:greeter", unit, frame: "4" };
  const { text } = await ConsoleClient.local().act(PAGE, PAGE, form);
  expect(text.match(/<article class="card"/g)).toHaveLength(2);
  expect(text).toContain('<span class="badge is-failed">Fails</span>');
  expect(text).toContain("no opinion on https://storage.test/x?[redacted] &lt;script&gt;");
  expect(text).toContain("Hello, frame 4");
  // An image has no fifth frame; the answer stands all the same.
  expect(text).toContain("No picture: ");
  expect(text).toMatch(/<option value="editor:greeter" selected="">/);
});

it("two settings of one agent stand side by side, each with the values that it ran with", async () => {
  await pictures();
  const client = ConsoleClient.local();
  const settings = {
    "agent.GREETING_TIMES": "",
    "other.GREETING_TIMES": " 3 ",
    "other.GREETING_LOUD": "true",
  };
  const form = { agent: "editor:greeter", other: "editor:greeter", unit: DATA, ...settings };
  const { status, text } = await client.act(PAGE, PAGE, form);
  expect(status).toBe(200);
  expect(text).toContain("Hello, frame 0<");
  expect(text).toContain("Hello Hello Hello, frame 0!");
  const cards = text.split('<article class="card"').slice(1);
  expect(cards).toHaveLength(2);
  expect(cards[0]).toMatch(/<dt>GREETING_TIMES<\/dt><dd>1<\/dd>/);
  expect(cards[1]).toMatch(/<dt>GREETING_TIMES<\/dt><dd><b>3<\/b> <span class="quiet">deployed: 1</);
  expect(cards[1]).toMatch(/<dt>GREETING<\/dt><dd>Hello<\/dd>/);
  // The form as it was filled in, to change one thing and try again.
  expect(text).toMatch(/name="other.GREETING_TIMES"[^>]* value="3"/);
  expect(text).toMatch(/name="other.GREETING_LOUD"[\s\S]*?<option value="true" selected="">/);
  const audit = (await client.get("/console/audit")).text;
  expect(audit).toContain("(GREETING_TIMES = 3, GREETING_LOUD = true): Hello Hello Hello, frame 0!");
});

it("the settings of the chosen agents are asked for before anything runs", async () => {
  await pictures();
  const run = vi.fn(() => "Good" as const);
  scripts.plain.run = run;
  const client = ConsoleClient.local();
  const form = { agent: "stage:plain", other: "editor:greeter", unit: "", settings: "1" };
  const { status, text } = await client.act(PAGE, PAGE, form);
  expect(status).toBe(200);
  expect(text).not.toContain('name="agent.GREETING');
  expect(text).toMatch(/<label for="other.GREETING_TIMES"><code>GREETING_TIMES<\/code><\/label>/);
  expect(text).toMatch(/<select id="other.GREETING"[\s\S]*<option value="Good &lt;day&gt;">/);
  expect(text).toMatch(/id="other.GREETING_TIMES-about">How often. Deployed: 1</);
  expect(text).not.toContain('role="alert"');
  expect(run).not.toHaveBeenCalled();
  const linked = await client.get(`${PAGE}?agent=editor:greeter&agent.GREETING_TIMES=2&withoutLabels=1`);
  expect(linked.text).toMatch(/name="agent.GREETING_TIMES"[^>]* value="2"/);
  expect(linked.text).toMatch(/name="withoutLabels" value="1" checked=""/);
});

it("a wrong value is said beside its field, the first of them has the focus, and nothing runs", async () => {
  const { project } = await pictures();
  const asked = project.requests.length;
  const client = ConsoleClient.local();
  const form = {
    agent: "editor:greeter",
    other: "editor:greeter",
    unit: DATA,
    frame: "last",
    "agent.GREETING_TIMES": "<often>",
    "other.GREETING": "Bye",
  };
  const { status, text } = await client.submit(PAGE, { csrf: await csrfOf(client), ...form });
  expect(status).toBe(400);
  expect(text).toContain("Nothing was run: 3 fields need another value.");
  const message = /id="agent.GREETING_TIMES-wrong">([^<]*)</.exec(text)?.[1];
  expect(message).toMatch(/^The variable GREETING_TIMES must be a number; it is .*&lt;often&gt;/);
  const field = /<input id="agent.GREETING_TIMES"[^>]*>/.exec(text)?.[0];
  expect(field).toContain('aria-invalid="true"');
  expect(field).toContain('aria-describedby="agent.GREETING_TIMES-wrong agent.GREETING_TIMES-about"');
  expect(field).toContain('value="&lt;often&gt;"');
  expect(text.match(/autofocus/g)).toHaveLength(1);
  expect(field).toContain("autofocus");
  expect(text).toMatch(/id="other.GREETING-wrong">The variable GREETING must be one of/);
  expect(text).toMatch(/id="frame-wrong">A frame is a whole number/);
  expect(text).not.toContain("<article");
  expect(project.requests.slice(asked).join()).not.toContain("label");
});

it("a trial begins without labels when it is told to", async () => {
  const { project } = await pictures();
  const seen: number[] = [];
  scripts.frames.run = ({ labelRow }) => {
    seen.push(labelRow.getClassificationInstances().length);
    if (seen.length === 1) addQuality(labelRow);
    return { pathway: "Good", labelRow };
  };
  await project.run("Frames");
  const client = ConsoleClient.local();
  const form = { agent: "stage:frames", unit: DATA };
  await client.act(PAGE, PAGE, form);
  const { text } = await client.act(PAGE, PAGE, { ...form, withoutLabels: "1" });
  expect(seen).toEqual([0, 1, 0]);
  expect(text).toContain("as if it had no labels");
  expect(text).toMatch(/name="withoutLabels" value="1" checked=""/);
  expect((await client.get("/console/audit")).text).toContain("(without labels): Good");
});

it("what names no agent, no data unit or a project of others is refused, with the form as it was filled in", async () => {
  const { project } = await pictures();
  const client = ConsoleClient.local();
  const asked = project.requests.length;
  for (const [form, reason] of [
    [{ agent: "stage:frames", unit: "a <b>" }, "This is not a data unit."],
    [{ agent: "stage:nobody", unit: DATA }, "Choose an agent of this deployment."],
    [{ agent: "stage:frames", unit: `${crypto.randomUUID()}/${DATA}` }, "does not serve the project"],
    [{ agent: "stage:frames", unit: DATA, frame: "-1" }, "A frame is a whole number"],
  ] as const) {
    const { status, text } = await client.submit(PAGE, { csrf: await csrfOf(client), ...form });
    expect(status, reason).toBe(400);
    expect(text).toContain(reason);
    expect(text).toContain(`value="${form.unit.replaceAll("<", "&lt;").replaceAll(">", "&gt;")}"`);
  }
  expect(project.requests.slice(asked).join()).not.toContain("label");
  const gone = `${PROJECT}/${crypto.randomUUID()}`;
  const { status, text } = await client.act(PAGE, PAGE, { agent: "stage:plain", unit: gone });
  expect([status, text.includes("has no data unit")]).toEqual([200, true]);
});

it("only operators run agents, and only from a page of the console", async () => {
  await pictures();
  const run = vi.fn(() => "Good" as const);
  scripts.plain.run = run;
  const viewer = await ConsoleClient.signedIn("viewer");
  expect((await viewer.get(PAGE)).text).toContain("You may look, but not run agents.");
  const form = { agent: "stage:plain", unit: DATA };
  expect((await viewer.act("/console", PAGE, form)).status).toBe(403);
  const operator = await ConsoleClient.signedIn("operator");
  expect((await operator.submit(PAGE, form)).status).toBe(403);
  expect((await new ConsoleClient().submit(PAGE, form)).status).toBe(401);
  expect(run).not.toHaveBeenCalled();
  expect((await operator.act(PAGE, PAGE, form)).status).toBe(200);
  expect(run).toHaveBeenCalledOnce();
});

it("a task's picture is made when it is asked for, not with the page, and makes no labels", async () => {
  const { project, stage } = await pictures();
  await project.wake("Frames");
  await project.queue("Frames").pause();
  await project.drain("Frames");
  const client = await ConsoleClient.signedIn("viewer");
  const task = (await project.tasks("Frames")).find((each) => each.dataTitle === "wide.png")?.uuid;
  const page = `${stage}/tasks/${task}`;
  const before = state(project);
  const asked = project.requests.length;
  expect((await client.get(page)).text).toContain(`href="${page}/picture"`);
  expect(project.requests.slice(asked).join()).not.toMatch(/storage|labelrow/);
  const { status, text, headers } = await client.get(`${page}/picture`);
  expect(status).toBe(200);
  expect(await imageIn(text)).toMatchObject({ width: 1024, height: 256 });
  expect(headers.get("content-security-policy")).toContain("img-src 'self' data:");
  expect(state(project)).toEqual(before);
  const elsewhere = new Request(`${client.origin}${page}/picture`, {
    headers: { "sec-fetch-site": "cross-site" },
  });
  expect((await client.send(elsewhere)).status).toBe(403);
  expect((await client.get(`${page}/picture?frame=7`)).text).toContain("No picture: ");
  expect((await new ConsoleClient().get(`${page}/picture`)).status).toBe(401);
});

it("a picture that cannot be decoded is told with the reason", async () => {
  const { project, stage } = await pictures();
  scripts.frames.run = () => "Good";
  await project.run("Frames");
  const broken = (await project.tasks("Frames")).find((each) => each.state === "failed")?.uuid;
  const { status, text } = await ConsoleClient.local().get(`${stage}/tasks/${broken}/picture`);
  expect(status).toBe(200);
  expect(text).toMatch(/No picture: .*(cannot be decoded|cut off|ends before)/);
});

it("a deployment whose agents look at no frames carries no decoder, and says so", async () => {
  await pictures();
  const blind = new TrialRunner(defineAgents({ agents: [editorAgent({ name: "blind", run: () => null })] }));
  const unit = { projectHash: PROJECT, dataHash: DATA, frame: 0 };
  const read = readSettings(settings);
  const log = createLog({ write: () => {} });
  const picture = await blind.currentPicture(read, log, unit);
  expect(picture).toEqual({ error: expect.stringContaining("it carries no decoder") });
  const [choice] = blind.choices;
  const trial = await blind.run(read, log, choice as AgentChoice, unit);
  expect(trial).toMatchObject({ error: null, result: { message: null, labels: [] }, picture });
});

it("an agent that does not end is told to, and the page does not wait for it", async () => {
  await pictures();
  let told: unknown = null;
  const endless = taskAgent({
    name: "endless",
    stage: "Plain",
    run: (_input, { signal }) =>
      new Promise<null>(() => {
        signal.addEventListener("abort", () => {
          told = signal.reason;
        });
      }),
  });
  const runner = new TrialRunner(defineAgents({ agents: [endless] }), { run: 100, picture: 100 });
  const log = createLog({ write: () => {} });
  const unit = { projectHash: PROJECT, dataHash: DATA, frame: 0 };
  const trial = await runner.run(readSettings(settings), log, runner.choices[0] as AgentChoice, unit);
  expect(trial).toMatchObject({ result: null, error: '"endless" did not end within 0.1 seconds.' });
  expect(told).toMatchObject({ code: "too-long" });
});

it("tasks of the stages are suggested", async () => {
  const { project } = await pictures();
  await project.wake("Frames");
  await project.queue("Frames").pause();
  await project.drain("Frames");
  const { text } = await ConsoleClient.local().get(`${PAGE}?unit=${PROJECT}/${DATA}&agent=stage:frames`);
  expect(text).toContain(`<option value="${PROJECT}/${DATA}">wide.png, Frames</option>`);
  expect(text).toMatch(/<option value="stage:frames" selected="">/);
});

it("data units are known by their address; Encord's editor by the domain, by the origins of a custom one, or why there is none", () => {
  const address = `https://app.us.encord.com/label_editor/${PROJECT}/${DATA.toUpperCase()}/12?x=1`;
  expect(readDataUnit(address)).toEqual({ projectHash: PROJECT, dataHash: DATA, frame: 12 });
  expect(readDataUnit(` ${DATA} `, PROJECT)).toEqual({ projectHash: PROJECT, dataHash: DATA, frame: 0 });
  expect(readDataUnit(DATA)).toBeNull();
  expect([" 7 ", "0", "", "-1", "1.5", null].map(readFrame)).toEqual([
    7,
    0,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  const link = (domain: string, changes = {}) =>
    editorAddress(readSettings({ ...settings, ...changes, ENCORD_DOMAIN: domain }), PROJECT, DATA);
  const path = `label_editor/${PROJECT}/${DATA}`;
  expect(link("EU")).toEqual({ url: `https://app.encord.com/${path}` });
  expect(link("US")).toEqual({ url: `https://app.us.encord.com/${path}` });
  expect(link("https://api.acme.encord.com")).toEqual({ url: `https://app.acme.encord.com/${path}` });
  const origins = { ENCORD_CORS_ORIGINS: "https://labels.acme.test, https://other.acme.test" };
  expect(link("https://encord.acme.test", origins)).toEqual({ url: `https://labels.acme.test/${path}` });
  expect(link("https://encord.acme.test")).toEqual({ none: expect.stringContaining("ENCORD_CORS_ORIGINS") });
  expect(link("https://api.encord.com.acme.test")).toHaveProperty("none");
  expect(link("http://127.0.0.1:9000", { ENVIRONMENT: "development" })).toEqual({
    none: "An emulator has no Label Editor.",
  });
});

async function csrfOf(client: ConsoleClient): Promise<string> {
  return /name="csrf" value="([^"]+)"/.exec((await client.get(PAGE)).text)?.[1] ?? "";
}
