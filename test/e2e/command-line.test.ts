/** `encord-edge`, as a person types it, with an emulated Encord in its own process. */

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DEMO_PROJECT } from "../../scripts/demo-seed.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../../scripts/emulator-process.ts";

interface DryResult {
  readonly pathway: string | null;
  readonly error: string | null;
  readonly changes: readonly { readonly change: string; readonly name: string }[];
  readonly pictureFile: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
let folder: string;
let emulator: EmulatorProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "encord-edge-command-"));
  emulator = await startEmulatorProcess({ persistTo: join(folder, "emulator") });
  const settings = {
    ENVIRONMENT: "development",
    ENCORD_DOMAIN: emulator.url,
    ENCORD_SSH_KEY: emulator.sshKey,
    ENCORD_PROJECTS: DEMO_PROJECT,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`);
  await writeFile(join(folder, "settings.env"), lines.join(""));
});
afterAll(async () => {
  await emulator?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

function encordEdge(...words: string[]): Promise<{ status: number | null; output: string; errors: string }> {
  return new Promise((resolve, reject) => {
    const command = [join(root, "bin/encord-edge.js"), ...words, "--env-file", join(folder, "settings.env")];
    const child = spawn(process.execPath, command, { cwd: root });
    let output = "";
    let errors = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (errors += text));
    child.once("error", reject);
    child.once("exit", (status) => resolve({ status, output, errors }));
  });
}

it("doctor finds nothing wrong with the template on the demo's project", async () => {
  const { status, output } = await encordEdge("doctor", "--json");
  const { findings } = JSON.parse(output) as { findings: { verdict: string; detail: string }[] };
  expect(findings.filter(({ verdict }) => verdict === "fault")).toEqual([]);
  expect(findings.map(({ detail }) => detail)).toContainEqual(
    expect.stringContaining('stage "Quality Gate"'),
  );
  expect(status).toBe(0);
});

it("run takes as many tasks of one stage as asked for, leaves later stages alone, and writes nothing in a dry run", async () => {
  const words = ["run", "--project", DEMO_PROJECT, "--stage", "Quality Gate", "--max", "3"];
  const pictures = join(folder, "pictures");
  const dry = await encordEdge(...words, "--dry-run", "--json", "--pictures", pictures);
  const { results } = JSON.parse(dry.output) as { results: DryResult[] };
  expect(results, dry.errors).toHaveLength(3);
  for (const { pathway, error, changes, pictureFile } of results) {
    expect(["Good", "Needs attention", "Reject"]).toContain(pathway);
    expect(error).toBeNull();
    expect(changes.map(({ change, name }) => `${change} ${name}`)).toEqual([
      "added Image quality",
      "added Quality notes",
    ]);
    const png = await readFile(pictureFile ?? "");
    expect(png.subarray(1, 4).toString()).toBe("PNG");
  }
  expect(await emulator.moves()).toEqual([]);
  const strict = ["--dry-run", "--json", "--without-labels", "--set", "QUALITY_MIN_SHARPNESS=1e9"];
  const tried = JSON.parse((await encordEdge(...words, ...strict)).output) as { results: DryResult[] };
  expect(tried.results.map(({ pathway }) => pathway)).toEqual(["Reject", "Reject", "Reject"]);
  expect(tried.results[0]?.variables).toMatchObject({ QUALITY_MIN_SHARPNESS: 1e9, QUALITY_MIN_SIDE: 96 });

  const { status, output, errors } = await encordEdge(...words);
  expect(output, errors).toMatch(/^image-quality-gate on 3 tasks of "Quality Gate"\n/);
  expect(output).toMatch(/\[#{30}\] 3 done, 0 running, 0 waiting, 0 failed\n3 succeeded, 0 failed\n$/);
  expect(status).toBe(0);
  expect(await emulator.moves()).toHaveLength(3);
});

it("run names the stages that exist when it is given another", async () => {
  const { status, errors } = await encordEdge("run", "--project", DEMO_PROJECT, "--stage", "Gate");
  expect(errors).toBe('The project has no stage "Gate". Its agent nodes: "Quality Gate", "Agent 1".\n');
  expect(status).toBe(1);
});

it("ends quietly when nobody reads on", async () => {
  const line = `set -o pipefail; "${process.execPath}" bin/encord-edge.js agents | true`;
  const { stderr } = await promisify(execFile)("bash", ["-c", line], { cwd: root });
  expect(stderr).toBe("");
});
