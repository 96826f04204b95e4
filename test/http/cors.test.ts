import { Hono } from "hono";
import { expect, it } from "vitest";
import { cors, isAllowedOrigin } from "../../src/http/cors.ts";
import vectors from "../fixtures/vectors/cors-origins.json";

it("the origins of Encord's app may call, and no others", () => {
  for (const { origin, allowed } of vectors.cases) {
    // The Python library's pattern forgets to escape one dot; ours does not.
    const expected = allowed && origin !== "https://cord-ai-development--a-b.webXapp";
    expect(isAllowedOrigin(origin, null), origin).toBe(expected);
  }
});

it("an origin that only looks like Encord's may not call", () => {
  for (const origin of [
    "https://evil.example?https://app.encord.com",
    "https://appXencord.com",
    "https://app.usXencord.com",
    "https://app.encordXcom",
    "https://cord-ai-development--a-bXweb.app",
  ]) {
    expect(isAllowedOrigin(origin, null), origin).toBe(false);
  }
});

it("a deployment's own origins replace Encord's", () => {
  expect(isAllowedOrigin("https://encord.example.com", ["https://encord.example.com"])).toBe(true);
  expect(isAllowedOrigin("https://app.encord.com", ["https://encord.example.com"])).toBe(false);
});

const app = new Hono().use(cors(() => null)).post("/fails", () => {
  throw new Error("inside");
});
app.onError((_error, c) => c.json({ message: "failed" }, 500));

it("a preflight from an allowed origin is answered with what may be sent, without credentials", async () => {
  const response = await app.request("/fails", {
    method: "OPTIONS",
    headers: { Origin: "https://app.encord.com", "Access-Control-Request-Method": "POST" },
  });
  expect(response.status).toBe(204);
  expect(Object.fromEntries(response.headers)).toEqual({
    "access-control-allow-origin": "https://app.encord.com",
    "access-control-allow-methods": "POST",
    "access-control-allow-headers":
      "Content-Type, X-Encord-Editor-Agent, X-Encord-Agent, X-Cloud-Trace-Context, Authorization",
    "access-control-max-age": "3600",
    vary: "Origin",
  });
});

it("a preflight from another origin is refused with 403 and no allowance", async () => {
  const response = await app.request("/fails", {
    method: "OPTIONS",
    headers: { Origin: "https://evil.example", "Access-Control-Request-Method": "POST" },
  });
  expect(response.status).toBe(403);
  expect(Object.fromEntries(response.headers)).toEqual({ vary: "Origin" });
});

it("a call is no preflight, whatever headers it carries", async () => {
  const response = await app.request("/fails", {
    method: "POST",
    headers: { Origin: "https://app.encord.com", "Access-Control-Request-Method": "POST" },
  });
  expect(response.status).toBe(500);
});

it("answers carry the headers also when they are errors or nothing is found", async () => {
  for (const [path, status] of [
    ["/fails", 500],
    ["/nowhere", 404],
  ] as const) {
    const response = await app.request(path, {
      method: "POST",
      headers: { Origin: "https://app.us.encord.com" },
    });
    expect(response.status).toBe(status);
    expect(response.headers.get("access-control-allow-origin")).toBe("https://app.us.encord.com");
    expect(response.headers.get("vary")).toBe("Origin");
  }
});
