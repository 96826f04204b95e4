/**
 * `encord-edge keygen`: makes an Ed25519 key pair in OpenSSH's format, for people without ssh-keygen. Only the owner can read
 * the private file; the private key is never printed, and no file is replaced.
 */

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type CliContext, print, printJson } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";

export interface KeyPairText {
  /** Content of the private file. */
  readonly privateKey: string;
  /** The line to register in Encord. */
  readonly publicKey: string;
}

export interface KeygenOptions {
  readonly out: string;
  readonly comment: string;
  readonly json?: boolean;
}

export async function keygen(context: CliContext, { out, comment, json }: KeygenOptions): Promise<number> {
  const pair = makeKeyPair(comment);
  const file = resolve(context.folder, out);
  await writeNew(file, pair.privateKey, 0o600);
  await writeNew(`${file}.pub`, pair.publicKey, 0o644);
  if (json) {
    printJson(context, {
      privateKeyFile: file,
      publicKeyFile: `${file}.pub`,
      publicKey: pair.publicKey.trim(),
    });
    return 0;
  }
  print(
    context,
    `Private key  ${file}   (keep it secret; do not commit it)`,
    `Public key   ${file}.pub`,
    "",
    "1. In Encord, as the user or service account that the agents act as: Settings, Public keys, New. Paste this line:",
    "",
    pair.publicKey.trimEnd(),
    "",
    `2. For a deployment:         npx wrangler secret put ENCORD_SSH_KEY < ${out}`,
    "   On this computer:         put the private key's text into .dev.vars as ENCORD_SSH_KEY (see .dev.vars.example)",
    "3. Add that user to your project, and check: npx encord-edge doctor",
  );
  return 0;
}

/** A new pair. `src/encord/key.ts` reads it, and describes the layout. */
export function makeKeyPair(comment: string): KeyPairText {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  // DER of both is fixed but for the last 32 bytes.
  const point = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const seed = privateKey.export({ type: "pkcs8", format: "der" }).subarray(-32);
  const publicBlob = Buffer.concat([sized("ssh-ed25519"), sized(point)]);
  const check = randomBytes(4);
  const body = Buffer.concat([check, check, publicBlob, sized(Buffer.concat([seed, point])), sized(comment)]);
  const padding = Buffer.from(Array.from({ length: (8 - (body.length % 8)) % 8 }, (_, at) => at + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    sized("none"),
    sized("none"),
    sized(""),
    one,
    sized(publicBlob),
    sized(Buffer.concat([body, padding])),
  ]);
  const lines = file.toString("base64").match(/.{1,70}/g) ?? [];
  return {
    privateKey: [
      "-----BEGIN OPENSSH PRIVATE KEY-----",
      ...lines,
      "-----END OPENSSH PRIVATE KEY-----",
      "",
    ].join("\n"),
    publicKey: `ssh-ed25519 ${publicBlob.toString("base64")} ${comment}\n`,
  };
}

/** With its length in front, as SSH writes strings. */
function sized(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

async function writeNew(file: string, content: string, mode: number): Promise<void> {
  try {
    await writeFile(file, content, { mode, flag: "wx" });
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (exists)
      throw new CliError("file-not-written", `${file} exists already. Choose another: --out <file>.`);
    throw new CliError("file-not-written", `${file} cannot be written.`, { cause: error });
  }
}
