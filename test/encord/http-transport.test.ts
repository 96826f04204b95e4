import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  EncordError,
  InvalidArgumentsError,
  RateLimitExceededError,
  RequestError,
  ResourceNotFoundError,
  UnknownError,
} from "../../src/encord/errors.ts";
import {
  HttpTransport,
  type HttpTransportOptions,
  type RequestReport,
} from "../../src/encord/http-transport.ts";
import { bearerAuthentication } from "../../src/encord/signing.ts";

type Answer = Response | Error | (() => Response | Promise<Response>);

/** A transport whose answers are given; what was sent and slept is noted. */
function transportWith(answers: Answer[], options: Partial<HttpTransportOptions> = {}) {
  const sent: { url: string; init: RequestInit }[] = [];
  const sleeps: number[] = [];
  let traces = 0;
  const transport = new HttpTransport({
    domain: "https://api.test",
    authentication: bearerAuthentication("token-in-secret"),
    userAgent: "test/1",
    fetch: async (input, init) => {
      sent.push({ url: String(input), init: init as RequestInit });
      const answer = answers.shift();
      if (answer === undefined) throw new Error("This test has no more answers.");
      if (answer instanceof Error) throw answer;
      return answer instanceof Response ? answer : answer();
    },
    now: () => Date.parse("2025-06-01T12:00:00Z"),
    sleep: async (ms) => {
      sleeps.push(ms);
    },
    traceContext: () => `${String(++traces).padStart(32, "0")}/1;o=1`,
    ...options,
  });
  return { transport, sent, sleeps };
}

async function failure(work: Promise<unknown>): Promise<EncordError> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(EncordError);
  return thrown as EncordError;
}

const get = { method: "GET", path: "projects/p" } as const;
const json = (value: unknown, status = 200, headers = {}) => Response.json(value, { status, headers });

describe("every answer becomes a value or a typed error", () => {
  it("a retry resends the same request: same trace id, same headers", async () => {
    const { transport, sent, sleeps } = transportWith([json({}, 503), json({}, 503), json({ fine: true })]);
    expect(await transport.v2(get)).toEqual({ fine: true });
    expect(sleeps).toEqual([3000]);
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map((each) => JSON.stringify(each.init.headers))).size).toBe(1);
  });

  it("PATCH and DELETE are not repeated after they reached the server", async () => {
    for (const method of ["PATCH", "DELETE"] as const) {
      const { transport, sent } = transportWith([json({}, 503), json({})]);
      expect(await failure(transport.v2({ method, path: "x" }))).toBeInstanceOf(UnknownError);
      expect(sent).toHaveLength(1);
    }
  });

  it("PATCH is repeated when the connection was never made", async () => {
    const { transport, sent } = transportWith([new Error("ECONNREFUSED"), json({ done: 1 })]);
    expect(await transport.v2({ method: "PATCH", path: "x", body: {} })).toEqual({ done: 1 });
    expect(sent).toHaveLength(2);
  });

  it("429 after all retries carries the seconds to wait, also from a date", async () => {
    const date = { "Retry-After": "Sun, 01 Jun 2025 12:00:07 GMT" };
    const { transport } = transportWith([1, 2, 3, 4].map(() => json({}, 429, date)));
    const error = await failure(transport.v2(get));
    expect(error).toBeInstanceOf(RateLimitExceededError);
    expect(error).toMatchObject({ retryAfterSeconds: 7, retryable: true, status: 429 });
  });

  it("a long Retry-After is handed to the caller instead of being slept", async () => {
    const { transport, sleeps } = transportWith([json({}, 429, { "Retry-After": "3600" })]);
    expect(await failure(transport.v2(get))).toMatchObject({ retryAfterSeconds: 3600 });
    expect(sleeps).toEqual([]);
  });

  it("a body that breaks off counts as a lost connection", async () => {
    const broken = () => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"results": ['));
          controller.error(new Error("Network connection lost."));
        },
      });
      return new Response(body);
    };
    const { transport, sent } = transportWith([broken, json([1])]);
    expect(await transport.v2(get)).toEqual([1]);
    expect(sent).toHaveLength(2);
  });

  it("HTML with status 200 is an error that quotes its beginning", async () => {
    const { transport } = transportWith([new Response("<html>hello</html>")]);
    const error = await failure(transport.v2(get));
    expect(error).toBeInstanceOf(RequestError);
    expect(error.message).toContain("<html>hello");
  });

  it("redirects are not followed", async () => {
    const { transport, sent } = transportWith([
      new Response(null, { status: 302, headers: { Location: "https://evil.test/" } }),
    ]);
    expect(await failure(transport.v2(get))).toMatchObject({ status: 302 });
    expect(sent[0]?.init.redirect).toBe("manual");
  });

  it("204 is fine only where nothing is expected", async () => {
    const { transport } = transportWith([
      new Response(null, { status: 204 }),
      new Response(null, { status: 204 }),
    ]);
    expect(await transport.v2({ ...get, expects: "nothing" })).toBeNull();
    expect(await failure(transport.v2(get))).toBeInstanceOf(RequestError);
  });

  it("an error names what was called and the trace, and no secret", async () => {
    const { transport } = transportWith([
      json({ message: "see https://bucket.test/file?X-Signature=abc" }, 400),
    ]);
    const error = await failure(transport.v2({ ...get, query: { pageToken: "hidden" } }));
    expect(error).toBeInstanceOf(InvalidArgumentsError);
    expect(error.message).toContain("GET /v2/public/projects/p");
    expect(error.message).toContain(`trace ${"1".padStart(32, "0")}/1`);
    expect(error.message).not.toMatch(/X-Signature|hidden|token-in-secret/);
    expect(error).toMatchObject({ traceId: "1".padStart(32, "0"), spanId: "1", domain: "https://api.test" });
  });
});

