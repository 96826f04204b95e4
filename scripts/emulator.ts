/**
 * `npm run emulator`: only an emulated Encord, until Ctrl+C. `--port N` insists on a port, `--persist-to FOLDER` keeps the state (by
 * default it is deleted at the end), `--seed FILE` takes another project than the demo's; the files that it names are beside it, or in
 * `--media FOLDER`.
 */

import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readSeed } from "./demo-seed.ts";
import { freePort, requirePort } from "./dev-server.ts";
import { startEmulatorProcess } from "./emulator-process.ts";

const DEFAULT_PORT = 8790;

/** Spaces in place of line breaks: everything that reads keys accepts that, and it can be pasted into a shell or `.dev.vars`. */
const onOneLine = (key: string) => key.trim().replaceAll("\n", " ");

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    "persist-to": { type: "string" },
    seed: { type: "string" },
    media: { type: "string" },
  },
});
const temporary =
  values["persist-to"] === undefined ? await mkdtemp(join(tmpdir(), "encord-emulator-")) : null;
try {
  const folder = values["persist-to"] ?? (temporary as string); // One of the two is given.
  const port =
    values.port === undefined ? await freePort(DEFAULT_PORT) : await requirePort(Number(values.port));
  const emulator = await startEmulatorProcess({
    persistTo: folder,
    port,
    seed: values.seed === undefined ? undefined : await readSeed(values.seed, values.media),
  });
  const keyFile = join(folder, "id_ed25519");
  await writeFile(keyFile, emulator.sshKey, { mode: 0o600 });
  console.log(`Encord emulator   ${emulator.url}

For .dev.vars:

ENVIRONMENT=development
ENCORD_DOMAIN=${emulator.url}
ENCORD_PROJECTS=${emulator.projectHash}
ENCORD_SSH_KEY="${onOneLine(emulator.sshKey)}"

For Python and other clients:

ENCORD_DOMAIN=${emulator.url}
ENCORD_SSH_KEY_FILE=${keyFile}
project hash      ${emulator.projectHash}

Tasks by stage    ${emulator.url}/__emulator/tasks
Ctrl+C stops it.`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await emulator.stop();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  if (temporary !== null) await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
}
