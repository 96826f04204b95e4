import { describe, expect, it } from "vitest";
import { bcryptPbkdf } from "../../src/encord/bcrypt-pbkdf.ts";

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (text: string) =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** Password, salt in hex, rounds, length, key in hex; the first is that of the OpenSSH sources, the others are of node-bcrypt-pbkdf 1.0.2. */
const VECTORS = [
  ["password", "73616c74", 4, 32, "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9"],
  [
    "password",
    "73616c74",
    8,
    64,
    "e1367ec5151a33faac4cc1c144cd23fa15d5548493ecc99b9b5d9c0d3b27bec76227ea66088b849b20ab7aa478010246e74bba51723fefa9f9474d6508845e8d",
  ],
  [
    "pässwörd ✓",
    "0073616c74ff",
    2,
    48,
    "8c90fd12f9f7dc15ad27723f5b6ad4e9d138362b0e1daa775403eccb8ed0f5f495639c0e753b63260c775dc9d5afd01d",
  ],
  [
    "x",
    "30313233343536373839616263646566",
    16,
    33,
    "85b93a3e95175763f577fe7caeb4273bafebdca33531f3f796ce63145f0b9665f4",
  ],
] as const;

describe("bcrypt_pbkdf derives what OpenBSD's does", () => {
  it.each(VECTORS)("%j, salt %s, %i rounds, %i bytes", async (password, salt, rounds, length, expected) => {
    const key = await bcryptPbkdf(new TextEncoder().encode(password), fromHex(salt), rounds, length);
    expect(hex(key)).toBe(expected);
  });
});
