import { expect, it } from "vitest";
import { Attempt } from "../../src/console/parts/attempt.tsx";
import type { AttemptRow } from "../../src/queue/stage-history.ts";
import { EmulatedProject } from "../queue/emulated-project.ts";
import { scripts } from "../queue/scripted-agents.ts";
import { ConsoleClient, PROJECT } from "./console-client.ts";

const CLAIMED = Date.UTC(2026, 0, 1, 8, 0, 0);

const whole: AttemptRow = {
  visit: 1,
  attempt: 1,
  claimedAt: CLAIMED,
  endedAt: CLAIMED + 10_000,
  outcome: "moved",
  detail: null,
  waitedMs: 1000,
  effort: {
    fetchMs: 1000,
    runMs: 5000,
    saveMs: 500,
    moveMs: 250,
    fetchedBytes: 1_400_000,
    decodedFrames: 12,
    requests: 2.5,
  },
  log: null,
};

const render = (changes: Partial<AttemptRow> = {}, newest = false) =>
  String(Attempt({ attempt: { ...whole, ...changes }, now: CLAIMED + 60_000, newest }));

/** Each phase as a screen reader has it. */
function phases(html: string): string[] {
  return [...html.matchAll(/<div><dt>(.*?)<\/dt><dd>(.*?)<\/dd><\/div>/g)].map(
    ([, name = "", value = ""]) => `${spoken(name)}: ${spoken(value)}`,
  );
}

const spoken = (html: string) =>
  html.replace(/<span[^>]* aria-hidden="true">[^<]*<\/span>/g, "").replace(/<[^>]+>/g, "");

function widths(html: string): Record<string, number> {
  const bars = html.matchAll(/<rect class="fill-(\w+)" x="[\d.]+" width="([\d.]+)"/g);
  return Object.fromEntries([...bars].map(([, name, width]) => [name, Number(width)]));
}

it("the phases of an attempt stand there with their numbers, and as a bar to scale", () => {
  const html = render();
  expect(phases(html)).toEqual([
    "Waited: 1.0 s",
    "Fetched ahead: 1.0 s",
    "Agent ran: 5.0 s",
    "Saved: 500 ms",
    "Moved: 250 ms",
    "Waited in its batch: 3.3 s",
  ]);
  expect(html).toContain("1.4 MB of media fetched, 12 frames decoded, 2.5 requests to Encord");
  const { waited = 0, fetched, ran = 0, saved = 0, moved = 0, held = 0 } = widths(html);
  expect(waited).toBe(fetched);
  expect(ran / waited).toBeGreaterThan(4);
  expect(waited + (fetched ?? 0) + ran + saved + moved + held).toBeLessThan(600);
});

it("a phase that was not reached is said to be none, and is not drawn", () => {
  const effort = {
    fetchMs: 100,
    runMs: null,
    saveMs: null,
    moveMs: null,
    fetchedBytes: 0,
    decodedFrames: 1,
    requests: 1,
  };
  const html = render({ effort, outcome: "failed" });
  expect(phases(html)).toContain("Agent ran: none");
  expect(Object.keys(widths(html))).toEqual(["waited", "fetched", "held"]);
  expect(html).toContain("1 frame decoded");
});

it("an attempt whose worker was lost tells how long it had it; one of an older release does not know how long it waited", () => {
  expect(phases(render({ effort: null, waitedMs: null, outcome: "failed" }))).toEqual([
    "Waited: none",
    "With a worker: 10 s",
  ]);
});

it("a wait of hours leaves the work its room in the bar, and says so", () => {
  const html = render({ waitedMs: 5 * 3_600_000 });
  expect(phases(html)[0]).toBe("Waited: 5 h (drawn shorter)");
  expect(widths(html).ran).toBeGreaterThan(100);
});

it("phases longer than the attempt, or none at all, break nothing", () => {
  expect(phases(render({ endedAt: CLAIMED })).at(-1)).toBe("Waited in its batch: 0 ms");
  const html = render({ endedAt: CLAIMED, waitedMs: 0, effort: null });
  expect(html).not.toContain("NaN");
  expect(html).toContain('class="fill-none"');
});

it("the log of an attempt is there with level, time, event and fields; open where something just went wrong", () => {
  const log = {
    lines: [
      {
        at: CLAIMED + 1234,
        level: "info" as const,
        event: "seen",
        fields: { boxes: 3, ok: true, none: null },
      },
      { at: CLAIMED + 2000, level: "warn" as const, event: "odd", fields: { why: "<b>&" } },
    ],
    dropped: 1200,
  };
  const html = render({ log, outcome: "failed" }, true);
  expect(spoken(html)).toContain("Log: 2 lines, older lines dropped: 1,200");
  expect(spoken(html)).toContain("08:00:01.234 info seen boxes=3 ok=true none=null");
  expect(html).toContain("&lt;b&gt;&amp;");
  expect(html).toContain('<details open=""');
  expect(render({ log, outcome: "failed" })).not.toContain("open=");
  expect(render({ log }, true)).not.toContain("open=");
  expect(spoken(render({ log: { ...log, dropped: 0 } }))).not.toContain("dropped");
  expect(render()).not.toContain("<details");
});

it("what an agent logged while it ran stands on the task's page, beside each of its attempts", async () => {
  const project = await EmulatedProject.create("Plain", ["a"]);
  scripts.plain.run = (_given, { log }) => {
    log.info("thinking", { about: "<i>", list: [1, 2] });
    throw new Error("no opinion");
  };
  await project.run("Plain");
  const [task] = await project.tasks("Plain");
  const path = `/console/stages/${PROJECT}/${project.stageUuid("Plain")}/tasks/${task?.uuid}`;
  const { text } = await ConsoleClient.local().get(path);
  expect(text.match(/<b>thinking<\/b>/g)).toHaveLength(3);
  expect(text).toContain("&lt;i&gt;");
  expect(text).toContain("[1,2]");
  expect(text.match(/<details open/g)).toHaveLength(1);
});

it("of a task that was tried very often, the newest attempts are shown, and the others when asked for", async () => {
  const project = await EmulatedProject.create("Plain", ["a"]);
  scripts.plain.run = () => {
    throw new Error("no opinion");
  };
  await project.run("Plain");
  const [task] = await project.tasks("Plain");
  for (let i = 0; i < 3; i++) {
    await project.queue("Plain").retryTasks([task?.uuid ?? ""]);
    await project.drain("Plain");
  }
  const path = `/console/stages/${PROJECT}/${project.stageUuid("Plain")}/tasks/${task?.uuid}`;
  const attempts = (text: string) => text.match(/<li class="attempt/g)?.length;
  const short = (await ConsoleClient.local().get(path)).text;
  expect(attempts(short)).toBe(10);
  expect(short).toContain("attempt 12,");
  expect(short).toContain('<a href="?attempts=all">Show 2 older</a>');
  const long = (await ConsoleClient.local().get(`${path}?attempts=all`)).text;
  expect(attempts(long)).toBe(12);
  expect(long).not.toContain("older</a>");
});
