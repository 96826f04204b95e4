import { describe, expect, it, vi } from "vitest";
import {
  AuthenticationError,
  EncordClient,
  InvalidArgumentsError,
  ResourceNotFoundError,
  SshKeyError,
  UnexpectedAnswerError,
  US_DOMAIN,
  WrongProjectTypeError,
} from "../../src/encord/index.ts";
import vectors from "../fixtures/vectors/auth.json";
import {
  itemAnswer,
  ONTOLOGY_HASH,
  ontologyAnswer,
  PROJECT_HASH,
  projectAnswer,
  scriptedApi,
  uuidOf,
} from "./scripted-api.ts";

const sshKey = vectors.key.opensshPrivateKey;

describe("making a client", () => {
  it("goes to Europe unless told otherwise", async () => {
    expect((await EncordClient.withSshKey({ sshKey })).domain).toBe("https://api.encord.com");
    expect((await EncordClient.withSshKey({ sshKey, domain: US_DOMAIN })).domain).toBe(
      "https://api.us.encord.com",
    );
    const own = await EncordClient.withBearerToken({ token: "t", domain: "https://encord.example.com" });
    expect(own.domain).toBe("https://encord.example.com");
  });

  it("fails with what is wrong with the key, the domain, or the user agent", async () => {
    await expect(EncordClient.withSshKey({ sshKey: "" })).rejects.toThrow(SshKeyError);
    await expect(EncordClient.withSshKey({ sshKey, password: "unused" })).rejects.toThrow(SshKeyError);
    await expect(EncordClient.withSshKey({ sshKey, domain: "api.encord.com" })).rejects.toThrow(
      InvalidArgumentsError,
    );
    await expect(EncordClient.withSshKey({ sshKey, userAgentSuffix: "my agent!" + "\n" })).rejects.toThrow(
      InvalidArgumentsError,
    );
    await expect(EncordClient.withBearerToken({ token: "two words" })).rejects.toThrow(InvalidArgumentsError);
  });

  it("reads a protected key once, and another password or key anew", async () => {
    const encrypted = vectors.keyFormats.find((format) => format.name === "openssh-encrypted-right-password");
    const protectedKey = { sshKey: encrypted?.keyText ?? "", password: encrypted?.password };
    const importKey = vi.spyOn(crypto.subtle, "importKey");
    try {
      await EncordClient.withSshKey(protectedKey);
      const once = importKey.mock.calls.length;
      await EncordClient.withSshKey(protectedKey);
      expect(importKey.mock.calls.length).toBe(once);
      await expect(EncordClient.withSshKey({ ...protectedKey, password: "nope" })).rejects.toThrow(
        SshKeyError,
      );
      await EncordClient.withSshKey({ sshKey });
      expect(importKey.mock.calls.length).toBeGreaterThan(once);
    } finally {
      importKey.mockRestore();
    }
  });

  it("takes products as a suffix of the user agent", async () => {
    const { client, asked } = await scriptedApi(() => ({ token: "t" }), {
      userAgentSuffix: "my-agent/1.2 host",
    });
    await client.getBearerToken();
    expect(asked[0]?.headers.get("user-agent")).toMatch(/^encord-edge-client\/[\d.]+ my-agent\/1\.2 host$/);
  });

  it.each(["my agent/", "a  b", "a/b/c", " a", "ä"])(
    "refuses a suffix that is none: %j",
    async (userAgentSuffix) => {
      await expect(scriptedApi(() => null, { userAgentSuffix })).rejects.toThrow(InvalidArgumentsError);
    },
  );

  it("gives each request a trace id of its own, or the one that it is told", async () => {
    const random = await scriptedApi(() => ({ token: "t" }));
    await random.client.getBearerToken();
    await random.client.getBearerToken();
    const [first, second] = random.asked.map((each) => each.headers.get("x-cloud-trace-context"));
    expect(first).toMatch(/^[0-9a-f]{32}\/1;o=1$/);
    expect(second).not.toBe(first);

    const told = await scriptedApi(() => ({ token: "t" }), { traceId: () => "abc/7;o=1" });
    await told.client.getBearerToken();
    expect(told.asked[0]?.headers.get("x-cloud-trace-context")).toBe("abc/7;o=1");
  });
});