describe("the legacy API", () => {
  const query = {
    resource: { type: "project", id: "p" },
    queryType: "labelrow",
    queryMethod: "GET",
    uid: ["x"],
    payload: {},
    retryable: true,
    expects: "list",
  } as const;

  it("looks at the status in the envelope, not at that of HTTP", async () => {
    const { transport } = transportWith([json({ status: 200, response: [1] }, 404)]);
    expect(await transport.legacy(query)).toEqual([1]);
  });

  it("says which resource is asked for, and asks for the user's own under a path of its own", async () => {
    const answer = () => json({ status: 200, response: [] });
    const { transport, sent } = transportWith([answer, answer]);
    await transport.legacy(query);
    await transport.legacy({ ...query, resource: null, scope: "user" });
    expect(sent.map(({ url }) => url)).toEqual(["https://api.test/public", "https://api.test/public/user"]);
    expect(sent.map(({ init }) => init.headers)).toMatchObject([
      { ResourceType: "project", ResourceID: "p" },
      { ResourceType: "", ResourceID: "" },
    ]);
  });

  it("null is a missing list, an empty list is a list", async () => {
    const { transport } = transportWith([
      json({ status: 200, response: null }),
      json({ status: 200, response: [] }),
    ]);
    expect(await failure(transport.legacy(query))).toBeInstanceOf(ResourceNotFoundError);
    expect(await transport.legacy(query)).toEqual([]);
  });

  it("an empty object is a missing object", async () => {
    const { transport } = transportWith([json({ status: 200, response: {} })]);
    expect(await failure(transport.legacy({ ...query, expects: "object" }))).toBeInstanceOf(
      ResourceNotFoundError,
    );
  });

  it("a write that is not confirmed is an error", async () => {
    const { transport } = transportWith([json({ status: 200, response: null })]);
    expect(await failure(transport.legacy({ ...query, expects: "written" }))).toBeInstanceOf(RequestError);
  });

  it("is not retried where it may not be repeated", async () => {
    const { transport, sent } = transportWith([json({ status: 500, response: ["UNKNOWN_ERROR"] }, 500)]);
    expect(await failure(transport.legacy({ ...query, retryable: false }))).toMatchObject({
      retryable: true,
    });
    expect(sent).toHaveLength(1);
  });
});

