import { expect, it } from "vitest";
import { createLog, describeError, redact } from "../../src/agent/log.ts";
import { quotable } from "../../src/encord/errors.ts";

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

it("a line stays readable whatever is handed over: long texts, pictures, names of its own, whole tables", () => {
  const lines: string[] = [];
  const log = createLog({ secrets: ["s3cret"], write: (_level, line) => lines.push(line) });
  log.with({ agent: "a" }).info("odd", {
    level: 7,
    event: "other",
    text: "x".repeat(1e6),
    frame: { data: new Uint8Array(25e6) },
    "https://storage.test/a?sig=1": "s3cret",
  });
  log.with({ agent: "a" }).info("table", { rows: Array.from({ length: 100_000 }, (_, i) => i) });
  log.with({ table: "x".repeat(5) }).info("getter", {
    get value() {
      throw new Error("no value");
    },
  });
  const [odd, table, getter] = lines.map((line) => JSON.parse(line));
  expect(odd).toMatchObject({
    level: "info",
    event: "odd",
    agent: "a",
    frame: { data: "25000000 bytes" },
    "https://storage.test/a?[redacted]": "[redacted]",
  });
  expect(odd.text).toHaveLength(10_001);
  expect(table).toEqual({
    level: "info",
    event: "table",
    agent: "a",
    fieldsNotWritten: expect.stringMatching(/^The line would have \d+ characters; it may have 100000\.$/),
  });
  expect(getter).toMatchObject({ event: "getter", fieldsNotWritten: "no value" });
});

it("anything thrown can be described", () => {
  expect(describeError("text")).toBe("text");
  expect(describeError(new TypeError())).toBe("TypeError");
  expect(redact("plain text with a ? mark")).toBe("plain text with a ? mark");
  expect(describeError(undefined)).toBe("undefined was thrown.");
  expect(describeError("")).toBe("An empty text was thrown.");
  expect(describeError(Symbol("s"))).toBe("Symbol(s) was thrown.");
  expect(describeError({ message: "from elsewhere" })).toBe("from elsewhere");
  expect(describeError({ code: 5 })).toBe('An object was thrown: {"code":5}');
  expect(describeError(Object.create(null))).toBe("An object was thrown: {}");
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  expect(describeError(circle)).toBe("Something was thrown that cannot be described.");
  const hidden = new Error("hidden");
  Object.defineProperty(hidden, "message", {
    get() {
      throw new Error("no");
    },
  });
  expect(describeError(hidden)).toBe("Something was thrown that cannot be described.");
});

it("causes are told once, and not for ever", () => {
  const own = new Error("own");
  own.cause = own;
  expect(describeError(own)).toBe("own");
  const [one, other] = [new Error("one"), new Error("other")];
  one.cause = other;
  other.cause = one;
  expect(describeError(one).length).toBeLessThan(200);
  const said = new Error("because of that");
  expect(describeError(new Error(`It failed because of that.`, { cause: said }))).toBe(
    "It failed because of that.",
  );
});

it("lines below the level that is set cost nothing; debug is not written by default", () => {
  const levelsOf = (options: { level?: "debug" | "warn" }) => {
    const written: string[] = [];
    const log = createLog({ ...options, write: (level) => written.push(level) });
    const unread = {
      toJSON() {
        throw new Error("This line is not written.");
      },
    };
    log.debug("a", options.level === "debug" ? {} : { unread });
    log.info("b", options.level === "warn" ? { unread } : {});
    log.warn("c");
    log.with({ agent: "a" }).error("d");
    return written;
  };
  expect(levelsOf({})).toEqual(["info", "warn", "error"]);
  expect(levelsOf({ level: "debug" })).toEqual(["debug", "info", "warn", "error"]);
  expect(levelsOf({ level: "warn" })).toEqual(["warn", "error"]);
});

it("a text made to be slow is cleaned in no time", () => {
  const hostile = `${"http://".repeat(100_000)}?signature=abc`;
  const started = performance.now();
  expect(redact(hostile)).not.toContain("signature");
  expect(quotable(hostile)).toHaveLength(501);
  // Looked at from each of its beginnings it would take a minute.
  expect(performance.now() - started).toBeLessThan(2000);
});
