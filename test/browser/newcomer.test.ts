/**
 * A newcomer's first minutes, in a real browser: start, open the console, watch the tasks, see why one failed, mend its file,
 * retry it, see it succeed. Nothing is reloaded by hand.
 */

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoSeed } from "../../scripts/demo-seed.ts";
import { LocalStack } from "../../scripts/local-stack.ts";
import { launch } from "./chromium.ts";
import { inChromium } from "./in-chromium.ts";

inChromium("a newcomer", () => {
  let stack: LocalStack;
  let browser: Browser;

  beforeAll(async () => {
    [stack, browser] = await Promise.all([
      LocalStack.start({ seed: await demoSeed("one-corrupt") }),
      launch(),
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  it("watches the tasks, sees why one failed, mends its file, retries it, and sees it succeed", async () => {
    const page = await browser.newPage({ baseURL: stack.workerUrl });
    await page.goto("/console");
    await page.getByText("No task has failed.").waitFor();
    await stack.cron();
    const broken = page.getByRole("link", { name: "street-05.bmp" });
    await broken.waitFor();
    await broken.click();

    await page.getByRole("heading", { name: /^street-05\.bmp/ }).waitFor();
    expect(await page.locator("#detail").textContent()).toMatch(/BMP/);
    const attempts = page.locator(".attempt");
    const before = await attempts.count();

    const { media } = await demoSeed();
    const sound = media["street-05.bmp"];
    if (!sound) throw new Error("The demo has no such picture any more.");
    await stack.emulator.putMedia("street-05.bmp", sound);
    await page.getByRole("button", { name: "Retry" }).click();
    await page.locator("main .badge.is-succeeded").first().waitFor();
    expect(await attempts.count()).toBeGreaterThan(before);

    const { tasks } = await stack.emulator.tasks();
    const mended = tasks.find((task) => task.dataTitle === "street-05.bmp");
    const moves = (await stack.emulator.moves()).filter((move) => move.dataHash === mended?.dataHash);
    expect(moves.length).toBeGreaterThan(0);
    await page.context().close();
  });
});