describe("projects", () => {
  it("a project is two requests, a Workflow one", async () => {
    const { client, asked } = await scriptedApi(({ target }) =>
      target.includes("ontologies") ? ontologyAnswer() : projectAnswer(),
    );
    expect((await client.getProject(PROJECT_HASH)).ontology.title).toBe("Demo ontology");
    expect((await client.getWorkflow(PROJECT_HASH)).stages).toHaveLength(1);
    expect(asked.map((each) => each.target)).toEqual([
      `/v2/public/projects/${PROJECT_HASH}`,
      `/v2/public/ontologies/${ONTOLOGY_HASH}`,
      `/v2/public/projects/${PROJECT_HASH}`,
    ]);
  });

  it("a hash is read in every form of a UUID, and refused before anything is sent when it is none", async () => {
    const { client, asked } = await scriptedApi(() => projectAnswer());
    await client.getWorkflow(`{${PROJECT_HASH.replaceAll("-", "").toUpperCase()}}`);
    expect(asked[0]?.target).toBe(`/v2/public/projects/${PROJECT_HASH}`);
    await expect(client.getProject("my project")).rejects.toThrow(
      /project hash must be a UUID; it is "my project"/,
    );
    expect(asked).toHaveLength(1);
  });

  it("a project without a Workflow says so when the Workflow is asked for", async () => {
    const manual = projectAnswer({ projectType: "manual_qa", workflow: null });
    const { client } = await scriptedApi(({ target }) =>
      target.includes("ontologies") ? ontologyAnswer() : manual,
    );
    const project = await client.getProject(PROJECT_HASH);
    expect(() => project.workflow).toThrow(WrongProjectTypeError);
    await expect(project.setPriority(uuidOf(1), 0.5)).rejects.toThrow(WrongProjectTypeError);
    await expect(client.getWorkflow(PROJECT_HASH)).rejects.toThrow(/"Demo project" is of the type manual_qa/);
  });

  it("a status that Encord adds later is kept as it is", async () => {
    const { client } = await scriptedApi(() => ({
      results: [projectAnswer({ status: "hibernating" })],
      nextPageToken: null,
    }));
    const statuses: string[] = [];
    for await (const project of client.getProjects({ titleLike: "%demo%", createdAfter: new Date(0) })) {
      statuses.push(project.status);
    }
    expect(statuses).toEqual(["hibernating"]);
  });

  it("filters of a listing go with every page", async () => {
    const { client, asked } = await scriptedApi(({ target }) => ({
      results: [projectAnswer()],
      nextPageToken: target.includes("pageToken") ? null : "2",
    }));
    let count = 0;
    for await (const _ of client.getProjects({ titleEq: "a b" })) count += 1;
    expect(count).toBe(2);
    expect(asked.map((each) => each.target)).toEqual([
      "/v2/public/projects?titleEq=a+b",
      "/v2/public/projects?pageToken=2&titleEq=a+b",
    ]);
  });

  it("an answer without a required field is an error that names it", async () => {
    const { client } = await scriptedApi(() =>
      projectAnswer({ lastEditedAt: "yesterday", title: undefined }),
    );
    const error: unknown = await client.getWorkflow(PROJECT_HASH).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(String(error)).toMatch(/GET projects\/.*: title must be a text/);
  });

  it("answers in snake_case are read too, as the Python SDK does", async () => {
    const snake = Object.fromEntries(
      Object.entries(projectAnswer()).map(([key, value]) => [
        key.replace(/[A-Z]/g, (char) => `_${char.toLowerCase()}`),
        value,
      ]),
    );
    const { client } = await scriptedApi(() => ({ results: [snake], next_page_token: null }));
    for await (const project of client.getProjects()) expect(project.ontologyHash).toBe(ONTOLOGY_HASH);
  });

  it("verifyAuth asks whether the key is known", async () => {
    const { client, asked } = await scriptedApi(() => ({ status: 401, response: ["AUTHENTICATION_ERROR"] }));
    await expect(client.verifyAuth()).rejects.toThrow(AuthenticationError);
    expect(asked[0]?.target).toBe("/public/user");
  });
});

