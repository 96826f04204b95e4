import { describe, expect, it } from "vitest";
import {
  type AttemptFailure,
  neverConnected,
  RetryBudget,
  retryAfterSeconds,
} from "../../src/encord/retry.ts";

const NOW = Date.parse("2025-06-01T12:00:00Z");
const now = () => NOW;
const status = (code: number, retryAfter: string | null = null): AttemptFailure => {
  return { kind: "status", status: code, retryAfter };
};

/** The waits of a request that fails the same way every time. */
function waits(failure: AttemptFailure, options = {}, repeatable = true): number[] {
  const budget = new RetryBudget(options, repeatable, now);
  const seconds: number[] = [];
  for (;;) {
    const decision = budget.decide(failure);
    if (decision.kind !== "retry") return seconds;
    seconds.push(decision.waitSeconds);
  }
}

describe("retries follow the Python SDK's budget and waits", () => {
  it.each([413, 429, 500, 502, 503])(
    "status %i is retried three times: at once, after 3 s, after 6 s",
    (code) => {
      expect(waits(status(code))).toEqual([0, 3, 6]);
    },
  );

  it.each([200, 201, 204, 301, 400, 401, 403, 404, 405, 408, 409, 418, 422, 501, 504])(
    "status %i is not retried",
    (code) => {
      expect(waits(status(code))).toEqual([]);
    },
  );

  it("a lost connection and one never made have three retries each", () => {
    expect(waits({ kind: "read" })).toEqual([0, 3, 6]);
    expect(waits({ kind: "connect" })).toEqual([0, 3, 6]);
  });

  it("the budgets are separate, the waits grow over all of them", () => {
    const budget = new RetryBudget({}, true, now);
    const failures: AttemptFailure[] = [
      status(500),
      { kind: "read" },
      { kind: "connect" },
      status(502),
      { kind: "read" },
    ];
    expect(failures.map((failure) => budget.decide(failure))).toEqual(
      [0, 3, 6, 12, 24].map((waitSeconds) => ({ kind: "retry", waitSeconds })),
    );
  });

  it("ten retries are the end, whatever the budgets say, and no wait is longer than two minutes", () => {
    expect(waits(status(500), { maxRetries: 50 })).toEqual([0, 3, 6, 12, 24, 48, 96, 120, 120, 120]);
  });

  it("maxRetries 0 turns retries after an answer and after a lost connection off, not those of connecting", () => {
    expect(waits(status(500), { maxRetries: 0 })).toEqual([]);
    expect(waits({ kind: "read" }, { maxRetries: 0 })).toEqual([]);
    expect(waits({ kind: "connect" }, { maxRetries: 0 })).toEqual([0, 3, 6]);
    expect(waits({ kind: "connect" }, { connectRetries: 1, backoffFactor: 2 })).toEqual([0]);
  });

  it("the backoff factor scales the waits", () => {
    expect(waits(status(500), { backoffFactor: 0.5 })).toEqual([0, 1, 2]);
  });
});

describe("what may not arrive twice is not sent twice", () => {
  it("only a connection that was never made is tried again", () => {
    expect(waits(status(500), {}, false)).toEqual([]);
    expect(waits(status(429, "1"), {}, false)).toEqual([]);
    expect(waits({ kind: "read" }, {}, false)).toEqual([]);
    expect(waits({ kind: "connect" }, {}, false)).toEqual([0, 3, 6]);
  });
});

describe("Retry-After", () => {
  it("in seconds replaces every wait, the first too", () => {
    expect(waits(status(429, "7"))).toEqual([7, 7, 7]);
    expect(waits(status(503, " 11 "))).toEqual([11, 11, 11]);
  });

  it("as a date counts from now", () => {
    expect(waits(status(429, "Sun, 01 Jun 2025 12:00:20 GMT"))).toEqual([20, 20, 20]);
  });

  it.each(["0", "Sun, 01 Jun 2025 11:00:00 GMT"])("of no time is as good as none: %s", (header) => {
    expect(waits(status(429, header))).toEqual([0, 3, 6]);
  });

  it("does not make another status retryable", () => {
    expect(waits(status(504, "1"))).toEqual([]);
  });

  it.each(["1.5", "soon", "-1"])("that cannot be read ends the request: %s", (header) => {
    expect(new RetryBudget({}, true, now).decide(status(429, header))).toEqual({
      kind: "unreadable-retry-after",
    });
  });

  it("beyond two minutes is not waited for", () => {
    expect(new RetryBudget({}, true, now).decide(status(429, "120"))).toEqual({
      kind: "retry",
      waitSeconds: 120,
    });
    expect(new RetryBudget({}, true, now).decide(status(429, "121"))).toEqual({ kind: "stop" });
  });

  it("is read as seconds or as an HTTP date, and as nothing else", () => {
    expect(retryAfterSeconds("86400", NOW)).toBe(86400);
    expect(retryAfterSeconds("Sunday, 01-Jun-25 12:01:00 GMT", NOW)).toBe(60);
    expect(retryAfterSeconds("2025-06-01", NOW)).toBeNull();
    expect(retryAfterSeconds("", NOW)).toBeNull();
  });
});

describe("a failed fetch counts as never connected only when that is certain", () => {
  it.each([
    new Error("connect ECONNREFUSED 127.0.0.1:1"),
    new TypeError("fetch failed", { cause: Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }) }),
    new Error("internal error; reference = abc; DNS lookup failed."),
  ])("%s", (error) => {
    expect(neverConnected(error)).toBe(true);
  });

  it.each([new Error("Network connection lost."), new Error("ECONNRESET"), "text", null])("%s", (error) => {
    expect(neverConnected(error)).toBe(false);
  });
});
