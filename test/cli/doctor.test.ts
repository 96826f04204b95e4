/** `encord-edge doctor` on broken set-ups: each fault is named in one line, with what to do. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type AgentSet, defineAgents } from "../../src/agent/agent-set.ts";
import { agent } from "../../src/agent/any-mode-agent.ts";
import { dependency } from "../../src/agent/dependency.ts";
import { taskAgent } from "../../src/agent/task-agent.ts";
import { examine } from "../../src/cli/doctor.ts";
import { examineConfiguration } from "../../src/cli/examine-configuration.ts";
import { examineDeployment } from "../../src/cli/examine-deployment.ts";
import { findingLine } from "../../src/cli/finding.ts";
import { makeKeyPair } from "../../src/cli/key-pair.ts";
import type { Environment } from "../../src/settings.ts";
import { classification, ONTOLOGY } from "../agent/workshop.ts";
import { createEmulator } from "../emulator/index.ts";
import authVectors from "../fixtures/vectors/auth.json" with { type: "json" };
import { terminal } from "./terminal.ts";

const PROJECT = "aaaa0001-0000-4000-8000-000000000001";
const OTHER_PROJECT = "aaaa0001-0000-4000-8000-000000000003";
const CLOSED_PROJECT = "aaaa0001-0000-4000-8000-000000000002";

const GATE = "57a6e000-0000-4000-8000-0000000000aa";

const emulator = await createEmulator({
  seed: {
    keys: [{ publicKey: authVectors.key.publicKeyHex, projects: [PROJECT, OTHER_PROJECT] }],
    projects: [
      {
        projectHash: PROJECT,
        title: "Street scenes",
        ontology: {
          objects: ONTOLOGY.objects ?? [],
          classifications: [classification("1", "Image quality", "radio", ["Good", "Bad"])],
        },
        stages: [
          { title: "Annotate", stageType: "ANNOTATION", next: "Gate" },
          { uuid: GATE, title: "Gate", stageType: "AGENT", pathways: [{ title: "Good", to: "Complete" }] },
          { title: "Complete", stageType: "DONE" },
        ],
        data: [],
      },
      {
        projectHash: OTHER_PROJECT,
        title: "Sounds",
        stages: [{ title: "Complete", stageType: "DONE" }],
        data: [],
      },
      {
        projectHash: CLOSED_PROJECT,
        title: "Somebody else's",
        stages: [{ title: "Complete", stageType: "DONE" }],
        data: [],
      },
    ],
  },
});

/** The part of definitions that the doctor looks at. */
function agentSet(
  changes: {
    stage?: string;
    pathways?: string[];
    signature?: string;
    none?: boolean;
    ontology?: { editor?: string[]; task?: string[] };
    variable?: string;
  } = {},
): AgentSet {
  const { stage = "Gate", pathways = ["Good"], signature = "optional", none = false } = changes;
  const { editor = [], task = [] } = changes.ontology ?? {};
  const dependencies = changes.variable === undefined ? {} : { least: numeric(changes.variable) };
  const set = {
    projects: [],
    editorAgents: none
      ? []
      : [{ kind: "editor", name: "add-box", signature, ontology: editor, dependencies: {} }],
    taskAgents: none
      ? []
      : [{ kind: "task", name: "quality", stage, pathways, ontology: task, dependencies }],
  };
  return set as unknown as AgentSet;
}

/** Another dependency of one that is a variable. */
function numeric(name: string) {
  const variable = { name, fallback: 1, choices: [], description: "", given: () => undefined };
  return dependency({ value: { ...dependency({}, () => 1), variable } }, ({ value }) => value);
}

const SOUND = {
  ENCORD_SSH_KEY: authVectors.key.opensshPrivateKey,
  ENCORD_PROJECTS: PROJECT,
  ENCORD_WEBHOOK_SECRET: "whsec_0123456789abcdef",
  ADMIN_TOKEN: "0123456789abcdef0123456789abcdef",
  ENCORD_DOMAIN: emulator.domain,
  ENCORD_CORS_ORIGINS: "https://encord.example.com",
};

