import { SignJWT } from "jose/jwt/sign";
import { afterEach, expect, it, vi } from "vitest";
import { readConsoleSettings } from "../../src/console/console-settings.ts";
import { openSession, readSession, SESSION_SECONDS } from "../../src/console/session.ts";
import { EmulatedProject, settings } from "../queue/emulated-project.ts";
import { ConsoleClient, OPERATOR_TOKEN, PROJECT, VIEWER_TOKEN } from "./console-client.ts";

afterEach(() => vi.restoreAllMocks());

const PAGES = [
  "/console",
  "/console/agents",
  "/console/audit",
  `/console/stages/${PROJECT}/${PROJECT}`,
  "/console/x",
];

it("without configuration every page answers how to configure it, and nothing else", async () => {
  const client = new ConsoleClient({ environment: settings });
  for (const page of PAGES) {
    const { status, text } = await client.get(page);
    expect(status, page).toBe(403);
    expect(text).toContain("This console is closed");
    expect(text).toContain("wrangler secret put ADMIN_TOKEN");
    expect(text).not.toContain("Test project");
    expect(text).not.toContain("greeter");
  }
  expect((await client.submit("/console/sign-in", { token: "" })).status).toBe(403);
  expect((await client.submit("/console/agents/greeter/test", {})).status).toBe(403);
});

it("a token that is too short opens nothing, and the page says why without showing it", async () => {
  const client = new ConsoleClient({ environment: { ...settings, ADMIN_TOKEN: "too-short" } });
  const { status, text } = await client.get("/console");
  expect(status).toBe(403);
  expect(text).toContain("at least 20 characters");
  expect(text).not.toContain("too-short");
});

it("a console token is exchanged for a signed cookie that scripts cannot read", async () => {
  await EmulatedProject.create("Plain", []);
  const client = new ConsoleClient();
  expect((await client.get("/console")).status).toBe(401);
  const wrong = await client.submit("/console/sign-in", { token: `${OPERATOR_TOKEN}x` });
  expect(wrong.status).toBe(401);
  expect(wrong.text).toContain("not one of the console&#39;s tokens");
  expect(wrong.headers.get("set-cookie")).toBeNull();
  const right = await client.submit("/console/sign-in", { token: OPERATOR_TOKEN });
  expect(right.status).toBe(303);
  expect(right.headers.get("set-cookie")).toMatch(
    /^__Host-console=1\.operator\.\d+\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=43200$/,
  );
  expect(right.headers.get("set-cookie")).not.toContain(OPERATOR_TOKEN);
  const page = await client.get("/console");
  expect(page.status).toBe(200);
  expect(page.text).toContain("Test project");
  await client.act("/console", "/console/sign-out", {});
  expect((await client.get("/console")).status).toBe(401);
});

it("who signs in comes to the page that was asked for, and to no other site", async () => {
  await EmulatedProject.create("Plain", []);
  const client = new ConsoleClient();
  const asked = await client.get("/console/audit?before=7");
  const [, back = ""] = /name="back" value="([^"]*)"/.exec(asked.text) ?? [];
  expect(back).toBe("/console/audit?before=7");
  const wrong = await client.submit("/console/sign-in", { token: "wrong", back });
  expect(wrong.text).toContain(`name="back" value="${back}"`);
  const goes = async (to: string) =>
    (await client.submit("/console/sign-in", { token: OPERATOR_TOKEN, back: to })).headers.get("location");
  expect(await goes(back)).toBe(back);
  for (const elsewhere of [
    "https://evil.test/console",
    "//evil.test/console",
    "/agents",
    "/console/../api",
  ]) {
    client.cookie = "";
    expect(await goes(elsewhere)).toBe("/console");
  }
});