describe("time", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("a server that never answers is given up after the response timeout, and tried again", async () => {
    const silent = () => new Promise<Response>(() => {});
    const aborted = (init: RequestInit) =>
      new Promise<Response>((_, reject) => {
        init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      });
    const sent: RequestInit[] = [];
    const { transport } = transportWith([], {
      timeouts: { responseMs: 1000 },
      retry: { maxRetries: 1 },
      fetch: async (_, init) => {
        sent.push(init as RequestInit);
        return Promise.race([silent(), aborted(init as RequestInit)]);
      },
    });
    const work = failure(transport.v2(get));
    await vi.advanceTimersByTimeAsync(2000);
    const error = await work;
    expect(error).toBeInstanceOf(RequestError);
    expect(error.message).toContain("an answer did not come within 1 seconds");
    expect(sent).toHaveLength(2);
  });

  it("a body that stops flowing is given up after the silence timeout, and cancelled", async () => {
    let cancelled = false;
    const stalled = () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("["));
          },
          cancel() {
            cancelled = true;
          },
        }),
      );
    const { transport } = transportWith([stalled], { timeouts: { bodyMs: 500 }, retry: { maxRetries: 0 } });
    const work = failure(transport.v2(get));
    await vi.advanceTimersByTimeAsync(600);
    expect((await work).message).toContain("the rest of an answer did not come within 0.5 seconds");
    expect(cancelled).toBe(true);
  });
});

describe("connections", () => {
  it("at most six are open at once; the rest wait in line", async () => {
    let open = 0;
    let most = 0;
    const release: (() => void)[] = [];
    const { transport } = transportWith([], {
      fetch: async () => {
        open += 1;
        most = Math.max(most, open);
        await new Promise<void>((resolve) => release.push(resolve));
        open -= 1;
        return json(null);
      },
    });
    const all = Promise.all(Array.from({ length: 20 }, () => transport.v2(get)));
    for (let answered = 0; answered < 20; ) {
      await vi.waitFor(() => expect(release.length).toBeGreaterThan(0));
      release.shift()?.();
      answered += 1;
    }
    await all;
    expect(most).toBe(6);
  });

  it("a sleep between two attempts holds no connection", async () => {
    let wake = () => {};
    let calls = 0;
    const { transport } = transportWith([], {
      fetch: async () => (++calls <= 12 ? json({}, 503) : json(null)),
      sleep: () =>
        new Promise((resolve) => {
          const before = wake;
          wake = () => {
            before();
            resolve();
          };
        }),
    });
    // Six requests, each failing twice, all asleep before their third attempt.
    const sleeping = Array.from({ length: 6 }, () => transport.v2(get));
    await vi.waitFor(() => expect(calls).toBe(12));
    expect(await transport.v2(get)).toBeNull();
    wake();
    await Promise.all(sleeping);
  });
});

describe("each attempt is reported once", () => {
  it("with the ids taken out of the path", async () => {
    const reports: RequestReport[] = [];
    const { transport } = transportWith([json({}, 500), json("ok")], {
      onRequest: (report) => reports.push(report),
    });
    await transport.v2({ method: "GET", path: "projects/aaaa0001-0000-4000-8000-000000000001/datasets" });
    expect(reports).toEqual([
      {
        endpoint: "GET /v2/public/projects/{uuid}/datasets",
        status: 500,
        ms: 0,
        bytes: 2,
        attempt: 1,
        retryAfterSeconds: null,
      },
      {
        endpoint: "GET /v2/public/projects/{uuid}/datasets",
        status: 200,
        ms: 0,
        bytes: 4,
        attempt: 2,
        retryAfterSeconds: null,
      },
    ]);
  });
});

describe("the domain", () => {
  it.each(["https://api.us.encord.com", "https://api.us.encord.com/"])("may end in a slash: %s", (domain) => {
    expect(transportWith([], { domain }).transport.domain).toBe("https://api.us.encord.com");
  });

  it("may have a port, for an emulator", () => {
    expect(transportWith([], { domain: "http://127.0.0.1:8787" }).transport.domain).toBe(
      "http://127.0.0.1:8787",
    );
  });

  it.each([
    "api.encord.com",
    "ftp://api.encord.com",
    "https://api.encord.com/v2",
    "https://user@api.encord.com",
    "",
  ])("must be an origin: %j", (domain) => {
    expect(() => transportWith([], { domain })).toThrow(InvalidArgumentsError);
  });

  it.each([
    "https://me:hush@api.encord.com",
    "https:me:hush@api.encord.com",
    "https://me:hu/sh@api.encord.com",
  ])("is not shown with a password in it: %s", (domain) =>
    expect(() => transportWith([], { domain })).toThrow('it is "…@api.encord.com".'),
  );

  it("is the API's, not the app's", () => {
    const domain = "https://app.us.encord.com";
    expect(() => transportWith([], { domain })).toThrow("its API is at https://api.us.encord.com.");
  });
});
