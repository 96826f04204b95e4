import { afterEach, describe, expect, it, vi } from "vitest";
import { headerUnits, hevcType } from "../../src/media/container/nal-units.ts";
import { openVideoFile } from "../../src/media/container/open-video-file.ts";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";
import { isolateMemory } from "../../src/media/wasm/memory-budget.ts";
import {
  type DecodedPicture,
  openVideoDecoder,
  type VideoDecoder,
} from "../../src/media/wasm/video-decoder.ts";
import { mediaFixture } from "./grid.ts";
import { watchInstances } from "./instances.ts";

interface Stream {
  readonly options: Parameters<typeof openVideoDecoder>[0];
  readonly packets: Uint8Array[];
}

async function streamOf(name: string): Promise<Stream> {
  const { index, packets } = await openVideoFile(new MemoryReader(await mediaFixture(`videos/${name}`)));
  const { codec, extradata, width, height, reorderDepth } = index;
  const all: Uint8Array[] = [];
  for (let i = 0; i < index.packets.count; i++) all.push((await packets.read(i, i)).slice());
  return { options: { codec, extradata, width, height, reorderDepth }, packets: all };
}

/** Sends every packet and hands every picture to `use`; damage is passed over. Gives the number of pictures. */
function decodeAll(
  decoder: VideoDecoder,
  packets: Uint8Array[],
  use: (picture: DecodedPicture) => void = () => {},
): number {
  let pictures = 0;
  const take = () => {
    for (let picture = decoder.receive(); picture; picture = decoder.receive()) {
      pictures++;
      use(picture);
    }
  };
  packets.forEach((packet, i) => {
    try {
      decoder.send(packet, i);
      take();
    } catch (error) {
      expect(error).toMatchObject({ code: "corrupt" });
    }
  });
  decoder.flush();
  take();
  return pictures;
}

afterEach(() => {
  vi.restoreAllMocks();
  // Whatever a job did, its share of the memory is back.
  expect([isolateMemory.reserved, isolateMemory.waiting]).toEqual([0, 0]);
});

describe("a decoded picture", () => {
  it("is given as planes, as RGB of any size and as gray", async () => {
    const { options, packets } = await streamOf("h264_crop322x242.mp4");
    const decoder = await openVideoDecoder(options);
    try {
      decodeAll(decoder, packets.slice(0, 1), (picture) => {
        expect(picture).toMatchObject({ pts: 0, width: 322, height: 242, pixelFormat: "yuv420p" });
        expect(picture.planes().map(({ rowBytes, rows }) => [rowBytes, rows])).toEqual([
          [322, 242],
          [161, 121],
          [161, 121],
        ]);
        expect(picture.copyPlanes()).toHaveLength(322 * 242 + 2 * 161 * 121);
        const rgb = picture.toRgb();
        expect([rgb.width, rgb.height, rgb.data.length]).toEqual([322, 242, 322 * 242 * 3]);
        for (const [width, height] of [
          [161, 121],
          [40, 200],
          [644, 484],
          [1, 1],
        ] as const) {
          const scaled = picture.toRgb({ width, height });
          expect(scaled.data).toHaveLength(width * height * 3);
          expect(mean(scaled.data)).toBeCloseTo(mean(rgb.data), -1);
        }
        expect(mean(picture.toGray({ width: 80, height: 60 }))).toBeCloseTo(mean(picture.toGray()), -1);
      });
    } finally {
      decoder.close();
    }
  });

  it("follows the stream's own tags when true colours are asked for", async () => {
    const { options, packets } = await streamOf("h264_bt709.mp4");
    const decoder = await openVideoDecoder(options);
    decodeAll(decoder, packets.slice(0, 1), (picture) => {
      const [opencv, tagged] = [picture.toRgb(), picture.toRgb({ colours: "tagged" })];
      expect(picture.toRgb().data).toEqual(opencv.data);
      const worst = opencv.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (tagged.data[i] as number))),
        0,
      );
      expect(worst).toBeGreaterThan(10);
      expect(worst).toBeLessThan(60);
    });
    decoder.close();
  });

  it("is gone once the decoder was asked for something else", async () => {
    const { options, packets } = await streamOf("h264_baseline.mp4");
    const decoder = await openVideoDecoder(options);
    decoder.send(packets[0] as Uint8Array, 0);
    decoder.flush();
    const picture = decoder.receive() as DecodedPicture;
    expect(picture.toGray({ width: 2, height: 2 })).toHaveLength(4);
    decoder.receive();
    expect(() => picture.toRgb()).toThrow("The picture is gone");
    expect(() => picture.planes()).toThrow("The picture is gone");
    decoder.close();
    decoder.close();
    expect(() => decoder.receive()).toThrow("the decoder is closed");
  });
});

