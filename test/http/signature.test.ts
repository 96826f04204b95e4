import { expect, it } from "vitest";
import { checkSignature, signRequest } from "../../src/http/signature.ts";

const SECRET = "5cbf0f7d";
const TIMESTAMP = 1_790_000_000;
const NOW_MS = TIMESTAMP * 1000;
const BODY = new TextEncoder().encode('{"a":1}');
const SIGNATURE = "24f0413fe198600047bae085f2524eaaf63cff517809022fae9f5f9f88e33bcb";

function headers(values: Record<string, string> = {}): Headers {
  return new Headers({ "X-Encord-Timestamp": String(TIMESTAMP), "X-Encord-Signature": SIGNATURE, ...values });
}

it("the contract's vector is signed and verified", async () => {
  expect(await signRequest(SECRET, TIMESTAMP, BODY)).toBe(SIGNATURE);
  expect(await checkSignature(headers(), BODY, [SECRET], NOW_MS)).toEqual({ kind: "valid" });
});

it("any of several secrets may have signed, so that one can be replaced without a gap", async () => {
  expect(await checkSignature(headers(), BODY, ["the new one", SECRET], NOW_MS)).toEqual({ kind: "valid" });
  expect((await checkSignature(headers(), BODY, ["the new one"], NOW_MS)).kind).toBe("refused");
});

it("a timestamp up to 300 seconds from now is taken, one further away is not", async () => {
  for (const seconds of [-300, -299, 299, 300]) {
    expect((await checkSignature(headers(), BODY, [SECRET], NOW_MS + seconds * 1000)).kind).toBe("valid");
  }
  for (const seconds of [-301, 301, 86_400]) {
    const check = await checkSignature(headers(), BODY, [SECRET], NOW_MS + seconds * 1000);
    expect(check).toMatchObject({ kind: "refused", reason: expect.stringContaining("300 are allowed") });
  }
});

it("a changed body, timestamp or signature is refused", async () => {
  const other = new TextEncoder().encode('{"a":2}');
  expect((await checkSignature(headers(), other, [SECRET], NOW_MS)).kind).toBe("refused");
  for (const changed of [
    { "X-Encord-Timestamp": String(TIMESTAMP + 1) },
    { "X-Encord-Timestamp": "soon" },
    { "X-Encord-Timestamp": "" },
    { "X-Encord-Signature": SIGNATURE.toUpperCase() },
    { "X-Encord-Signature": SIGNATURE.slice(1) },
    { "X-Encord-Signature": "" },
  ]) {
    expect(
      (await checkSignature(headers(changed), BODY, [SECRET], NOW_MS)).kind,
      JSON.stringify(changed),
    ).toBe("refused");
  }
});

it("a request without a signature is told from one with a newer kind of signature", async () => {
  expect(await checkSignature(new Headers(), BODY, [SECRET], NOW_MS)).toEqual({ kind: "absent" });
  const newer = new Headers({ "X-Encord-Signature-V2": "abc" });
  expect(await checkSignature(newer, BODY, [SECRET], NOW_MS)).toMatchObject({
    kind: "refused",
    reason: expect.stringContaining("too old to read the header x-encord-signature-v2"),
  });
});

it("a signed request to a deployment without a secret is refused with the setting to set", async () => {
  expect(await checkSignature(headers(), BODY, [], NOW_MS)).toEqual({
    kind: "refused",
    reason: "ENCORD_WEBHOOK_SECRET is not set",
  });
});
