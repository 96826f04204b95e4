import { describe, expect, it } from "vitest";
import { createEmulator } from "../emulator/index.ts";
import vectors from "../fixtures/vectors/auth.json";
import { legacy, listing, send, signLegacy, signV2, v2 } from "./signed-client.ts";
import { PROJECT, streetProject } from "./street-project.ts";

const street = () => createEmulator({ seed: streetProject() });

describe("the v2 signature", () => {
  it("is accepted with any method, query and body", async () => {
    const emulator = await street();
    expect((await v2(emulator, "GET", `projects/${PROJECT}`)).status).toBe(200);
    expect((await v2(emulator, "GET", "projects?titleLike=%25tree%25&descEq=")).json.results).toHaveLength(1);
    expect((await v2(emulator, "POST", "storage/items/get-bulk", { itemUuids: [] })).status).toBe(200);
  });

  it.each([
    ["of a key that is not registered", "not registered", { keyid: true }],
    ["of another key", "does not belong", { signature: true }],
    ["over another target", "does not belong", { url: true }],
    ["over another body", "Content-Digest", { body: true }],
    ["over another digest", "Content-Digest", { digest: true }],
    ["without a digest", "no Content-Digest", { noDigest: true }],
    ["without a signature", "no Signature", { noSignature: true }],
  ])("is refused with 401 when it is %s", async (_, reason, broken: Record<string, boolean>) => {
    const emulator = await street();
    const other = await createEmulator();
    const path = "storage/items/get-bulk";
    const body = { itemUuids: [], signUrls: false };
    const good = await signV2(emulator, "POST", path, body);
    const foreign = await signV2({ domain: emulator.domain, sshKey: other.sshKey }, "POST", path, body);
    const headers: Record<string, string> = { ...(broken.keyid ? foreign.headers : good.headers) };
    if (broken.signature) headers.Signature = foreign.headers.Signature ?? "";
    if (broken.digest) headers["Content-Digest"] = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
    if (broken.noDigest) delete headers["Content-Digest"];
    if (broken.noSignature) delete headers.Signature;
    const answer = await send(emulator, {
      ...good,
      headers,
      url: broken.url ? `${good.url}?x=1` : good.url,
      body: broken.body ? JSON.stringify({ itemUuids: [] }) : good.body,
    });
    expect(answer.status).toBe(401);
    expect(answer.json.message).toContain(reason);
  });

  it("is refused with 401 when it is too old or from the future", async () => {
    const emulator = await street();
    for (const offset of [-11 * 60_000, 5 * 60_000]) {
      const request = await signV2(emulator, "GET", `projects/${PROJECT}`, undefined, Date.now() + offset);
      const answer = await send(emulator, request);
      expect([answer.status, answer.json.message]).toEqual([401, expect.stringContaining("created")]);
    }
  });

  it("is asked for below the API's path only: elsewhere there is nothing to sign for", async () => {
    const emulator = await street();
    for (const path of ["", "/favicon.ico", "/v2/private/projects"])
      expect((await emulator.fetch(new Request(`${emulator.domain}${path}`))).status).toBe(404);
  });

  it("is refused with 401 on paths that do not exist as well, and 404 comes only after it", async () => {
    const emulator = await street();
    expect((await emulator.fetch(new Request(`${emulator.domain}/v2/public/nothing`))).status).toBe(401);
    expect((await v2(emulator, "GET", "nothing")).status).toBe(404);
    expect((await v2(emulator, "DELETE", `projects/${PROJECT}`)).status).toBe(405);
  });
});