it("a cookie that was forged, has expired, or is of a token that was changed lets nobody in", async () => {
  const console = readConsoleSettings({ ADMIN_TOKEN: OPERATOR_TOKEN, CONSOLE_VIEWER_TOKEN: VIEWER_TOKEN });
  const now = Date.UTC(2026, 0, 1);
  const viewer = (await openSession(VIEWER_TOKEN, console, now))?.cookie ?? "";
  expect(await readSession(viewer, console, now)).toMatchObject({ role: "viewer" });
  expect(await readSession(viewer.replace("viewer", "operator"), console, now)).toBeNull();
  expect(await readSession(`${viewer.slice(0, -2)}AA`, console, now)).toBeNull();
  expect(await readSession(viewer.replace(/\.\d{13}\./, ".9999999999999."), console, now)).toBeNull();
  expect(await readSession(viewer, console, now + SESSION_SECONDS * 1000)).toBeNull();
  const changed = { ...console, viewerToken: "another-token-of-the-console-tests" };
  expect(await readSession(viewer, changed, now)).toBeNull();
  for (const text of ["", "1.operator", "x".repeat(5000)])
    expect(await readSession(text, console, now)).toBeNull();
});

it("who only looks is offered no action, and is refused one", async () => {
  const project = await EmulatedProject.create("Plain", ["a"]);
  await project.wake("Plain");
  const client = await ConsoleClient.signedIn("viewer");
  const stage = `/console/stages/${PROJECT}/${project.stageUuid("Plain")}`;
  const page = await client.get(stage);
  expect(page.text).toContain("read only");
  expect(page.text).not.toContain('name="action"');
  const refused = await client.act(stage, `${stage}/actions`, { action: "pause" });
  expect(refused.status).toBe(403);
  expect((await project.queue("Plain").status()).paused).toBe(false);
});

it("a form without the session's token, or from a page of another origin, changes nothing", async () => {
  const project = await EmulatedProject.create("Plain", ["a"]);
  await project.wake("Plain");
  const stage = `/console/stages/${PROJECT}/${project.stageUuid("Plain")}`;
  for (const client of [await ConsoleClient.signedIn("operator"), ConsoleClient.local()]) {
    const csrf = /name="csrf" value="([^"]+)"/.exec((await client.get(stage)).text)?.[1] ?? "";
    expect(csrf).not.toBe("");
    const action = { action: "pause", csrf };
    const path = `${stage}/actions`;
    const refusals = [
      await client.submit(path, { action: "pause" }),
      await client.submit(path, { action: "pause", csrf: `${csrf}x` }),
      await client.submit(path, action, { origin: "https://evil.test", "sec-fetch-site": "cross-site" }),
      await client.submit(path, action, { origin: "null" }),
      await client.submit(path, action, { "sec-fetch-site": "same-site" }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect((await project.queue("Plain").status()).paused).toBe(false);
    expect((await client.submit(path, action)).status).toBe(303);
    expect((await project.queue("Plain").status()).paused).toBe(true);
    await project.queue("Plain").goLive();
  }
  const other = await ConsoleClient.signedIn("operator");
  const stolen = /name="csrf" value="([^"]+)"/.exec((await other.get(stage)).text)?.[1] ?? "";
  const client = await ConsoleClient.signedIn("operator");
  expect((await client.submit(`${stage}/actions`, { action: "pause", csrf: stolen })).status).toBe(403);
});

it("local development is open on the loopback interface only, and says so", async () => {
  await EmulatedProject.create("Plain", []);
  const page = await ConsoleClient.local().get("/console");
  expect(page.status).toBe(200);
  expect(page.text).toContain("Local development: open to everybody on this computer");
  const rebound = new ConsoleClient({
    origin: "http://rebound.example.com:8787",
    environment: { ...settings, ENVIRONMENT: "development" },
  });
  expect((await rebound.get("/console")).status).toBe(403);
});

it("over plain http nobody can send a token", async () => {
  const client = new ConsoleClient({ origin: "http://agents.test" });
  expect((await client.submit("/console/sign-in", { token: OPERATOR_TOKEN })).status).toBe(403);
  const moved = await client.get("/console");
  expect([moved.status, moved.headers.get("location")]).toEqual([308, "https://agents.test/console"]);
});

