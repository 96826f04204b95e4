import { afterEach, expect, it, vi } from "vitest";
import { readAccessToken } from "../../src/console/access-token.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const SECONDS = NOW / 1000;
const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const { privateKey, publicKey } = (await crypto.subtle.generateKey(RSA, true, [
  "sign",
  "verify",
])) as CryptoKeyPair;
const jwk = (await crypto.subtle.exportKey("jwk", publicKey)) as JsonWebKey;

afterEach(() => vi.restoreAllMocks());

let teams = 0;

/** A team of its own, for keys are remembered; `list` is what it publishes, which a test may change. */
function team() {
  const issuer = `https://team-${++teams}.cloudflareaccess.com`;
  const claims = { iss: issuer, aud: "tag", exp: SECONDS + 60, email: "ada@example.com" };
  const published = { list: (): unknown => ({ keys: [{ ...jwk, kid: "1" }] }) };
  const fetched = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    expect(String(input)).toBe(`${issuer}/cdn-cgi/access/certs`);
    expect(init).toMatchObject({ redirect: "manual", signal: expect.any(AbortSignal) });
    const list = published.list();
    return list instanceof Response ? list : Response.json(list);
  });
  const read = async (changed: object = {}, now = NOW, kid = "1") =>
    readAccessToken(await signed({ ...claims, ...changed }, kid), { issuer, audience: "tag" }, now);
  return { issuer, published, fetched, read };
}

async function signed(claims: unknown, kid: string, alg = "RS256"): Promise<string> {
  const text = [{ alg, kid }, claims].map((part) => base64url(JSON.stringify(part))).join(".");
  const signature = await crypto.subtle.sign(RSA, privateKey, new TextEncoder().encode(text));
  return `${text}.${base64url(String.fromCharCode(...new Uint8Array(signature)))}`;
}

function base64url(binary: string): string {
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

it("a token is believed from its beginning to its end, give or take half a minute", async () => {
  const { read } = team();
  for (const times of [{ exp: SECONDS - 29 }, { nbf: SECONDS + 30 }, { nbf: SECONDS - 3600 }])
    expect(await read(times), JSON.stringify(times)).toBe("ada@example.com");
  for (const times of [
    { exp: SECONDS - 30 },
    { exp: undefined },
    { exp: String(SECONDS + 60) },
    { nbf: SECONDS + 31 },
    { nbf: "yesterday" },
    { nbf: null },
  ])
    expect(await read(times), JSON.stringify(times)).toBeNull();
});

it("the audience may be one of several, the issuer is the team alone", async () => {
  const { read } = team();
  expect(await read({ aud: ["other", "tag"] })).toBe("ada@example.com");
  expect(await read({ aud: ["other"] })).toBeNull();
  expect(await read({ aud: undefined })).toBeNull();
  expect(await read({ iss: "https://other.cloudflareaccess.com" })).toBeNull();
});

it("a person is known by the email in small letters, a service by its token's name, and who has no name is nobody", async () => {
  const { read } = team();
  expect(await read({ email: "Ada@Example.com" })).toBe("ada@example.com");
  expect(await read({ email: undefined, common_name: "deploy.access" })).toBe("deploy.access");
  for (const email of ["", 1, undefined]) expect(await read({ email }), String(email)).toBeNull();
});

it("a token that is changed in any part is nobody's, and so is what is no token", async () => {
  const { issuer, read } = team();
  expect(await read()).not.toBeNull();
  const adas = { iss: issuer, aud: "tag", exp: SECONDS + 60, email: "ada@example.com" };
  const good = await signed(adas, "1");
  const [head = "", claims = "", signature = ""] = good.split(".");
  const access = { issuer, audience: "tag" };
  expect(await readAccessToken(good, access, NOW)).toBe("ada@example.com");
  const part = (value: unknown) => base64url(JSON.stringify(value));
  const others = part({ ...adas, email: "eve@example.com" });
  for (const forged of [
    `${head}.${others}.${signature}`,
    `${head}.${claims}.${base64url("x".repeat(256))}`,
    `${part({ alg: "none", kid: "1" })}.${claims}.${signature}`,
    `${part({ alg: "RS256" })}.${claims}.${signature}`,
    `${good}.${signature}`,
    `${good}==`,
    `${head}.${claims}.a`,
    await signed(adas, "1", "PS256"),
    `${base64url("{")}.${claims}.${signature}`,
    `${head}.${base64url("{")}.${signature}`,
    "a.b.c",
    "",
  ])
    expect(await readAccessToken(forged, access, NOW), forged).toBeNull();
});

it("what is signed but holds no claims is nobody's", async () => {
  const { issuer, read } = team();
  expect(await read()).not.toBeNull();
  for (const claims of [null, "text", 1])
    expect(await readAccessToken(await signed(claims, "1"), { issuer, audience: "tag" }, NOW)).toBeNull();
});

it("the keys are asked for once an hour", async () => {
  const { fetched, read } = team();
  await read();
  await read({}, NOW + 1000);
  expect(fetched).toHaveBeenCalledTimes(1);
  const later = NOW + 60 * 60_000;
  await read({ exp: later }, later - 1);
  expect(fetched).toHaveBeenCalledTimes(1);
  await read({ exp: later }, later);
  expect(fetched).toHaveBeenCalledTimes(2);
});

it("a key that is not known is asked for, at most every half minute", async () => {
  const { published, fetched, read } = team();
  await read();
  published.list = () => ({ keys: [{ ...jwk, kid: "2" }] });
  expect(await read({}, NOW + 29_999, "2")).toBeNull();
  expect(fetched).toHaveBeenCalledTimes(1);
  expect(await read({}, NOW + 30_000, "2")).toBe("ada@example.com");
  expect(await read({}, NOW + 59_999, "3")).toBeNull();
  expect(fetched).toHaveBeenCalledTimes(2);
  expect(await read({}, NOW + 30_001, "1"), "withdrawn").toBeNull();
});

it("a known key stays valid while the list cannot be fetched", async () => {
  const { published, read } = team();
  await read();
  for (const [hours, list] of [
    () => {
      throw new TypeError("no connection");
    },
    () => new Response("<html>", { status: 200 }),
    () => Response.json({ keys: [{ ...jwk, kid: "9" }] }, { status: 500 }),
    () => ({}),
  ].entries()) {
    published.list = list;
    const now = NOW + (hours + 1) * 3_600_000;
    expect(await read({ exp: now / 1000 }, now), String(list)).toBe("ada@example.com");
  }
});

it("nobody is believed where no key was ever had", async () => {
  const { published, read } = team();
  published.list = () => new Response("", { status: 503 });
  expect(await read()).toBeNull();
});

it("keys of other kinds in the list are passed over", async () => {
  const { published, read } = team();
  published.list = () => ({ keys: [{ kty: "EC", kid: "0" }, jwk, { ...jwk, kid: "1" }] });
  expect(await read()).toBe("ada@example.com");
});