describe("the legacy signature", () => {
  it("is accepted from a registered key", async () => {
    const emulator = await street();
    const answer = await legacy(emulator, ["project", PROJECT], ["labelrowmetadata", "GET"], null, listing());
    expect(answer.json.status).toBe(200);
    expect(answer.json.response).toHaveLength(5);
  });

  it("is refused in the envelope when key, body or signature are others", async () => {
    const emulator = await street();
    const other = await createEmulator();
    const target = ["project", PROJECT] as const;
    const query = ["labelrowmetadata", "GET"] as const;
    const good = await signLegacy(emulator, target, query, null, listing());
    const foreign = await signLegacy(
      { domain: emulator.domain, sshKey: other.sshKey },
      target,
      query,
      null,
      listing(),
    );
    const mixed = `${good.headers.Authorization?.split(":")[0]}:${foreign.headers.Authorization?.split(":")[1]}`;
    const refused = [
      { ...good, headers: foreign.headers },
      { ...good, headers: { ...good.headers, Authorization: mixed } },
      { ...good, body: `${good.body} ` },
      { ...good, headers: { ...good.headers, Authorization: "" } },
    ];
    for (const request of refused) {
      const { json } = await send(emulator, request);
      expect(json).toMatchObject({ status: 401, response: ["AUTHENTICATION_ERROR"] });
    }
  });
});

it("a bearer token that a key was traded for opens both APIs, and another one none", async () => {
  const emulator = await street();
  const { token } = (await v2(emulator, "GET", "user/bearer-token")).json;
  const get = (bearer: string) => ({
    url: `${emulator.domain}/v2/public/projects/${PROJECT}`,
    method: "GET",
    headers: { Authorization: `Bearer ${bearer}` },
    body: null,
  });
  expect((await send(emulator, get(token))).status).toBe(200);
  expect((await send(emulator, get("guessed"))).status).toBe(401);
  const list = await signLegacy(emulator, ["project", PROJECT], ["labelrowmetadata", "GET"], null, listing());
  const answer = await send(emulator, {
    ...list,
    headers: { ...list.headers, Authorization: `Bearer ${token}` },
  });
  expect(answer.json.status).toBe(200);
  const broken = { ...list, headers: { Authorization: `Bearer ${token}` }, body: '{"query_type": NaN}' };
  expect((await send(emulator, broken)).json).toMatchObject({
    response: ["INVALID_ARGUMENTS_ERROR"],
    payload: "The body is not JSON.",
  });
});

it("a key sees only the projects that it was given", async () => {
  const stranger = await createEmulator();
  const emulator = await createEmulator({
    seed: {
      ...streetProject(),
      keys: [{ publicKey: stranger.publicKey, projects: [], email: "who@example.com" }],
    },
  });
  const asStranger = {
    domain: emulator.domain,
    sshKey: stranger.sshKey,
    fetch: emulator.fetch.bind(emulator),
  };
  expect((await v2(asStranger, "GET", `projects/${PROJECT}`)).status).toBe(403);
  expect((await v2(asStranger, "GET", "projects")).json.results).toEqual([]);
  const list = await legacy(asStranger, ["project", PROJECT], ["labelrowmetadata", "GET"], null, listing());
  expect(list.json).toMatchObject({ response: ["AUTHORISATION_ERROR"] });
  expect((await v2(emulator, "GET", "projects/aaaa0001-0000-4000-8000-00000000dead")).status).toBe(404);
});

describe("requests that the Python SDK signed", () => {
  const { publicKeyHex } = vectors.key;
  for (const vector of vectors.vectors.filter(({ headers }) => !/Bearer/.test(JSON.stringify(headers)))) {
    it(`${vector.name} passes at its time`, async () => {
      const emulator = await createEmulator({
        seed: { projects: [], keys: [{ publicKey: publicKeyHex }] },
        now: () => (vector.nowUnixSeconds ?? 0) * 1000,
      });
      const headers = Object.entries(vector.headers as Record<string, string>);
      const response = await emulator.fetch(
        new Request(vector.url, {
          method: vector.method,
          headers: headers.filter(([name]) => !/^(content-length|host)$/i.test(name)),
          ...(vector.bodyText === null ? {} : { body: vector.bodyText }),
        }),
      );
      expect(response.status).not.toBe(401);
      expect(await response.text()).not.toContain("AUTHENTICATION_ERROR");
    });
  }
});
