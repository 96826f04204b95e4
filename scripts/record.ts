/**
 * `npm run record`: makes the pictures of the console in docs/images, and the recording in the README, from the demo. Needs Chromium and
 * ffmpeg (Debian, Ubuntu: `apt-get install chromium ffmpeg`); without them it says so and changes nothing.
 */

import { execFile } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { chromiumPath, launch } from "../test/browser/chromium.ts";
import { demoSeed } from "./demo-seed.ts";
import { freePort } from "./dev-server.ts";
import { LocalStack, USUAL_PORT } from "./local-stack.ts";
import { untilTasksDone } from "./task-progress.ts";

const run = promisify(execFile);
const images = fileURLToPath(new URL("../docs/images/", import.meta.url));
const VIEW = { width: 1280, height: 720 };
const STILL_WIDTH = 1000;
const RECORDING_WIDTH = 960;
const LARGEST_BYTES = 1_500_000;
/** Chooses the palette from the picture, or from the whole recording. */
const PALETTE = "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=none";

async function record(): Promise<void> {
  const hasFfmpeg = await run("ffmpeg", ["-version"]).then(
    () => true,
    () => false,
  );
  if (chromiumPath === null || !hasFfmpeg) {
    throw new Error(
      "Chromium and ffmpeg are needed: apt-get install chromium ffmpeg, or set CHROMIUM to a browser's path.",
    );
  }
  const folder = await mkdtemp(join(tmpdir(), "encord-edge-recording-"));
  const browser = await launch();
  const stack = await LocalStack.start({
    port: await freePort(USUAL_PORT),
    seed: await demoSeed("one-corrupt"),
  });
  try {
    const context = await browser.newContext({
      baseURL: stack.workerUrl,
      viewport: VIEW,
      colorScheme: "light",
      reducedMotion: "reduce",
    });
    const film = new Film(await context.newPage(), folder);
    await walk(film, stack);
    await film.save(join(images, "demo.gif"));
  } finally {
    await browser.close();
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the recording shows: from the overview to two settings compared. */
async function walk(film: Film, stack: LocalStack): Promise<void> {
  const { page } = film;
  await page.goto("/console");
  await film.shoot(0.8);
  await stack.cron();
  const done = untilTasksDone(stack, 60_000);
  let busy = true;
  const ended = done.finally(() => (busy = false)).catch(() => {});
  for (let i = 0; i < 6 && busy; i++) {
    await page.reload();
    await film.shoot(0.35);
  }
  await ended;
  const stages = await done;
  await page.reload();
  await film.shoot(1.4);
  await film.still("console-overview.png");

  const gate = stages.find((each) => each.agent === "image-quality-gate");
  const stage = `/console/stages/${gate?.projectHash}/${gate?.stage.uuid}`;
  await page.goto(`${stage}?state=failed`);
  await film.shoot(1);
  await page.locator(".tasks tbody a").first().click();
  await page.locator(".attempt").first().waitFor();
  await film.shoot(1.8);
  await film.still("console-task.png");

  await page.goto(`${stage}?search=street-01`);
  await page.locator(".tasks tbody a").first().click();
  await page.getByRole("link", { name: "Show the picture" }).click();
  await page.getByRole("img", { name: /^Frame 0/ }).waitFor();
  await film.shoot(1.2);
  await page.getByRole("link", { name: "Try an agent on it" }).click();
  await page.getByLabel("Compare with").selectOption({ label: "image-quality-gate" });
  const second = page.getByRole("group", { name: /second run/ });
  await second.getByLabel("QUALITY_MIN_SHARPNESS").fill("100000");
  // The demo has labelled it already, and an agent adds a verdict once.
  await page.getByLabel("Begin without labels").check();
  await film.shoot(1.4);
  await page.getByRole("button", { name: "Dry run" }).click();
  await page.locator(".trials article").nth(1).waitFor();
  await page.waitForLoadState(); // The page arrives in pieces: a card may be there before its picture.
  await film.still("console-playground.png", true);
  await page.evaluate(`document.getElementById("results").scrollIntoView()`);
  await film.shoot(2.6);
}

/** Pictures of a page, each with the seconds for which it is shown. */
class Film {
  readonly page: Page;
  readonly #folder: string;
  readonly #shots: { readonly file: string; readonly seconds: number }[] = [];

  constructor(page: Page, folder: string) {
    this.page = page;
    this.#folder = folder;
  }

  async shoot(seconds: number): Promise<void> {
    const file = join(this.#folder, `${this.#shots.length}.png`);
    await this.page.screenshot({ path: file });
    this.#shots.push({ file, seconds });
  }

  /** Saves a single picture in docs/images. */
  async still(name: string, fullPage = false): Promise<void> {
    const file = join(this.#folder, name);
    await this.page.screenshot({ path: file, fullPage });
    await convert(["-i", file], STILL_WIDTH, join(images, name));
  }

  /** Saves the recording. @throws Error if it is larger than a page of documentation should be */
  async save(target: string): Promise<void> {
    const lines = this.#shots.map(({ file, seconds }) => `file '${file}'\nduration ${seconds}\n`);
    const list = join(this.#folder, "shots.txt");
    await writeFile(list, lines.join(""));
    // Durations in the list are between pictures, so the last one is given separately, in hundredths of a second.
    const pause = ["-final_delay", String(Math.round((this.#shots.at(-1)?.seconds ?? 0) * 100))];
    await convert(["-f", "concat", "-safe", "0", "-i", list], RECORDING_WIDTH, target, pause);
    const { size } = await stat(target);
    const seconds = this.#shots.reduce((sum, shot) => sum + shot.seconds, 0);
    console.log(`${target}: ${this.#shots.length} pictures, ${seconds.toFixed(1)} s, ${size} bytes`);
    if (size > LARGEST_BYTES)
      throw new Error(`${target} is larger than ${LARGEST_BYTES} bytes: show less in it.`);
  }
}

async function convert(
  input: readonly string[],
  width: number,
  target: string,
  output: readonly string[] = [],
): Promise<void> {
  const filter = `scale=${width}:-1:flags=lanczos,${PALETTE}`;
  const options = ["-vf", filter, "-fps_mode", "passthrough", ...output];
  await run("ffmpeg", ["-v", "error", "-y", ...input, ...options, target]);
}

try {
  await record();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
