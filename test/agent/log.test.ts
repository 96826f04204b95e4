import { expect, it } from "vitest";
import { createLog, describeError, redact } from "../../src/agent/log.ts";

it("no registered secret and no query of a URL gets into a line", () => {
  const lines: string[] = [];
  const log = createLog({ secrets: ["s3cret"], write: (_level, line) => lines.push(line) });
  const cause = new Error("GET https://storage.test/a.jpg?signature=abc&expires=1 failed");
  log.with({ agent: "s3cret-agent" }).warn("failed", {
    error: new Error("key s3cret refused", { cause }),
    nested: { url: "https://storage.test/b.png?sig=1#x" },
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/s3cret|signature|sig=1/);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "warn",
    event: "failed",
    agent: "[redacted]-agent",
    error: "key [redacted] refused (cause: GET https://storage.test/a.jpg?[redacted] failed)",
  });
});

it("what cannot be written as JSON does not fail who logs it", () => {
  const lines: string[] = [];
  const log = createLog({ write: (_level, line) => lines.push(line) });
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  log.info("odd", { count: 10n });
  log.info("circle", { circle });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ event: "odd", count: "10" });
  expect(JSON.parse(lines[1] ?? "")).toMatchObject({ event: "circle", fieldsNotWritten: expect.any(String) });
});

it("an error of any length becomes a line that can be read", () => {
  const lines: string[] = [];
  const log = createLog({ secrets: ["s3cret"], write: (_level, line) => lines.push(line) });
  // The secret stands where the text is cut.
  log.error("failed", { error: new Error(`${"x".repeat(1997)}s3cret${"x".repeat(1e6)}`) });
  expect(lines[0]?.length).toBeLessThan(2200);
  expect(lines[0]).not.toContain("s3c");
});

it("anything thrown can be described", () => {
  expect(describeError("text")).toBe("text");
  expect(describeError(new TypeError())).toBe("TypeError");
  expect(redact("plain text with a ? mark")).toBe("plain text with a ? mark");
});
