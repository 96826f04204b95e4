import { describe, expect, it } from "vitest";
import * as agentErrors from "../../src/agent/errors.ts";
import { type Answer, legacyError, v2Error } from "../../src/encord/answer-error.ts";
import * as encordErrors from "../../src/encord/errors.ts";
import { EncordError, quotable } from "../../src/encord/errors.ts";

const NOW = Date.parse("2025-06-01T12:00:00Z");

function answer(status: number, body: unknown = {}, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: new Headers(headers),
    text: typeof body === "string" ? body : JSON.stringify(body),
    context: { endpoint: "GET /x", domain: "https://api.test" },
  };
}

const legacy = (code: string | null, status = 400, payload?: unknown): EncordError =>
  legacyError(answer(200), { status, response: code === null ? [] : [code], payload }, NOW);

describe("an error says whether the server objects to this request, or cannot serve any", () => {
  it.each([
    [400, "invalid-arguments", true, false],
    [401, "authentication", false, false],
    [403, "authorisation", false, false],
    [404, "resource-not-found", true, false],
    [405, "method-not-allowed", false, false],
    [408, "unknown", false, true],
    [409, "unknown", true, false],
    [413, "payload-too-large", true, false],
    [422, "unknown", true, false],
    [425, "unknown", false, true],
    [429, "rate-limit-exceeded", false, true],
    [500, "unknown", false, true],
    [503, "unknown", false, true],
    [504, "unknown", false, true],
    [201, "unknown", false, false],
    [302, "unknown", false, false],
  ])("v2 status %i is %s: refusal %s, retryable %s", (status, code, refusal, retryable) => {
    expect(v2Error(answer(status), NOW)).toMatchObject({ code, refusal, retryable, status });
  });

  it.each([
    ["INVALID_ARGUMENTS_ERROR", "invalid-arguments", true, false],
    ["RESOURCE_NOT_FOUND_ERROR", "resource-not-found", true, false],
    ["ANSWER_DICTIONARY_ERROR", "answer-dictionary", true, false],
    ["CORRUPTED_LABEL_ERROR", "corrupted-label", true, false],
    ["FEATURE_DOES_NOT_EXIST_ERROR", "feature-does-not-exist", true, false],
    ["MULTI_LABEL_LIMIT_ERROR", "multi-label-limit", true, false],
    ["RESOURCE_EXISTS_ERROR", "resource-exists", true, false],
    ["WRONG_PROJECT_TYPE_ERROR", "wrong-project-type", true, false],
    ["UNKNOWN_ERROR", "unknown", false, true],
    ["AUTHENTICATION_ERROR", "authentication", false, false],
    ["AUTHORISATION_ERROR", "authorisation", false, false],
    ["OPERATION_NOT_ALLOWED", "operation-not-allowed", false, false],
    ["SOMETHING_NEW", "server-error", true, false],
  ])("legacy code %s is %s: refusal %s, retryable %s", (serverCode, code, refusal, retryable) => {
    expect(legacy(serverCode)).toMatchObject({ code, refusal, retryable });
  });

  it("a legacy envelope without a code follows its status", () => {
    expect(legacy(null, 500)).toMatchObject({ code: "server-error", refusal: false, retryable: true });
    expect(legacy("SOMETHING_NEW", 503)).toMatchObject({ serverCode: "SOMETHING_NEW", retryable: true });
  });

  it("a legacy answer with HTTP status 429 and no code is the rate limit", () => {
    const error = legacyError(answer(429, {}, { "Retry-After": "9" }), { message: "slow down" }, NOW);
    expect(error).toMatchObject({ code: "rate-limit-exceeded", retryAfterSeconds: 9 });
  });
});

describe("the server's words", () => {
  it("are those of message, else of detail, a list as its JSON", () => {
    expect(v2Error(answer(400, { message: "m", detail: "d" }), NOW).reason).toBe("m");
    expect(v2Error(answer(400, { message: "", detail: "d" }), NOW).reason).toBe("d");
    expect(v2Error(answer(422, { detail: [{ msg: "x" }] }), NOW).reason).toBe('[{"msg":"x"}]');
  });

  it.each(["<html>", "null", "[]", '"text"', "", "{"])("are made up for a body that has none: %s", (body) => {
    expect(v2Error(answer(400, body), NOW).reason).toBe(
      "Provided payload is invalid and can't be processed.",
    );
  });

  it("lose the queries of URLs, where signatures stand, and what is too long", () => {
    const text = `see https://bucket.test/a?X-Goog-Signature=secret and http://b.test/?t=1 ${"x".repeat(1000)}`;
    const error = v2Error(answer(400, { message: text }), NOW);
    expect(error.message).not.toMatch(/secret|t=1/);
    expect(error.reason.length).toBeLessThan(520);
    expect(quotable("https://a.test/x#y no query")).toBe("https://a.test/x#y no query");
  });
});

describe("every error", () => {
  it("has its class's name, a message with where it happened, and a cause when there is one", () => {
    const cause = new Error("why");
    const error = new EncordError(
      "Reason.",
      { code: "x", hint: "Do this." },
      { endpoint: "GET /x", status: 400, cause },
    );
    expect(error.name).toBe("EncordError");
    expect(error.message).toBe("Reason. Do this. (GET /x, status 400)");
    expect(error.cause).toBe(cause);
    expect(v2Error(answer(404), NOW).name).toBe("ResourceNotFoundError");
  });

  it("says its name in the source, which a minifier leaves alone", () => {
    const exported: Record<string, unknown> = { ...encordErrors, ...agentErrors };
    const classes = Object.entries(exported).filter(([name]) => /^[A-Z].*Error$/.test(name));
    expect(classes.length).toBeGreaterThan(25);
    for (const [name, value] of classes) {
      const ErrorClass = value as new (...words: unknown[]) => Error;
      expect(new ErrorClass("", {}).name).toBe(name);
    }
  });
});

it.each([
  ["Sun, 01 Jun 2025 11:46:00 GMT", /clock of this computer is 14 minutes ahead of Encord's/],
  ["Sun, 01 Jun 2025 12:06:00 GMT", /clock of this computer is 6 minutes behind Encord's/],
  ["Sun, 01 Jun 2025 12:02:00 GMT", /Register the public key/],
  ["soon", /Register the public key/],
])("a refused signature tells of a wrong clock, and only then: Date %s", (date, message) => {
  expect(v2Error(answer(401, {}, { Date: date }), NOW).message).toMatch(message);
});
