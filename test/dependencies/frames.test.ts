import { frames, singleFrame, taskAgent, video, videoSampler } from "encord-edge-agents";
import { EncordClient, type StorageItem } from "encord-edge-agents/encord";
import { type CreateEmulatorOptions, createEmulator, workOff } from "encord-edge-agents/testing";
import { expect, it } from "vitest";
import type { Needs } from "../../src/agent/dependency.ts";
import type { FrameData } from "../../src/agent/frame-data.ts";
import { Invocation } from "../../src/agent/invocation.ts";
import { createLog } from "../../src/agent/log.ts";
import type { Frame } from "../../src/media/frame.ts";
import type { Transfer } from "../../src/media/net/fetch-bytes.ts";
import { gridDistance, mediaFixture } from "../media/grid.ts";
import { videoTruth } from "../media/video-truth.ts";

const CLIP = "h264_high_opengop.mp4";
const grids = videoTruth[CLIP]?.opencv?.grids as readonly string[];

type SeedData = NonNullable<NonNullable<CreateEmulatorOptions["seed"]>["projects"]>[number]["data"];

async function emulatorOf(media: Record<string, Uint8Array>, data: SeedData) {
  return createEmulator({
    media,
    seed: {
      projects: [
        {
          title: "Clips",
          stages: [
            { title: "Look", stageType: "AGENT", pathways: [{ title: "Done", to: "Done" }] },
            { title: "Done", stageType: "DONE" },
          ],
          data,
        },
      ],
    },
  });
}

/** An invocation for the first storage item of an emulator, with what it transferred and decoded. */
async function invoked(emulator: Awaited<ReturnType<typeof emulatorOf>>, itemUuid: string, frame?: number) {
  const send = (input: RequestInfo | URL, init?: RequestInit) => emulator.fetch(new Request(input, init));
  const client = await EncordClient.withSshKey({
    sshKey: emulator.sshKey,
    domain: emulator.domain,
    fetch: send as typeof fetch,
  });
  const cost = { transfers: [] as Transfer[], frames: 0 };
  const unused = async () => {
    throw new Error("not asked for in this test");
  };
  const invocation = new Invocation({
    mode: frame === undefined ? "task" : "editor",
    agentName: "test",
    client,
    sources: { project: unused, labelRow: unused, storageItem: () => client.getStorageItem(itemUuid) },
    assets: {
      allowInsecureLoopback: false,
      fetch: send,
      onTransfer: (transfer) => cost.transfers.push(transfer),
      onFrame: () => {
        cost.frames++;
      },
    },
    signal: new AbortController().signal,
    log: createLog({ write: () => {} }),
    ...(frame === undefined ? {} : { frameData: { frame } as FrameData }),
  });
  return { invocation, cost };
}

async function numbersOf(source: AsyncIterable<Pick<Frame, "frame">>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { frame } of source) numbers.push(frame);
  return numbers;
}

const ITEM = "17e00000-0000-4000-8000-000000000001";

async function clip(name = CLIP) {
  return emulatorOf({ [name]: await mediaFixture(`videos/${name}`) }, [
    { title: name, media: name, width: 352, height: 288, itemUuid: ITEM },
  ]);
}

it("a task agent reads a video's facts, its frames in order, and a sample of them", async () => {
  const seen: unknown[] = [];
  const agent = taskAgent({
    name: "look",
    stage: "Look",
    pathways: ["Done"],
    dependencies: { video, frames, sample: videoSampler, frame: singleFrame },
    async run({ video, frames, sample, frame }) {
      const { codec, frameCount, width, height, frameRate, rotation, container } = video.info;
      seen.push({ codec, frameCount, width, height, frameRate, rotation, container });
      let far = 0;
      let count = 0;
      for await (const one of frames) {
        expect(one.frame).toBe(count++);
        far = Math.max(far, gridDistance(one, grids[one.frame] ?? ""));
      }
      expect([count, far <= 2]).toEqual([72, true]);
      expect(gridDistance(frame, grids[0] ?? "")).toBeLessThanOrEqual(2);
      expect(await numbersOf(sample(1 / 10))).toEqual([0, 10, 20, 30, 40, 50, 60, 70]);
      for await (const one of sample([70, 3, 3, 71])) {
        seen.push(one.frame);
        expect(gridDistance(one, grids[one.frame] ?? "")).toBeLessThanOrEqual(2);
      }
      return "Done";
    },
  });
  const results = await workOff(agent, await clip());
  expect(results.map(({ pathway, error }) => [pathway, error])).toEqual([["Done", null]]);
  expect(seen).toEqual([
    {
      codec: "h264",
      frameCount: 72,
      width: 352,
      height: 288,
      frameRate: 29.97,
      rotation: 0,
      container: "mp4",
    },
    70,
    3,
    3,
    71,
  ]);
});