describe("a decoder", () => {
  it("gives the same pictures after a jump back", async () => {
    const { options, packets } = await streamOf("h264_high_opengop.mp4");
    const decoder = await openVideoDecoder(options);
    const passes = [0, 1].map(() => {
      const sums: number[] = [];
      decodeAll(decoder, packets, (picture) => (sums[picture.pts] = sum(picture.copyPlanes())));
      decoder.reset();
      return sums;
    });
    decoder.close();
    expect(passes[0]).toHaveLength(packets.length);
    expect(passes[1]).toEqual(passes[0]);
  });

  it("goes on after packets that are damaged, empty or of something else", async () => {
    const { options, packets } = await streamOf("h264_baseline.mp4");
    const decoder = await openVideoDecoder(options);
    const damaged = packets.map((packet, i) =>
      i % 3 === 1 ? packet.slice().fill(i, packet.length >> 1) : packet,
    );
    damaged[4] = new Uint8Array();
    damaged[7] = new TextEncoder().encode("<html>not a packet</html>");
    expect(decodeAll(decoder, damaged)).toBeGreaterThan(40);
    decoder.reset();
    expect(decodeAll(decoder, packets)).toBe(60);
    decoder.close();
  });

  it("that this deployment does not carry is refused by name", async () => {
    const { decoders } = await import("encord-edge-agents/media/codecs");
    vi.spyOn(decoders.video.codecs as string[], "includes").mockReturnValue(false);
    await expect(openVideoDecoder({ codec: "hevc", width: 64, height: 64 })).rejects.toMatchObject({
      code: "unsupported-codec",
      message: expect.stringMatching(/^This deployment cannot decode HEVC \(H\.265\): it carries /),
    });
  });
});

describe("the memory of decoding", () => {
  it("too large for any isolate is refused before it is taken, with what would fit", async () => {
    const wall = { codec: "h264", width: 15_360, height: 8640 } as const;
    await expect(openVideoDecoder(wall)).rejects.toMatchObject({
      code: "too-large",
      message: expect.stringContaining("3840 x 2160 fits"),
    });
    const frames = { codec: "h264", width: 3840, height: 2160, ownBytes: 100e6 } as const;
    await expect(openVideoDecoder(frames)).rejects.toMatchObject({
      code: "too-large",
      message: expect.stringMatching(/Ask for smaller frames: \d+ MB are left for them/),
    });
  });

  it("grows with a stream that is larger than its container said, while there is some", async () => {
    const { options, packets } = await streamOf("h264_baseline.mp4");
    const decoder = await openVideoDecoder({ ...options, width: 16, height: 16 });
    expect(decodeAll(decoder, packets)).toBe(60);
    decoder.close();
  });

  it("that runs out ends the job at hand, and the next one is fine", async () => {
    const { options, packets } = await streamOf("h264_baseline.mp4");
    const greedy = await openVideoDecoder({ ...options, ownBytes: 0 });
    const others = await isolateMemory.reserve({
      bytes: isolateMemory.capacity - isolateMemory.reserved,
      what: "others",
    });
    greedy.send(packets[0] as Uint8Array, 0);
    greedy.flush();
    const picture = greedy.receive();
    expect(() => picture?.toRgb({ width: 4000, height: 3000 })).toThrow(
      expect.objectContaining({ code: "out-of-memory", retryable: true }),
    );
    greedy.close();
    others.release();
    const next = await openVideoDecoder(options);
    expect(decodeAll(next, packets)).toBe(60);
    next.close();
  });

  it("waits for those who came before, and can be given up", async () => {
    const others = await isolateMemory.reserve({ bytes: isolateMemory.capacity, what: "others" });
    const { options } = await streamOf("h264_single_frame.mp4");
    const signal = AbortSignal.timeout(60);
    await expect(openVideoDecoder({ ...options, signal })).rejects.toMatchObject({ name: "TimeoutError" });
    others.release();
  });

  it("is that of one instance, however many jobs there are", async () => {
    const { options, packets } = await streamOf("h264_single_frame.mp4");
    const { made, largestBytes } = await watchInstances(async () => {
      for (let i = 0; i < 300; i++) {
        const decoder = await openVideoDecoder(options);
        expect(decodeAll(decoder, packets)).toBe(1);
        decoder.close();
      }
    });
    expect(made).toBeLessThanOrEqual(1);
    expect(largestBytes).toBeLessThan(16e6);
  });
});

