/** Calls of editor agents that reach Encord: an emulated one, over the real wire. */

import { createExecutionContext } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import {
  asset,
  defineAgents,
  editorAgent,
  frameData,
  labelRow,
  project,
  singleFrame,
  storageItem,
} from "encord-edge-agents";
import { afterEach, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { createEmulator, type EmulatorSeed } from "../emulator/index.ts";
import authVectors from "../fixtures/vectors/auth.json";
import { settings } from "../queue/emulated-project.ts";

const PROJECT = settings.ENCORD_PROJECTS as string;
const DATA = "da7a0000-0000-4000-8000-000000000001";

const app = createApp(
  defineAgents({
    agents: [
      editorAgent({
        name: "everything",
        dependencies: { project, labelRow, storageItem, frame: singleFrame, asset, frameData },
        async run(input) {
          const bytes = await input.asset.bytes();
          const box = input.labelRow.ontologyStructure.getChildByTitle("Car", "object").createInstance();
          box.setForFrames({ topLeftX: 0.1, topLeftY: 0.2, width: 0.3, height: 0.4 }, { frames: 0 });
          input.labelRow.addObjectInstance(box);
          await input.labelRow.save();
          return {
            message: [
              input.project.title,
              input.storageItem.name,
              `${input.frame.width} x ${input.frame.height}`,
              `${bytes.length} bytes`,
              `frame ${input.frameData.frame}`,
            ].join(", "),
          };
        },
      }),
    ],
  }),
);

const lines: string[] = [];
const writeDataPoint = vi.fn<AnalyticsEngineDataset["writeDataPoint"]>();

afterEach(() => {
  vi.restoreAllMocks();
  writeDataPoint.mockClear();
});

async function emulated(projects: readonly string[] | undefined) {
  const response = await fetch("https://fixtures.test/demo/images/street-02.png");
  const picture = new Uint8Array(await response.arrayBuffer());
  const seed: EmulatorSeed = {
    keys: [{ publicKey: authVectors.key.publicKeyHex, ...(projects ? { projects } : {}) }],
    projects: [
      {
        projectHash: PROJECT,
        title: "Street scenes",
        ontology: {
          objects: [
            {
              id: "1",
              name: "Car",
              color: "#D33115",
              shape: "bounding_box",
              featureNodeHash: "tsObjCar",
              required: false,
              archived: false,
            },
          ],
        },
        data: [{ title: "street.png", media: "street.png", width: 320, height: 240, dataHash: DATA }],
      },
    ],
  };
  const emulator = await createEmulator({ media: { "street.png": picture }, seed });
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => emulator.fetch(new Request(input, init)));
  lines.length = 0;
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)));
  return { emulator, bytes: picture.length };
}

async function call(dataHash = DATA, headers: Record<string, string> = {}) {
  const request = new Request("https://worker.test/agents/everything", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ projectHash: PROJECT, dataHash, frame: 0 }),
  });
  const context = Object.assign(createExecutionContext(), { exports });
  const environment = { ...settings, AGENT_METRICS: { writeDataPoint } };
  const response = await app.fetch(request, environment, context);
  return { status: response.status, body: await response.json<{ message: string }>() };
}

it("an editor agent gets what it declares: project, labels, storage item, pixels, bytes; what it saves is saved", async () => {
  const { emulator, bytes } = await emulated(undefined);
  const message = `Street scenes, street.png, 320 x 240, ${bytes} bytes, frame 0`;
  expect(await call()).toEqual({ status: 200, body: { message } });
  expect(Object.values(emulator.labels(DATA)?.object_answers ?? {})).toHaveLength(1);
});

it("a call's log line and data point tell its data unit, and what it fetched and decoded", async () => {
  const { bytes: size } = await emulated(undefined);
  await call();
  // Once as a frame, once as a file.
  const bytes = 2 * size;
  const line = lines.find((each) => each.includes('"agent_answered"')) ?? "{}";
  const { ms, ...told } = JSON.parse(line);
  expect(told).toMatchObject({ agent: "everything", dataHash: DATA, frame: 0, bytes });
  expect(ms).toBeLessThan(60_000);
  expect(writeDataPoint.mock.calls[0]?.[0]?.doubles?.slice(1)).toEqual([bytes, 1, 0, 200]);
});

it("the trace of a call is passed on to every request that it makes to Encord", async () => {
  await emulated(undefined);
  const sent = vi.mocked(globalThis.fetch).mock.calls;
  const trace = "0123456789abcdef0123456789abcdef";
  await call(DATA, { "x-cloud-trace-context": `${trace}/1;o=1` });
  const traces = sent
    .map(([input, init]) => new Request(input, init).headers.get("x-cloud-trace-context"))
    .filter((each) => each !== null);
  expect(traces.length).toBeGreaterThan(3);
  for (const each of traces) expect(each.slice(0, trace.length)).toBe(trace);
});

it("what Encord says when the agent's key has no access is answered with 403", async () => {
  await emulated([]);
  const { status, body } = await call();
  expect(status).toBe(403);
  expect(body.message).toMatch(/access|author|permi/i);
  const line = lines.find((each) => each.includes('"encord_denied"')) ?? "{}";
  expect(JSON.parse(line)).toMatchObject({ dataHash: DATA, error: expect.anything() });
});

it("a data unit that is not in the project is an error that tells the caller nothing of the inside", async () => {
  await emulated(undefined);
  expect(await call("da7a0000-0000-4000-8000-00000000ffff")).toEqual({
    status: 500,
    body: { message: "The agent failed. The log of the deployment says why." },
  });
});
