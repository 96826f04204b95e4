/**
 * Runs the documents' commands as a reader types them, in a copy of this repository and with the demo's project: the emulator and the
 * Worker are started as docs/testing.md says. Placeholders in angle brackets are filled in; nothing else is changed.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../scripts/dev-server.ts";
import { partsIn } from "./document-class.ts";
import { onceEach, placeOf } from "./document-part.ts";
import { lacking, ProjectCopy, type RunningCommand } from "./project-copy.ts";

const commands = await partsIn("executed");
const printed = await partsIn("printed");
const SERVERS = /^npm run (?:emulator|dev)$/;

let project: ProjectCopy;
let worker: RunningCommand;
let settings: string;
let blanks: Readonly<Record<string, string>>;

beforeAll(async () => {
  project = await ProjectCopy.make();
  // `npm run emulator`, on a port of its own.
  const emulator = project.start("npm", "run", "emulator", "--", "--port", String(await freePort()));
  const [, lines = ""] = await emulator.until(/For \.dev\.vars:\n\n([\s\S]*?)\n\n/);
  await emulator.until(/Ctrl\+C stops it/);
  settings = `${lines}\nENCORD_WEBHOOK_SECRET=5cbf0f7d\n`;
  await project.write(".dev.vars", settings);
  // `npm run dev`, likewise.
  const port = await freePort();
  worker = project.start("npm", "run", "dev", "--", "--port", String(port), "--inspector-port", "0");
  await worker.until(/Ready on http/);
  const workerUrl = `http://127.0.0.1:${port}`;
  const emulatorUrl = /^ENCORD_DOMAIN=(.*)$/m.exec(settings)?.[1] ?? "";
  const tasks = await fetch(`${emulatorUrl}/__emulator/tasks`).then((response) => response.json());
  const { stages, tasks: units } = tasks as {
    stages: { uuid: string; title: string }[];
    tasks: { dataHash: string }[];
  };
  const hash = /^ENCORD_PROJECTS=(.*)$/m.exec(settings)?.[1] ?? "";
  const data = units[0]?.dataHash ?? "";
  blanks = {
    "https://<your worker>": workerUrl,
    "http://127.0.0.1:8787": workerUrl,
    "<project>": hash,
    "<hash>": hash,
    "<data>": data,
    "<agent>": "frame-quality",
    "<address of a data unit in the Label Editor>": `https://app.encord.com/label_editor/${hash}/${data}/0`,
    "<uuid>": stages.find(({ title }) => title === "Quality Gate")?.uuid ?? "",
  };
});
afterAll(() => project?.remove());

function filledIn(command: string): string {
  const filled = Object.entries(blanks).reduce(
    (text, [blank, value]) => text.replaceAll(blank, value),
    command,
  );
  // A command that does not name the Worker expects it on the usual port, which may be taken on this computer.
  const local = /^npx encord-edge test /.test(filled) && !filled.includes("--endpoint");
  return local ? `${filled} --port ${new URL(blanks["https://<your worker>"] ?? "").port}` : filled;
}

/** What a reader sees after each command. */
const SEEN: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^npx encord-edge keygen|^ssh-keygen/,
    /^(?:Private key {2}.*encord-key |Generating public\/private ed25519)/,
  ],
  [/^npx encord-edge doctor/, /\nNothing is wrong\.\n$/],
  [/^npx encord-edge test /, /\n200 in \d+ ms\n {2}\{"message":/],
  [/^npx encord-edge run .*--dry-run/, /^image-quality-gate\b/],
  [/^npx encord-edge run /, /\d+ succeeded, 0 failed\n$/],
  [/^npx encord-edge new agent /, /^Wrote {4}agents\//],
  [/^npx encord-edge agents /, /URL {8}http:\/\/127\.0\.0\.1:\d+\/agents\/frame-quality\n/],
  [/^npx encord-edge notify /, /^200 /m],
  [/^curl .*\/api\/stages$/, /^\{"stages":\[\{/],
  [/^curl .*scheduled$/, /^(?:ok)?$/],
  [/^openssl rand -hex 32$/, /^[0-9a-f]{64}\n$/],
  [/^cp /, /^$/],
];

/** Prepares a command, and does what a reader does by hand after it. */
async function around(command: string, work: () => Promise<void>): Promise<void> {
  if (/keygen/.test(command)) await project.run("rm -f encord-key encord-key.pub");
  await work();
  if (command === "cp .dev.vars.example secrets.env") {
    expect(await project.read("secrets.env")).toBe(await project.read(".dev.vars.example"));
    await project.write("secrets.env", settings);
  }
}

/** Commands that add agents come last: two agents for one stage stop everything. */
const ordered = [
  ...commands.filter(({ text }) => !text.includes("new agent")),
  ...commands.filter(({ text }) => text.includes("new agent")),
].filter(({ text }) => !SERVERS.test(text));

/** A line without what differs each time: addresses, keys and spaces. */
const withoutOwn = (line: string) =>
  line
    .replace(/\s+/g, " ")
    .replace(/https?:\/\/[\w.:]+/, "<address>")
    .replace(/public half [0-9a-f]{16}/, "public half <key>")
    .trim();

/** Checks that what a document shows is what is printed, or a part of it. */
const SHOWN: Readonly<Record<string, (block: string) => Promise<void>>> = {
  "docs/command-line.md": async (block) => {
    const agent = "agents/image-quality-gate.ts";
    await project.edit(agent, '"Quality Gate"', '"Quality gate"');
    const { output, status } = await project.run("npx encord-edge doctor");
    await project.edit(agent, '"Quality gate"', '"Quality Gate"');
    expect(output.split("\n").map(withoutOwn)).toEqual(
      expect.arrayContaining(block.trim().split("\n").map(withoutOwn)),
    );
    expect(status).toBe(1);
  },
  "docs/logs.md": async (block) => {
    const shown = JSON.parse(block) as Record<string, unknown>;
    const call = `npx encord-edge test ${shown["agent"]} <address of a data unit in the Label Editor>`;
    expect((await project.run(filledIn(call))).status).toBe(0);
    const [line = ""] = await worker.until(new RegExp(`^\\{.*"event":"${shown["event"]}".*\\}$`, "m"));
    const logged = JSON.parse(line) as Record<string, unknown>;
    expect(Object.keys(shown)).toEqual(Object.keys(logged));
    for (const name of ["level", "event", "path", "agent", "frame"]) expect(shown[name]).toBe(logged[name]);
  },
};

describe("what the documents show is what is printed", () => {
  it.each(printed.map((part) => [placeOf(part), part] as const))("%s", async (_title, { file, text }) => {
    const compare = SHOWN[file];
    if (compare === undefined) throw new Error("This test does not know what prints this: add it to SHOWN.");
    await compare(text);
  });
});

describe("what the documents say to type does what they say", () => {
  it.for(onceEach(ordered))("%s", async ([, text], { skip }) => {
    const tool = lacking(text);
    skip(tool !== undefined, `${tool} is not on this computer`);
    await around(text, async () => {
      const { status, output, errors } = await project.run(filledIn(text));
      const [, seen] = SEEN.find(([command]) => command.test(text)) ?? [];
      if (seen === undefined)
        throw new Error(`This test does not know what "${text}" prints: add it to SEEN.`);
      expect(output, errors).toMatch(seen);
      expect(status, errors).toBe(0);
    });
  });
});
