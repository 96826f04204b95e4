/** Runs the documents' commands that need an account, with a stand-in for Cloudflare's API, and checks what arrives there. */

import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { CloudflareStandIn, VERSION_ID } from "./cloudflare-stand-in.ts";
import { partsIn } from "./document-class.ts";
import { type DocumentPart, onceEach } from "./document-part.ts";
import { lacking, ProjectCopy, type Ran } from "./project-copy.ts";

const commands = await partsIn("executedAtCloudflare");
const isTail = ({ text }: DocumentPart) => text.includes(" tail ");

let cloudflare: CloudflareStandIn;
let project: ProjectCopy;

beforeAll(async () => {
  cloudflare = await CloudflareStandIn.start();
  project = await ProjectCopy.make(cloudflare.environment);
  for (const file of ["secrets.env", "staging.env"])
    await project.write(file, 'ENCORD_SSH_KEY="the key"\nENCORD_PROJECTS="the project"\n');
  for (const file of ["new-key", "keyfile"]) await project.write(file, "the new key\n");
});
beforeEach(() => cloudflare.requests.splice(0));
afterAll(async () => {
  await project?.remove();
  cloudflare?.stop();
});

/** The only request of its kind. */
function sent(method: string, path: RegExp): { readonly path: string; readonly body: string } {
  const found = cloudflare.requests.filter((each) => each.method === method && path.test(each.path));
  const all = cloudflare.requests.map((each) => `${each.method} ${each.path}`);
  expect(found, all.join("\n")).toHaveLength(1);
  return found[0] as (typeof found)[number];
}

/** The metadata with which a Worker was uploaded, and the number of its WebAssembly modules. */
function uploaded(name: string) {
  const { body } = sent("PUT", new RegExp(`^/scripts/${name}\\?`));
  const metadata = JSON.parse(/name="metadata"\r\n\r\n(.*)\r\n/.exec(body)?.[1] ?? "null");
  return { metadata, wasm: [...body.matchAll(/filename="[^"]*\.wasm"/g)].length, body };
}

/** Checks what arrived at Cloudflare, for each command. */
async function check(command: string, ran: Ran): Promise<void> {
  const [, secret, piped] = /secret put (\w+)( <)?/.exec(command) ?? [];
  if (secret !== undefined) {
    const { name, text } = JSON.parse(sent("PUT", /^\/scripts\/encord-edge-agents\/secrets$/).body);
    expect(name).toBe(secret);
    if (piped) expect(text).toBe("the new key");
    // Whoever makes a token sees it, but only once.
    else if (command.startsWith("openssl")) expect(ran.errors.split("\n")).toContain(text);
    else expect(text).toBe("typed");
  } else if (/--dry-run/.test(command)) {
    expect(cloudflare.requests).toEqual([]);
    expect(ran.output).toContain("Total Upload");
  } else if (/deploy(?: --.*)?$/.test(command)) {
    const [, environment, file] = /(?:--env (\w+) )?--secrets-file (\S+)$/.exec(command) ?? [];
    const worker = environment === undefined ? "encord-edge-agents" : `encord-edge-agents-${environment}`;
    const { metadata, wasm, body } = uploaded(worker);
    const secrets = metadata.bindings.filter(({ type }: { type: string }) => type === "secret_text");
    expect(secrets).toEqual(
      file === undefined
        ? []
        : [
            { name: "ENCORD_SSH_KEY", type: "secret_text", text: "the key" },
            { name: "ENCORD_PROJECTS", type: "secret_text", text: "the project" },
          ],
    );
    for (const name of ["StageQueue", "LabelLocks", "EncordGate", "OperatorLog"])
      expect(metadata.exports).toMatchObject({ [name]: { type: "durable-object" } });
    expect(wasm).toBeGreaterThan(0);
    expect(body).toContain(".map");
    expect(JSON.parse(sent("PUT", new RegExp(`^/scripts/${worker}/schedules$`)).body)).toEqual([
      { cron: "* * * * *" },
    ]);
  } else if (/rollback/.test(command)) {
    expect(JSON.parse(sent("POST", /\/deployments$/).body)).toMatchObject({
      versions: [{ version_id: VERSION_ID, percentage: 100 }],
    });
  } else if (/deployments list/.test(command)) {
    expect(ran.output).toContain(VERSION_ID);
  } else {
    throw new Error(`This test does not know what "${command}" should do: add it.`);
  }
}

it.for(onceEach(commands.filter((part) => !isTail(part))))("%s", async ([, text], { skip }) => {
  const tool = lacking(text);
  skip(tool !== undefined, `${tool} is not on this computer`);
  if (text.includes("--env staging")) {
    const block = '"env": { "staging": { "triggers": { "crons": ["* * * * *"] } } },';
    await project.edit("wrangler.jsonc", '"main": "worker.ts",', `"main": "worker.ts",\n${block}`);
  }
  // A secret that is not piped in is typed when wrangler asks for it.
  const asked = /^npx wrangler secret put \w+$/.test(text) ? "echo typed | " : "";
  const ran = await project.run(`${asked}${text.replace("<version id>", VERSION_ID)}`);
  expect(ran.status, `${ran.output}\n${ran.errors}`).toBe(0);
  await check(text, ran);
});

it.each(onceEach(commands.filter(isTail)))("%s", async (_title, text) => {
  cloudflare.logLine = '{"level":"error","event":"task_failed"}';
  const tail = project.start("bash", "-c", text);
  await tail.until(/\{\\"level\\":\\"error\\",\\"event\\":\\"task_failed\\"\}/);
  await tail.stop();
  const [, option, value] = /--(status|search) (\S+)$/.exec(text) ?? [];
  const filters = JSON.parse(sent("POST", /\/tails$/).body).filters;
  if (option === "search") expect(filters).toEqual([{ query: value?.replaceAll("'", "") }]);
  else if (option === "status") expect(filters).toEqual([{ outcome: expect.arrayContaining(["exception"]) }]);
  else expect(filters).toEqual([]);
});
