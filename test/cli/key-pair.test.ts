import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeKeyPair } from "../../src/cli/key-pair.ts";
import { runCommand } from "../../src/cli/program.ts";
import { readSshKey } from "../../src/encord/key.ts";
import { terminal } from "./terminal.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "encord-edge-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("the client reads a generated key, and its public half is the line to register", async () => {
  for (const comment of ["", "a", "agents@example.com"]) {
    const { privateKey, publicKey } = makeKeyPair(comment);
    const { publicKeyHex } = await readSshKey(privateKey);
    const [type, blob = ""] = publicKey.split(" ");
    expect(type).toBe("ssh-ed25519");
    expect(Buffer.from(blob, "base64").subarray(-32).toString("hex")).toBe(publicKeyHex);
  }
});

it("the private half is for its owner only, is not printed, and replaces no file", async () => {
  const context = terminal({ folder });
  expect(await runCommand(["keygen"], context)).toBe(0);
  const file = join(folder, "encord-key");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(context.output()).toContain((await readFile(`${file}.pub`, "utf8")).trim());
  expect(context.output()).not.toContain("PRIVATE KEY--");
  const before = await readFile(file, "utf8");
  expect(await runCommand(["keygen"], context)).toBe(1);
  expect(context.errors()).toContain("exists already");
  expect(await readFile(file, "utf8")).toBe(before);
});
