import { expect, it } from "vitest";
import { createLog } from "../../src/agent/log.ts";
import { AttemptRecorder } from "../../src/queue/attempt-log.ts";

it("a kept line is the one on the console, without secrets and without what every line of the task has", () => {
  const written: string[] = [];
  const console = createLog({ secrets: ["s3cret"], write: (_level, line) => written.push(line) });
  const recorder = new AttemptRecorder(["s3cret"]);
  const log = recorder.ofAgent(console.with({ task: "t" }));
  const url = "https://storage.test/a.png?sig=1";
  log
    .with({ model: "m1" })
    .info("seen", { cats: 2, boxes: [1, 2], key: "s3cret", url, error: new Error(url) });
  expect(JSON.parse(written[0] ?? "")).toMatchObject({ task: "t", model: "m1", key: "[redacted]" });
  expect(recorder.read()).toEqual({
    lines: [
      {
        at: expect.any(Number),
        level: "info",
        event: "seen",
        fields: {
          model: "m1",
          cats: 2,
          boxes: "[1,2]",
          key: "[redacted]",
          url: "https://storage.test/a.png?[redacted]",
          error: "https://storage.test/a.png?[redacted]",
        },
      },
    ],
    dropped: 0,
  });
});

it("of the library's own lines warnings are kept, and of a silent attempt nothing", () => {
  const recorder = new AttemptRecorder([]);
  const log = recorder.ofLibrary(createLog({ write: () => {} }));
  log.info("asset_fetched", { bytes: 1 });
  expect(recorder.read()).toBeNull();
  log.warn("deprecated");
  expect(recorder.read()?.lines).toMatchObject([{ level: "warn", event: "deprecated" }]);
});

it("long lines leave fewer of them: the newest, within the bound", () => {
  const recorder = new AttemptRecorder([]);
  const log = recorder.ofAgent(createLog({ write: () => {} }));
  for (let i = 0; i < 10; i++) log.info(`line ${i}`, { text: "x".repeat(1900) });
  expect(recorder.read()?.lines.map(({ event }) => event)).toEqual(["line 6", "line 7", "line 8", "line 9"]);
  expect(recorder.read()?.dropped).toBe(6);
});