it("an editor agent gets the frame that the annotator looks at, and the cost is told when it ends", async () => {
  const { invocation, cost } = await invoked(await clip(), ITEM, 47);
  const { frame } = await invocation.resolve({ frame: singleFrame });
  expect(frame.frame).toBe(47);
  expect(gridDistance(frame, grids[47] ?? "")).toBeLessThanOrEqual(2);
  expect(cost).toEqual({ transfers: [], frames: 1 });
  await invocation.close(null);
  expect(cost.transfers).toEqual([{ requests: 1, bytes: videoTruth[CLIP]?.bytes }]);
});

it("a frame that there is not is an error that says how many there are", async () => {
  const { invocation } = await invoked(await clip(), ITEM, 72);
  await expect(invocation.resolve({ frame: singleFrame })).rejects.toMatchObject({
    code: "out-of-range",
    message: "There is no frame 72: there are 72 frames, numbers 0 to 71.",
  });
  const { sample } = await invocation.resolve({ sample: videoSampler });
  expect(() => sample([3, 99])).toThrow(/no frame 99: there are 72 frames/);
  expect(() => sample(2)).toThrow(/rate is greater than 0 and at most 1/);
  await invocation.close(null);
});

it("a signed URL that expired in the middle is fetched anew", async () => {
  const emulator = await clip();
  const { invocation } = await invoked(emulator, ITEM);
  let refused = 0;
  const { fetch } = invocation.assets;
  Object.assign(invocation.assets, {
    fetch: async (input: string, init: RequestInit) => {
      if (refused++ === 0) return new Response("expired", { status: 403 });
      return (fetch as typeof globalThis.fetch)(input, init);
    },
  });
  const { frames: all } = await invocation.resolve({ frames });
  expect((await numbersOf(all)).length).toBe(72);
  await invocation.close(null);
});

async function imageGroup() {
  const names = ["png_rgb8.png", "jpeg_exif6.jpg", "webp_lossy.webp"];
  const media = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await mediaFixture(`images/${name}`)] as const)),
  );
  return emulatorOf(media, [
    {
      title: "group",
      dataType: "IMG_GROUP",
      itemUuid: ITEM,
      images: names.map((name) => ({ title: name, media: name, width: 639, height: 427 })),
    },
  ]);
}

it("the images of a group are frames too", async () => {
  const { invocation, cost } = await invoked(await imageGroup(), ITEM, 1);
  const { all, sample, frame } = await invocation.resolve({
    all: frames,
    sample: videoSampler,
    frame: singleFrame,
  });
  expect(await numbersOf(all)).toEqual([0, 1, 2]);
  expect(await numbersOf(sample([2, 2, 0], { width: 32 }))).toEqual([2, 2, 0]);
  expect(await numbersOf(sample(1 / 2))).toEqual([0, 2]);
  expect([frame.frame, frame.width, frame.height]).toEqual([1, 107, 160]);
  for await (const gray of sample([0], { gray: true, width: 32 })) {
    expect(gray.data.length).toBe(gray.width * gray.height);
    expect(gray.width).toBe(32);
  }
  expect(() => sample([3])).toThrow(/no frame 3: there are 3 frames/);
  await expect(invocation.resolve({ video })).rejects.toMatchObject({ code: "unsupported-item" });
  expect(cost.frames).toBe(10);
  await invocation.close(null);
});

it("what has no frames is named", async () => {
  const unframed: Needs[] = [{ frame: singleFrame }, { all: frames }, { sample: videoSampler }, { video }];
  for (const needs of unframed) {
    const { invocation } = await invoked(await clip(), ITEM);
    Object.assign(invocation.sources, {
      storageItem: async () => ({ itemType: "audio", name: "a.mp3" }) as StorageItem,
    });
    await expect(invocation.resolve(needs as never)).rejects.toMatchObject({
      code: "unsupported-item",
      message:
        '"a.mp3" is of the type audio, which has no frames; videos, image sequences, image groups and images do.',
    });
  }
});
