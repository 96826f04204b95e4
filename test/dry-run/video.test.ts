/** A dry run on a video: labels on many frames, and a picture of any of them. */

import { dryRun } from "encord-edge-agents";
import { EncordClient } from "encord-edge-agents/encord";
import { decodeImage } from "encord-edge-agents/media";
import { expect, it } from "vitest";
import { prelabelVideo } from "../../agents/prelabel-video.ts";
import { PROJECT, workshop } from "../agent/workshop.ts";

it("boxes on every frame are told as ranges, and drawn on the frame that is asked for", async () => {
  const response = await fetch("https://fixtures.test/motion/moving.mp4");
  const media = { "moving.mp4": new Uint8Array(await response.arrayBuffer()) };
  const clip = { title: "moving.mp4", media: "moving.mp4", dataType: "VIDEO", width: 160, height: 120 };
  const emulator = await workshop({
    stage: "Pre-Labeling Agent",
    pathways: ["Annotate 1"],
    data: [{ ...clip, numberOfFrames: 36, framesPerSecond: 12, duration: 3 }],
    media,
  });
  const send = (input: RequestInfo | URL, init?: RequestInit) => emulator.fetch(new Request(input, init));
  const { dataHash = "" } = emulator.tasks()[0] ?? {};
  const result = await dryRun(prelabelVideo, {
    client: await EncordClient.withSshKey(emulator.connection),
    projectHash: PROJECT,
    dataHash,
    assets: { allowInsecureLoopback: false, fetch: send, onTransfer: () => {}, onFrame: () => {} },
  });
  expect(result).toMatchObject({ pathway: "Annotate 1", error: null });
  expect(emulator.labels(dataHash)).toBeNull();
  const [labels] = result.labels;
  expect(labels?.changes.map((each) => [each.change, each.name, each.frames])).toEqual([
    ["added", "Car", [[0, 35]]],
    ["added", "Car", [[0, 35]]],
  ]);
  // Frame 20: the red shape stands at (70, 16), 24 wide; its box is drawn in the color of "Car".
  const picture = await decodeImage(await result.picture(20));
  const at = (y: number, x: number) => [...picture.data.subarray((y * 160 + x) * 3, (y * 160 + x) * 3 + 3)];
  expect([picture.width, picture.height]).toEqual([160, 120]);
  expect(at(16, 80)).toEqual([0xd3, 0x31, 0x15]);
  expect(at(60, 20)).not.toEqual([0xd3, 0x31, 0x15]);
});