async function lines(
  changes: Partial<Environment>,
  agents: AgentSet | Error = agentSet(),
  online = true,
): Promise<string[]> {
  const send = (input: string | URL | Request, init?: RequestInit) =>
    online ? emulator.fetch(new Request(input, init)) : Promise.reject(new TypeError("fetch failed"));
  const variables = Object.fromEntries(
    Object.entries({ ...SOUND, ...changes }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  const context = terminal({ fetch: send as typeof fetch, now: Date.now });
  const findings = await examine(context, { variables, source: ".dev.vars", agents });
  return findings.map(findingLine);
}

it("a sound set-up has no fault, and every line says what is right", async () => {
  expect(await lines({})).toEqual([
    "ok Agents: add-box, quality",
    "ok Settings: complete, from .dev.vars",
    expect.stringMatching(/^ok Key: readable, public half [0-9a-f]{16}…$/),
    `ok Encord: ${emulator.domain} knows the key`,
    `ok Project ${PROJECT}: "Street scenes", 3 stages`,
    'ok Agent quality: stage "Gate" of "Street scenes", pathways "Good"',
    "ok Webhook secret: 1 set",
    "ok ENCORD_CORS_ORIGINS: https://encord.example.com",
    "ok Operator's API: opens with ADMIN_TOKEN",
  ]);
});

interface Broken {
  readonly what: string;
  readonly changes?: Record<string, string>;
  readonly agents?: AgentSet | Error;
  readonly online?: boolean;
  readonly line: RegExp;
}

const BROKEN: readonly Broken[] = [
  {
    what: "no key",
    changes: { ENCORD_SSH_KEY: "" },
    line: /^BAD ENCORD_SSH_KEY: it is missing\. .*wrangler secret put ENCORD_SSH_KEY/,
  },
  {
    what: "the public half instead of the private one",
    changes: { ENCORD_SSH_KEY: makeKeyPair("a").publicKey },
    line: /^BAD ENCORD_SSH_KEY: this is not an OpenSSH private key but the public half/,
  },
  {
    what: "a key that was cut off",
    changes: { ENCORD_SSH_KEY: authVectors.key.opensshPrivateKey.slice(0, 200) },
    line: /^BAD Key: The SSH key has no END line.* → .*keygen/,
  },
  {
    what: "a key that Encord does not know",
    changes: { ENCORD_SSH_KEY: makeKeyPair("a").privateKey },
    line: /^BAD Encord: .* does not know the key → register its public half.*ENCORD_DOMAIN=US/,
  },
  {
    what: "Encord out of reach",
    online: false,
    line: /^BAD Encord: https:\/\/encord\.emulator\.test cannot be reached: .* → check ENCORD_DOMAIN/,
  },
  {
    what: "a domain that is none",
    changes: { ENCORD_DOMAIN: "MARS" },
    line: /^BAD ENCORD_DOMAIN: it must be "EU", "US" or the address of an API.* → /,
  },
  {
    what: "no project",
    changes: { ENCORD_PROJECTS: "" },
    line: /^BAD Projects: none is served → set ENCORD_PROJECTS/,
  },
  {
    what: "a project hash with a typing error",
    changes: { ENCORD_PROJECTS: `${PROJECT}0` },
    line: /^BAD ENCORD_PROJECTS: ".*" is not a project hash/,
  },
  {
    what: "a project that the key's owner is not in",
    changes: { ENCORD_PROJECTS: CLOSED_PROJECT },
    line: /^BAD Project aaaa0001-.*2: .* → .*add the owner of the key to the project/,
  },
  {
    what: "a stage with another title",
    agents: agentSet({ stage: "gate" }),
    line: /^BAD Agent quality: no served project has a stage "gate", but "Gate" → /,
  },
  {
    what: "a stage that is no agent node",
    agents: agentSet({ stage: "Annotate" }),
    line: /^BAD Agent quality: the stage "Annotate" of "Street scenes" is of type ANNOTATION, not an agent node → /,
  },
  {
    what: "a pathway that the stage does not have",
    agents: agentSet({ pathways: ["Good", "Perfect"] }),
    line: /^BAD Agent quality: stage "Gate" of "Street scenes" has no pathway "Perfect"; it has "Good" → /,
  },
  {
    what: "an ontology without what a stage's agent needs",
    agents: agentSet({ ontology: { task: ["Car", "Image Quality"] } }),
    line: /^BAD Ontology for quality: "Street scenes" has no "Image Quality"; it has "Car", .*, "Image quality" → add it/,
  },
  {
    what: "no ontology that has what an editor agent needs",
    agents: agentSet({ ontology: { editor: ["Ship"] } }),
    line: /^BAD Ontology for add-box: "Street scenes" has no "Ship"; .* → add it/,
  },
  {
    what: "an agent for signed calls without the secret",
    changes: { ENCORD_WEBHOOK_SECRET: "" },
    agents: agentSet({ signature: "required" }),
    line: /^BAD Webhook secret: missing, and add-box takes signed calls only → set ENCORD_WEBHOOK_SECRET/,
  },
  {
    what: "a definition that is refused",
    agents: new Error('Two agents are named "quality". Give each its own name.'),
    line: /^BAD Agents: Two agents are named "quality".* → /,
  },
  {
    what: "a variable of an agent that is no value of its kind",
    changes: { LEAST_WIDTH: "wide" },
    agents: agentSet({ variable: "LEAST_WIDTH" }),
    line: /^BAD LEAST_WIDTH: The variable LEAST_WIDTH must be a number; it is "wide"\. → correct it/,
  },
  {
    what: "two agents for one stage, one by its title and one by its UUID",
    agents: defineAgents({
      agents: ["Gate", GATE].map((stage, i) => taskAgent({ name: `rival-${i}`, stage, run: () => null })),
    }),
    line: /^BAD Agent rival-0: never runs: "rival-1" serves the stage "Gate" of "Street scenes" too, by its UUID → remove/,
  },
  { what: "no agent", agents: agentSet({ none: true }), line: /^BAD Agents: none is listed → / },
  {
    what: "a setting that no Worker can hold",
    changes: { QUALITY_PROMPT: "x".repeat(6000) },
    line: /^BAD QUALITY_PROMPT: 6000 bytes; Cloudflare takes 5120 for one variable → /,
  },
];

it.each(BROKEN)(
  "$what: one fault, named in one line with what to do",
  async ({ changes, agents, online, line }) => {
    const faults = (await lines(changes ?? {}, agents ?? agentSet(), online)).filter((each) =>
      each.startsWith("BAD"),
    );
    expect(faults).toEqual([expect.stringMatching(line)]);
  },
);

it("at a domain of one's own, the address of the app is asked for; nowhere else", async () => {
  const about = async (domain: string) =>
    (await lines({ ENCORD_CORS_ORIGINS: "", ENCORD_DOMAIN: domain }, agentSet(), false)).filter((line) =>
      line.includes("ENCORD_CORS_ORIGINS"),
    );
  expect(await about("https://api.encord.example.com")).toEqual([
    "note ENCORD_CORS_ORIGINS: missing, and https://api.encord.example.com is a custom domain, so the address of its app is not known " +
      "here; there, the Label Editor could not read what agents answer → set it to the address of the app, such as https://encord.example.com",
  ]);
  for (const domain of ["EU", "US", "https://api.encord.com", "http://127.0.0.1:8790"])
    expect(await about(domain)).toEqual([]);
});

it("an ontology is looked at in the projects that have the stage; an editor agent may be for some of the projects", async () => {
  const both = { ENCORD_PROJECTS: `${PROJECT},${OTHER_PROJECT}` };
  const needs = ["Image quality", "Car"];
  const agents = agentSet({ ontology: { task: needs, editor: needs } });
  const found = (await lines(both, agents)).filter((line) => line.includes("Ontology"));
  expect(found).toEqual([
    'ok Ontology for quality: "Street scenes" has "Image quality", "Car"',
    'ok Ontology for add-box: "Street scenes" has "Image quality", "Car"',
    expect.stringMatching(
      /^\S+ Ontology for add-box: "Sounds" has no "Image quality", "Car"; it has nothing/,
    ),
  ]);
  expect(found.filter((line) => line.startsWith("BAD"))).toEqual([]);
  // One definition for several modes is said once for each project.
  const any = agent({
    name: "any",
    modes: ["editor", "stage"],
    stage: "Gate",
    ontology: needs,
    run: () => null,
  });
  const said = (await lines(both, defineAgents({ agents: [any] }))).filter((line) =>
    line.includes("Ontology"),
  );
  expect(said).toEqual([
    expect.stringMatching(/^ok .*"Street/),
    expect.stringMatching(/^\S+ .*"Sounds" has no/),
  ]);
});

it("no line holds a secret", async () => {
  for (const { changes, agents, online } of BROKEN) {
    const all = (await lines(changes ?? {}, agents ?? agentSet(), online)).join("\n");
    for (const secret of [
      SOUND.ENCORD_WEBHOOK_SECRET,
      SOUND.ADMIN_TOKEN,
      authVectors.key.opensshPrivateKey.slice(60, 100),
    ]) {
      expect(all).not.toContain(secret);
    }
  }
});

it("of wrangler.jsonc: each Durable Object that is missing, limits of the Paid plan, no Cron Trigger", async () => {
  const own = await readFile(fileURLToPath(new URL("../../wrangler.jsonc", import.meta.url).href), "utf8");
  const folder = await mkdtemp(join(tmpdir(), "encord-edge-test-"));
  const look = async (text: string) => {
    await writeFile(join(folder, "wrangler.jsonc"), text);
    return (await examineConfiguration(folder)).map(findingLine);
  };
  try {
    expect(await look(own)).toEqual(["ok wrangler.jsonc: Cron Trigger and Durable Objects are there"]);
    // What the Worker exports beside the executor, which is no Durable Object.
    const objects = [...own.matchAll(/"(\w+)": \{ "type": "durable-object"/g)].map(([, name = ""]) => name);
    expect(objects).toHaveLength(4);
    for (const name of objects) {
      expect(await look(own.replace(`"${name}"`, '"Other"'))).toEqual([
        expect.stringMatching(new RegExp(`^BAD wrangler.jsonc: the Durable Object ${name} is missing → add`)),
      ]);
    }
    expect(await look(own.replace('"* * * * *"', ""))).toEqual([
      expect.stringMatching(/^BAD wrangler.jsonc: no Cron Trigger/),
    ]);
    expect(await look(own.replace("{", '{ "limits": { "cpu_ms": 100 },'))).toEqual([
      expect.stringMatching(/`limits` is set, which the Free plan refuses/),
    ]);
    const commented = own.replace("{", '{ /* "limits": {}, */ // "limits": {},\n').replace(/\}\s*$/, ",}");
    expect(await look(commented)).toEqual(["ok wrangler.jsonc: Cron Trigger and Durable Objects are there"]);
    expect(await look("{ broken")).toEqual([
      expect.stringMatching(/^BAD wrangler.jsonc: cannot be read: .* → correct the JSON$/),
    ]);
    await rm(join(folder, "wrangler.jsonc"));
    expect((await examineConfiguration(folder)).map(findingLine)).toEqual([
      expect.stringMatching(/^BAD wrangler.jsonc: is not in this folder/),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("a deployment is looked at from outside: not there, not ours, not set up, an agent missing, all well", async () => {
  const base = "https://agents.example.com";
  const look = async (answer: (path: string) => Response | null) => {
    const send = async (input: string | URL | Request) => {
      const response = answer(new URL(input as string).pathname);
      if (response === null) throw new TypeError("fetch failed");
      return response;
    };
    const findings = await examineDeployment(terminal({ fetch: send as typeof fetch }), base, agentSet());
    return findings.map(findingLine);
  };
  const health = (body: unknown) => (path: string) =>
    path === "/health"
      ? Response.json(body)
      : Response.json(null, { headers: { "access-control-allow-origin": "https://app.encord.com" } });
  expect(await look(() => null)).toEqual([expect.stringMatching(/^BAD .*nothing answers there/)]);
  expect(await look(() => new Response("hello"))).toEqual([
    expect.stringMatching(/^BAD .*not as these agents do/),
  ]);
  expect(await look(health({ status: "not set up", missing: ["ENCORD_SSH_KEY"] }))).toContainEqual(
    expect.stringMatching(/^BAD .*not set up: ENCORD_SSH_KEY → npx wrangler secret put ENCORD_SSH_KEY/),
  );
  expect(
    await look((path) =>
      path === "/health" ? Response.json({ status: "ok" }) : new Response(null, { status: 404 }),
    ),
  ).toContainEqual(expect.stringMatching(/^BAD Deployed agent add-box: answers 404/));
  expect(await look(health({ status: "ok" }))).toEqual([
    `ok Deployment ${base}: set up`,
    "ok Deployed agent add-box: answers the editor's test call",
  ]);
});
