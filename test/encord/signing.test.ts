import { describe, expect, it } from "vitest";
import { InvalidArgumentsError } from "../../src/encord/errors.ts";
import { HttpTransport } from "../../src/encord/http-transport.ts";
import { readSshKey } from "../../src/encord/key.ts";
import { bearerAuthentication, keyAuthentication } from "../../src/encord/signing.ts";
import vectors from "../fixtures/vectors/auth.json";

const bytes = (text: string | null | undefined) => new TextEncoder().encode(text ?? "");

describe("what is signed is signed as the Python SDK does, byte for byte", () => {
  for (const vector of vectors.vectors) {
    if (vector.scheme === "v2") {
      it(`v2: ${vector.name}`, async () => {
        const key = await readSshKey(vectors.key.opensshPrivateKey);
        const headers = await keyAuthentication(key, () => (vector.nowUnixSeconds ?? 0) * 1000 + 999).v2({
          method: vector.method,
          target: vector.requestTarget ?? "",
          body: bytes(vector.bodyText),
        });
        const expected = vector.headers as Record<string, string>;
        expect(headers).toEqual({
          "Content-Digest": expected["Content-Digest"],
          "Signature-Input": expected["Signature-Input"],
          Signature: expected.Signature,
        });
      });
    }
    if (vector.scheme === "legacy") {
      it(`legacy: ${vector.name}`, async () => {
        const key = await readSshKey(vectors.key.opensshPrivateKey);
        const headers = await keyAuthentication(key, () => 0).legacy(bytes(vector.bodyText));
        expect(headers).toEqual({ Authorization: (vector.headers as Record<string, string>).Authorization });
      });
    }
    if (vector.scheme === "bearer") {
      it(`bearer: ${vector.name}`, async () => {
        const authentication = bearerAuthentication("my-token");
        const headers =
          vector.name === "bearer-v2"
            ? await authentication.v2({ method: vector.method, target: "/", body: bytes("") })
            : await authentication.legacy(bytes("{}"));
        expect(headers).toEqual({ Authorization: (vector.headers as Record<string, string>).Authorization });
      });
    }
  }

  it("covers every vector", () => {
    const schemes = vectors.vectors.map((vector) => vector.scheme);
    expect(schemes.filter((scheme) => !["v2", "legacy", "bearer"].includes(scheme))).toEqual([]);
    expect(schemes).toHaveLength(11);
  });
});

describe("a bearer token", () => {
  it.each(["", "two words", "line\nbreak", "ünïcode"])(
    "that cannot stand in a header is refused: %j",
    (token) => {
      expect(() => bearerAuthentication(token)).toThrow(InvalidArgumentsError);
    },
  );
});

describe("the request that is signed is the request that is sent", () => {
  it("with the query in Python's spelling: True and False, repeated keys, no nulls", async () => {
    const key = await readSshKey(vectors.key.opensshPrivateKey);
    const sent: Request[] = [];
    const transport = new HttpTransport({
      domain: "https://api.encord.com/",
      authentication: keyAuthentication(key, () => 1748779200_000),
      userAgent: "test/1",
      fetch: async (input, init) => {
        sent.push(new Request(input as string, init as RequestInit));
        return Response.json(null);
      },
      now: () => 1748779200_000,
      sleep: async () => {},
      traceContext: () => "0123456789abcdef0123456789abcdef/1;o=1",
    });
    await transport.v2({
      method: "GET",
      path: "projects/p/workflow/stages/s/tasks",
      query: {
        pageToken: null,
        userEmails: ["a+b@example.com", "c d@example.com"],
        dataHashes: [],
        dataTitleContains: "ünï/code & more",
        statuses: ["NEW"],
      },
    });
    await transport.v2({
      method: "GET",
      path: "storage/items/17e30000-0000-4000-8000-000000000001",
      query: { signUrl: true },
    });
    const named = (name: string) => vectors.vectors.find((vector) => vector.name === name);
    const [tasks, item] = sent;
    expect(tasks?.url).toBe(named("get-repeated-and-escaped-query")?.url);
    expect(tasks?.headers.get("signature")).toBe(named("get-repeated-and-escaped-query")?.headers?.Signature);
    expect(item?.url).toBe(named("get-with-query")?.url);
    expect(item?.headers.get("signature")).toBe(named("get-with-query")?.headers?.Signature);
    expect(item?.headers.get("content-type")).toBeNull();
  });
});