describe("a decoder that breaks", () => {
  it("fails its own job alone, and is replaced", async () => {
    const { options, packets } = await streamOf("h264_baseline.mp4");
    let armed = false;
    const { made } = await watchInstances(async () => {
      const { Instance } = WebAssembly;
      // An instance whose video_send traps when it is armed, as a bug in the decoder would make it.
      WebAssembly.Instance = new Proxy(Instance, {
        construct(target, values: ConstructorParameters<typeof WebAssembly.Instance>) {
          const instance = new target(...values);
          const exports = { ...instance.exports } as Record<string, unknown>;
          const { video_send } = exports as { video_send: (...values: unknown[]) => number };
          exports.video_send = (...sent: unknown[]) => {
            if (armed) throw new WebAssembly.RuntimeError("memory access out of bounds");
            return video_send(...sent);
          };
          return { exports };
        },
      });
      try {
        const [idle, healthy, victim] = [
          await openVideoDecoder(options),
          await openVideoDecoder(options),
          await openVideoDecoder(options),
        ];
        victim.send(packets[0] as Uint8Array, 0);
        armed = true;
        expect(() => victim.send(packets[1] as Uint8Array, 1)).toThrow(
          expect.objectContaining({ code: "corrupt" }),
        );
        armed = false;
        expect(() => victim.receive()).toThrow(expect.objectContaining({ code: "corrupt" }));
        victim.close();
        expect(decodeAll(healthy, packets)).toBe(60);
        healthy.close();
        idle.close();
      } finally {
        WebAssembly.Instance = Instance;
      }
    });
    // The instance left by the tests before may serve one of the three.
    expect(made).toBeGreaterThanOrEqual(2);
    const next = await openVideoDecoder(options);
    expect(decodeAll(next, packets)).toBe(60);
    next.close();
  });
});

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte, i) => total + byte * ((i % 251) + 1), 0);
}

function mean(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => total + byte, 0) / bytes.length;
}

it("HEVC whose parameters change behind its slices costs what comes after them, and no memory", async () => {
  const { options, packets } = await streamOf("hevc_main.mp4");
  const { extradata = new Uint8Array() } = options;
  const planesOf = async (packet: Uint8Array) => {
    const planes: Uint8Array[] = [];
    const decoder = await openVideoDecoder(options);
    try {
      decodeAll(decoder, [packet], (picture) => planes.push(picture.copyPlanes()));
      return { planes, bytes: decoder.memoryBytes };
    } finally {
      decoder.close();
    }
  };
  const [first = new Uint8Array()] = packets;
  const parameters = [...headerUnits("hevc", extradata)].find((unit) => hevcType(unit) === 33)?.slice();
  if (!parameters) throw new Error("the file has no sequence parameters");
  parameters[4] = (parameters[4] as number) ^ 0x10; // One profile more that it says to be compatible with.
  const changed = Uint8Array.from([...first, 0, 0, 0, parameters.length, ...parameters]);
  expect(await planesOf(changed)).toEqual(await planesOf(first));
});