describe("storage items", () => {
  it("many come in the order asked for, whatever the order of the answer", async () => {
    const { client } = await scriptedApi(({ body }) => ({
      results: (body as { itemUuids: string[] }).itemUuids.toReversed().map((uuid) => itemAnswer(uuid)),
    }));
    const wanted = [3, 1, 2].map(uuidOf);
    expect((await client.getStorageItems(wanted)).map((item) => item.uuid)).toEqual(wanted);
  });

  it("those that Encord does not have are named, or left out when asked to", async () => {
    const { client } = await scriptedApi(() => ({ results: [itemAnswer(uuidOf(1))] }));
    const wanted = [1, 2].map(uuidOf);
    await expect(client.getStorageItems(wanted)).rejects.toThrow(ResourceNotFoundError);
    await expect(client.getStorageItems(wanted)).rejects.toThrow(uuidOf(2));
    expect(await client.getStorageItems(wanted, { skipMissing: true })).toHaveLength(1);
  });

  it("no more than a thousand in a request, and none for an empty list", async () => {
    const { client, asked } = await scriptedApi(({ body }) => ({
      results: (body as { itemUuids: string[] }).itemUuids.map((uuid) => itemAnswer(uuid)),
    }));
    const items = await client.getStorageItems(Array.from({ length: 2001 }, (_, i) => uuidOf(i)));
    expect(items).toHaveLength(2001);
    expect(asked.map((each) => (each.body as { itemUuids: string[] }).itemUuids.length)).toEqual([
      1000, 1000, 1,
    ]);
    expect(await client.getStorageItems([])).toEqual([]);
    expect(asked).toHaveLength(3);
  });

  it("one missing from a bundle fails alone", async () => {
    const { client } = await scriptedApi(({ body }) => ({
      results: (body as { itemUuids: string[] }).itemUuids
        .filter((uuid) => uuid !== uuidOf(2))
        .map((uuid) => itemAnswer(uuid)),
    }));
    const bundle = client.createBundle();
    const requested = [];
    for (const number of [1, 2, 3])
      requested.push(await client.requestStorageItem(uuidOf(number), { bundle }));
    const settled = await bundle.settle();
    expect(settled.map((each) => each.error?.code)).toEqual([undefined, "resource-not-found", undefined]);
    expect(requested.map(({ item }) => item?.uuid)).toEqual([uuidOf(1), undefined, uuidOf(3)]);
  });

  it("a signed URL is fetched once, and again when asked to", async () => {
    let signed = 0;
    const { client, asked } = await scriptedApi(({ target }) =>
      itemAnswer(uuidOf(1), { signedUrl: target.endsWith("True") ? `https://files.test/${++signed}` : null }),
    );
    const item = await client.getStorageItem(uuidOf(1));
    expect(await item.getSignedUrl()).toBe("https://files.test/1");
    expect(await item.getSignedUrl()).toBe("https://files.test/1");
    expect(await item.getSignedUrl({ refetch: true })).toBe("https://files.test/2");
    expect(asked).toHaveLength(3);
  });

  it.each(["imageGroup", "dicomSeries"])(
    "an item of the type %s has no URL, and none is asked for",
    async (itemType) => {
      const { client, asked } = await scriptedApi(() => itemAnswer(uuidOf(1), { itemType }));
      expect(await (await client.getStorageItem(uuidOf(1))).getSignedUrl()).toBeNull();
      expect(asked).toHaveLength(1);
    },
  );

  it.each(["[1]", "1", "not json"])("metadata that is no object is an error: %s", async (clientMetadata) => {
    const { client } = await scriptedApi(() => itemAnswer(uuidOf(1), { clientMetadata }));
    await expect(client.getStorageItem(uuidOf(1))).rejects.toThrow(
      /clientMetadata must be the text of a JSON object/,
    );
  });

  it.each([null, "", "null", "{}"])("no metadata is an empty object: %j", async (clientMetadata) => {
    const { client } = await scriptedApi(() => itemAnswer(uuidOf(1), { clientMetadata }));
    expect((await client.getStorageItem(uuidOf(1))).clientMetadata).toEqual({});
  });

  it("a bulk update that leaves an item out is an error", async () => {
    const { client } = await scriptedApi(({ method }) =>
      method === "PATCH" ? { results: [] } : itemAnswer(uuidOf(1)),
    );
    const item = await client.getStorageItem(uuidOf(1));
    const bundle = client.createBundle();
    await item.update({ name: "new" }, { bundle });
    await expect(bundle.execute()).rejects.toThrow(UnexpectedAnswerError);
    expect(item.name).toBe("asset");
  });
});

describe("datasets", () => {
  it("times without an offset are UTC, as the legacy API means them", async () => {
    const row = {
      data_hash: uuidOf(1),
      data_title: "asset-1",
      data_type: "IMAGE",
      created_at: "2025-05-01 10:00:00",
      client_metadata: { key: [1] },
      backing_item_uuid: uuidOf(2),
    };
    const { client, asked } = await scriptedApi(() => ({
      status: 200,
      response: { dataset_hash: uuidOf(9), title: "Demo dataset", data_rows: [row] },
    }));
    const dataset = await client.getDataset(uuidOf(9), { includeClientMetadata: true });
    expect(dataset.dataRows[0]?.createdAt).toEqual(new Date("2025-05-01T10:00:00Z"));
    expect(dataset.dataRows[0]?.clientMetadata).toEqual({ key: [1] });
    expect(asked[0]?.headers.get("resourcetype")).toBe("dataset");
    expect(asked[0]?.body).toMatchObject({
      values: { payload: { dataset_access_settings: { fetch_client_metadata: true } } },
    });
  });
});