it("whom Cloudflare Access lets in may look; who is listed may act", async () => {
  await EmulatedProject.create("Plain", []);
  const environment = { ...settings, CONSOLE_OPERATORS: "ada@example.com, @ops.example.com" };
  const pageOf = async (email: string) =>
    (await new ConsoleClient({ environment, access: { aud: "tag", email } }).get("/console")).text;
  expect(await pageOf("Ada@example.com")).not.toContain("read only");
  expect(await pageOf("someone@ops.example.com")).not.toContain("read only");
  expect(await pageOf("someone@ops.example.com.evil.test")).toContain("read only");
  expect(await pageOf("bob@example.com")).toContain("read only");
  const otherApplication = new ConsoleClient({
    environment: { ...environment, ACCESS_AUD: "other" },
    access: { aud: "tag", email: "ada@example.com" },
  });
  expect((await otherApplication.get("/console")).status).toBe(403);
});

it("the header with an email is never believed, and an Access JWT only when its signature, issuer and audience fit", async () => {
  const team = "https://team.cloudflareaccess.com";
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const { privateKey, publicKey } = (await crypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  await EmulatedProject.create("Plain", []);
  // Spying again yields the same spy: what it did must be taken out first.
  const toEncord = vi.mocked(globalThis.fetch).getMockImplementation() ?? globalThis.fetch;
  const jwk = { ...(await crypto.subtle.exportKey("jwk", publicKey)), kid: "1", alg: "RS256" };
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (url === `${team}/cdn-cgi/access/certs`) return Promise.resolve(Response.json({ keys: [jwk] }));
    return toEncord(input, init);
  });
  const jwt = (audience: string, expires: string, issuer = team) =>
    new SignJWT({ email: "ada@example.com" })
      .setProtectedHeader({ alg: "RS256", kid: "1" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(privateKey);
  const environment = { ...settings, ACCESS_TEAM_DOMAIN: team, ACCESS_AUD: "tag" };
  const statusWith = async (headers: Record<string, string>) =>
    (await new ConsoleClient({ environment, headers }).get("/console")).status;
  const good = await jwt("tag", "1 minute");
  expect(await statusWith({ "cf-access-jwt-assertion": good })).toBe(200);
  expect(await statusWith({ "cf-access-jwt-assertion": `${good.slice(0, -4)}AAAA` })).toBe(401);
  expect(await statusWith({ "cf-access-jwt-assertion": await jwt("other", "1 minute") })).toBe(401);
  expect(await statusWith({ "cf-access-jwt-assertion": await jwt("tag", "5 minutes ago") })).toBe(401);
  const elsewhere = await jwt("tag", "1 minute", "https://other.cloudflareaccess.com");
  expect(await statusWith({ "cf-access-jwt-assertion": elsewhere })).toBe(401);
  const [, claims = "", signature = ""] = good.split(".");
  const headed = (header: object, rest: string) =>
    `${btoa(JSON.stringify(header)).replaceAll("=", "")}.${claims}.${rest}`;
  const modulus = new TextEncoder().encode(String((jwk as JsonWebKey).n));
  const confused = await new SignJWT({ email: "ada@example.com" })
    .setProtectedHeader({ alg: "HS256", kid: "1" })
    .setIssuer(team)
    .setAudience("tag")
    .setExpirationTime("1 minute")
    .sign(modulus);
  for (const forged of [
    headed({ alg: "none", kid: "1" }, ""),
    headed({ alg: "none", kid: "1" }, signature),
    headed({ alg: "RS256", kid: "2" }, signature),
    headed({ alg: "RS256" }, signature),
    confused,
    `${good}.x`,
    "..",
    "a.b.c",
    "",
  ]) {
    expect(await statusWith({ "cf-access-jwt-assertion": forged }), forged).toBe(401);
  }
  expect(await statusWith({ "cf-access-authenticated-user-email": "ada@example.com" })).toBe(401);
});

it("every answer forbids scripts of others, framing and caching", async () => {
  await EmulatedProject.create("Plain", []);
  for (const client of [ConsoleClient.local(), new ConsoleClient(), await ConsoleClient.signedIn("viewer")]) {
    for (const page of PAGES) {
      const { headers, text } = await client.get(page);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy, page).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=/);
    }
  }
});
