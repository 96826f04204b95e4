import { describe, expect, it } from "vitest";
import { SshKeyError } from "../../src/encord/errors.ts";
import { readSshKey } from "../../src/encord/key.ts";
import vectors from "../fixtures/vectors/auth.json";
import { Random } from "./fuzz/random.ts";

const plain = vectors.key.opensshPrivateKey;
const formats = vectors.keyFormats;
const encrypted = formats.find((format) => format.name === "openssh-encrypted-right-password")?.keyText ?? "";

/** The file of a key that is not Ed25519: everything before the private part is enough to be told apart. */
function foreignKey(type: string): string {
  const text = (value: string) => {
    const bytes = new TextEncoder().encode(value);
    return [0, 0, 0, bytes.length, ...bytes];
  };
  const publicBlob = [...text(type), ...text("not a number")];
  const file = [
    ...new TextEncoder().encode("openssh-key-v1\0"),
    ...text("none"),
    ...text("none"),
    ...text(""),
    ...[0, 0, 0, 1],
    ...[0, 0, 0, publicBlob.length],
    ...publicBlob,
    ...text("private"),
  ];
  return armoured(btoa(String.fromCharCode(...file)));
}

function armoured(base64: string): string {
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${base64}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function pkcs8(): string {
  const seed = vectors.key.seedHex.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
  const prefix =
    "302e020100300506032b657004220420".match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
  const base64 = btoa(String.fromCharCode(...prefix, ...seed));
  return `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
}

/** The texts that the vectors only describe, because they were refused. */
const refusedTexts: Readonly<Record<string, string>> = {
  "openssh-encrypted-no-password": encrypted,
  "openssh-encrypted-wrong-password": encrypted,
  "openssh-plain-with-password-given": plain,
  "pkcs8-pem": pkcs8(),
  "openssh-rsa": foreignKey("ssh-rsa"),
  "openssh-ecdsa": foreignKey("ecdsa-sha2-nistp256"),
  empty: "",
};

const refusal: Readonly<Record<string, RegExp>> = {
  "openssh-encrypted-no-password": /protected by a password, but none was given/,
  "openssh-encrypted-wrong-password": /password of the SSH key is wrong/,
  "openssh-plain-with-password-given": /not encrypted/,
  "pkcs8-pem": /in PEM \("PRIVATE KEY"\)/,
  "openssh-rsa": /of the type ssh-rsa; Encord takes Ed25519 only/,
  "openssh-ecdsa": /of the type ecdsa-sha2-nistp256; Encord takes Ed25519 only/,
  empty: /is empty/,
};

async function failure(text: string, password?: string | null): Promise<Error> {
  const thrown: unknown = await readSshKey(text, password).then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(SshKeyError);
  return thrown as SshKeyError;
}

describe("a key is read in every form that the Python SDK reads", () => {
  for (const format of formats.filter((each) => each.accepted)) {
    it(format.name, async () => {
      const key = await readSshKey(format.keyText ?? "", format.password);
      const expected = "publicKeyHex" in format ? format.publicKeyHex : vectors.key.publicKeyHex;
      expect(key.publicKeyHex).toBe(expected);
      expect(await key.sign(new Uint8Array(3))).toHaveLength(64);
    });
  }
});

describe("a key that the Python SDK refuses is refused with what to do about it", () => {
  const refused = formats.filter((each) => !each.accepted && each.name !== "openssh-literal-backslash-n");
  for (const format of refused) {
    it(format.name, async () => {
      const text = refusedTexts[format.name];
      if (text === undefined) throw new Error(`No text for the refused form ${format.name}.`);
      const error = await failure(text, format.password);
      expect(error.message).toMatch(refusal[format.name] ?? /there is no expectation/);
    });
  }

  it("covers every form of the vectors", () => {
    expect(formats).toHaveLength(18);
    expect(formats.filter((each) => each.accepted)).toHaveLength(10);
  });
});

describe("a key as it comes out of a settings page is read too", () => {
  it.each([
    ["with literal \\n", plain.replaceAll("\n", "\\n")],
    ["with literal \\r\\n", plain.replaceAll("\n", "\\r\\n")],
    ["wholly in base64", btoa(plain)],
    ["wholly in base64 with line breaks", btoa(plain).replace(/.{64}/g, "$&\n")],
  ])("%s", async (_, text) => {
    expect((await readSshKey(text)).publicKeyHex).toBe(vectors.key.publicKeyHex);
  });
});

describe("a key that was mutated at random", () => {
  it("is read, or refused with a typed error that does not quote it", async () => {
    const random = new Random(1);
    let refused = 0;
    for (let run = 0; run < 500; run++) {
      const content = Uint8Array.from(atob(plain.split("\n").slice(1, -2).join("")), (char) =>
        char.charCodeAt(0),
      );
      for (let changes = 1 + random.below(3); changes > 0; changes--) {
        content[random.below(content.length)] = random.below(256);
      }
      const text = armoured(
        btoa(
          String.fromCharCode(...content.subarray(0, content.length - random.below(2) * random.below(200))),
        ),
      );
      await readSshKey(text).catch((error: unknown) => {
        expect(error).toBeInstanceOf(SshKeyError);
        refused += 1;
      });
    }
    // What is mutated is sometimes the comment, which nobody reads.
    expect(refused).toBeGreaterThan(250);
    expect(refused).toBeLessThan(500);
  });
});

describe("a damaged key explains itself and is never quoted", () => {
  const body = plain.split("\n").slice(1, -2).join("");

  it.each([
    ["cut off within the armour", plain.slice(0, 200), /no END line/],
    ["cut off within the content", armoured(body.slice(0, 160)), /damaged or cut off/],
    ["with characters that are not base64", armoured(`!!${body}`), /not base64/],
    ["with other content", armoured(btoa("hello")), /cut off|no OpenSSH content/],
    ["the public half", vectors.key.opensshPublicKey, /public SSH key/],
    ["a file name", "~/.ssh/id_ed25519", /not in OpenSSH's private key format\. It begins with/],
    ["words about keys", "paste the ssh-ed25519 key here", /not in OpenSSH's private key format/],
  ])("%s", async (_, text, expected) => {
    const error = await failure(text);
    expect(error.message).toMatch(expected);
    expect(error.message).not.toContain(body.slice(100, 120));
  });

  it("with a seed that does not belong to the public key", async () => {
    const content = Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
    const seed = vectors.key.seedHex.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
    const at = content.findIndex((_, i) => seed.every((byte, j) => content[i + j] === byte));
    expect(at).toBeGreaterThan(0);
    content[at] = (content[at] ?? 0) ^ 1;
    const error = await failure(armoured(btoa(String.fromCharCode(...content))));
    expect(error.message).toMatch(/do not match/);
  });

  it.each([
    ["with another derivation", (text: string) => text.replace("bcrypt", "scrypt"), /aes256-ctr and scrypt/],
    ["with no round", (text: string) => withRounds(text, 0), /unusable parameters/],
    ["with more rounds than there is time for", (text: string) => withRounds(text, 2001), /unusable/],
  ])("encrypted %s", async (_, change, expected) => {
    const content = atob(encrypted.replace(/-----.*-----|\s/g, ""));
    expect((await failure(armoured(btoa(change(content))), "any")).message).toMatch(expected);
  });
});

/** The file with another number of rounds, which stands behind the derivation's name and 16 bytes of salt. */
function withRounds(content: string, rounds: number): string {
  const at = content.indexOf("bcrypt") + "bcrypt".length + 4 + 4 + 16;
  return content.slice(0, at) + String.fromCharCode(0, 0, rounds >> 8, rounds & 255) + content.slice(at + 4);
}
