/**
 * The console in a real browser, on the whole stack: each page in light and dark, on a desktop and a phone, checked with axe;
 * each action; live updates. Pictures of every page are left in `.wrangler/screenshots`.
 */

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoSeed, type SeedWithMedia } from "../../scripts/demo-seed.ts";
import { LocalStack } from "../../scripts/local-stack.ts";
import { untilTasksDone } from "../../scripts/task-progress.ts";
import { launch } from "./chromium.ts";
import { inChromium } from "./in-chromium.ts";

const OPERATOR_TOKEN = "operator-token-of-the-browser-test";
const VIEWER_TOKEN = "viewer-token-of-the-browser-test";
const pictures = fileURLToPath(new URL("../../.wrangler/screenshots/", import.meta.url));

const LARGEST_PAGE_BYTES = 60_000;
/** Of Chromium's layout shift score, the sum while somebody looks; below 0.1 counts as good. */
const STILL = 0.02;
const REPORT_SHIFTS = `
  window.shift = 0;
  window.shifted = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      window.shift += value;
      for (const { node } of sources) window.shifted.push(node?.className || node?.id || node?.nodeName);
    }
  }).observe({ type: "layout-shift", buffered: true });`;

interface AxeFinding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

/** Stands in no agent's stage. */
const LABELLED_UNIT = "da7a0000-0000-4000-8000-0000000000aa";

/** The demo with one more picture, on which an annotator has drawn a car. */
function withLabelledUnit({ seed, media }: SeedWithMedia): SeedWithMedia {
  const [project] = seed.projects;
  const like = project?.data[0];
  if (!project || !like) throw new Error("The demo has no data.");
  const car = {
    objectHash: "drawnCar",
    featureHash: "dmObjCar",
    name: "Car",
    value: "car",
    color: "#D33115",
    shape: "bounding_box",
    boundingBox: { x: 0.28, y: 0.71, w: 0.18, h: 0.13 },
    confidence: 1,
    createdAt: "Thu, 01 Jan 2026 00:00:00 UTC",
    createdBy: "annotator@example.com",
    manualAnnotation: true,
  };
  const unit = {
    data_hash: LABELLED_UNIT,
    data_title: "by-hand.jpg",
    data_type: "image/jpeg",
    data_sequence: 0,
    width: like.width ?? 0,
    height: like.height ?? 0,
    labels: { objects: [car], classifications: [] },
  };
  const blob = {
    label_hash: "1abe1000-0000-4000-8000-0000000000aa",
    branch_name: "main",
    dataset_hash: "da7a5e70-0000-4000-8000-0000000000aa",
    dataset_title: "Streets",
    data_title: "by-hand.jpg",
    data_hash: LABELLED_UNIT,
    data_type: "image",
    data_units: { [LABELLED_UNIT]: unit },
    object_answers: { drawnCar: { objectHash: "drawnCar", classifications: [] } },
    classification_answers: {},
    object_actions: {},
    label_status: "LABEL_IN_PROGRESS",
  };
  const { itemUuid: _item, task: _task, ...rest } = like;
  const labelled = {
    ...rest,
    title: "by-hand.jpg",
    dataHash: LABELLED_UNIT,
    stage: "Annotate",
    labels: { labelHash: blob.label_hash, blob },
  };
  return {
    media,
    seed: {
      ...seed,
      projects: [{ ...project, data: [...project.data, labelled] }, ...seed.projects.slice(1)],
    },
  };
}

inChromium("the console", () => {
  let stack: LocalStack;
  let browser: Browser;
  let page: Page;
  let stage: string;
  let failed: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    await mkdir(pictures, { recursive: true });
    const settings = { ADMIN_TOKEN: OPERATOR_TOKEN, CONSOLE_VIEWER_TOKEN: VIEWER_TOKEN };
    [stack, browser] = await Promise.all([
      LocalStack.start({ seed: withLabelledUnit(await demoSeed("one-corrupt")), settings }),
      launch(),
    ]);
    await stack.cron();
    const stages = await untilTasksDone(stack, 60_000);
    const gate = stages.find((each) => each.agent === "image-quality-gate");
    stage = `/console/stages/${gate?.projectHash}/${gate?.stage.uuid}`;
    page = await open(stack.workerUrl);
    await page.goto(`${stage}?state=failed`);
    failed = (await page.locator(".tasks tbody a").first().getAttribute("href")) ?? "";
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  async function open(baseURL: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ baseURL, ...options });
    const opened = await context.newPage();
    opened.on("pageerror", (error) => complaints.push(error.message));
    // A refused style or script would be reported here.
    opened.on("console", (message) => {
      if (message.type() === "error" && /Content Security Policy|Refused/.test(message.text()))
        complaints.push(message.text());
    });
    return opened;
  }

  async function accessible(what: Page): Promise<string[]> {
    if (await what.evaluate("typeof axe === 'undefined'")) await what.evaluate(axe.source);
    const { violations } = (await what.evaluate("axe.run()")) as { violations: AxeFinding[] };
    return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.target.join(" ")}`);
  }

  it("every page reads well in light and dark, on a desktop and a phone: axe finds nothing, nothing is cut off", async () => {
    const pages = {
      overview: () => "/console",
      stage: () => stage,
      task: () => failed,
      picture: () => `${failed}/picture`,
      agents: () => "/console/agents",
      playground: () => "/console/playground",
      audit: () => "/console/audit",
      "not-found": () => "/console/nowhere",
    };
    const looking = await open(stack.workerUrl);
    let transferred = 0;
    looking.on("requestfinished", async (request) => {
      const picture = request.resourceType() === "image";
      const { responseBodySize, responseHeadersSize } = await request.sizes();
      if (!picture) transferred += responseBodySize + responseHeadersSize;
    });
    for (const [name, path] of Object.entries(pages)) {
      transferred = 0;
      await looking.goto(path());
      await looking.waitForLoadState("networkidle");
      expect(transferred, `${name}: bytes on the wire, without pictures`).toBeLessThan(LARGEST_PAGE_BYTES);
      for (const [device, viewport] of [
        ["desktop", { width: 1280, height: 800 }],
        ["phone", { width: 390, height: 844 }],
      ] as const) {
        await looking.setViewportSize(viewport);
        for (const colorScheme of ["light", "dark"] as const) {
          await looking.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          await looking.screenshot({
            path: `${pictures}${name}-${device}-${colorScheme}.png`,
            fullPage: true,
          });
          expect(await accessible(looking), `${name}, ${device}, ${colorScheme}`).toEqual([]);
        }
        const width = (await looking.evaluate("document.documentElement.scrollWidth")) as number;
        expect(width, `${name}, ${device}`).toBeLessThanOrEqual(viewport.width);
      }
    }
    await looking.context().close();
  });

  it("an attempt's phases and its log read well, opened by a key, in light and dark, on a desktop and a phone", async () => {
    const stages = await stack.stages();
    const logging = stages.find((each) => each.agent === "general-example");
    const looking = await open(stack.workerUrl);
    await looking.goto(`/console/stages/${logging?.projectHash}/${logging?.stage.uuid}?state=succeeded`);
    await looking.locator(".tasks tbody a").first().click();
    const log = looking.locator(".attempt details");
    await log.locator("summary").focus();
    await looking.keyboard.press("Enter");
    expect(await log.locator("li").allTextContents()).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} info task_seen.*title=street-/),
    ]);
    // What one opened stays open while the page is live.
    await renewed(looking);
    expect(await log.locator("li").isVisible()).toBe(true);
    expect(await looking.locator(".attempt .bar rect").count()).toBeGreaterThan(2);
    for (const [device, width] of [
      ["desktop", 1280],
      ["phone", 390],
    ] as const) {
      await looking.setViewportSize({ width, height: 844 });
      for (const colorScheme of ["light", "dark"] as const) {
        await looking.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        expect(await accessible(looking), `${device}, ${colorScheme}`).toEqual([]);
        await looking.screenshot({ path: `${pictures}task-logged-${device}-${colorScheme}.png` });
      }
      expect(await looking.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    }
    await looking.context().close();
  });

  it("a task that failed is retried from its page, which shows the new attempt while one looks", async () => {
    await page.goto(failed);
    expect(await page.locator("#detail").textContent()).toMatch(/BMP|decoded/);
    expect(await page.locator(".attempt").count()).toBe(1);
    await page.getByRole("button", { name: "Retry" }).click();
    await page.getByText("1 task given all its attempts again.").waitFor();
    // Nobody reloads: the page does it by itself.
    await page.locator(".attempt").nth(1).waitFor();
    expect(await page.locator(".attempt").count()).toBe(2);
  });

  it("an action on all tasks shows how far it is, and renews itself", async () => {
    const looking = await open(stack.workerUrl);
    await looking.goto(stage);
    await looking.getByRole("button", { name: /^Retry all failed/ }).click();
    await looking.locator("#result", { hasText: /The stage since then: 1 failed$/ }).waitFor();
    for (const colorScheme of ["light", "dark"] as const) {
      await looking.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      expect(await accessible(looking), colorScheme).toEqual([]);
    }
    await looking.setViewportSize({ width: 390, height: 844 });
    expect(await looking.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    await looking.context().close();
  });

  it("pause and go live, from the overview and from the stage", async () => {
    await page.goto("/console");
    await page.getByRole("button", { name: "Pause: Quality Gate" }).click();
    const goLive = page.getByRole("button", { name: "Go live: Quality Gate" });
    await goLive.waitFor();
    await page.goto(stage);
    expect(await page.locator("#banner .badge").textContent()).toBe("Paused");
    await page.getByRole("button", { name: "Go live: Quality Gate" }).click();
    await page.getByText("Live: tasks run as they arrive.").waitFor();
  });

  it("an editor agent is tested, and its URL copied", async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto("/console/agents");
    await page.getByRole("button", { name: "Copy" }).first().click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/\/agents\/[\w-]+$/);
    await page
      .getByRole("button", { name: /^Test / })
      .first()
      .click();
    await page.getByText("answered 200").waitFor();
    await page.getByText("Call it on a data unit").first().click();
    await page
      .getByLabel("Address of the data unit")
      .first()
      .fill(`${stack.emulator.projectHash}/${await stack.emulator.anyDataHash()}/0`);
    await page.getByRole("button", { name: "Call …" }).first().click();
    await page.getByRole("button", { name: "Call it" }).click();
    await page.getByText(/answered [24]00 in/).waitFor();
    await page.getByText("Last calls").first().waitFor();
    await page.goto("/console/audit");
    expect(await page.locator("tbody").textContent()).toContain("test agent");
    for (const path of ["/console/audit", "/console/agents"]) {
      await page.goto(path);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await accessible(page), path).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(390);
      await page.screenshot({ path: `${pictures}${path.slice(9)}-after-phone-light.png` });
      await page.setViewportSize({ width: 1280, height: 720 });
      await page.screenshot({ path: `${pictures}${path.slice(9)}-after-desktop-light.png` });
    }
  });

  it("two agents are tried on a task, side by side, with the picture that each would leave", async () => {
    const plain = await open(stack.workerUrl, { javaScriptEnabled: false });
    await plain.goto(`${stage}?search=street-01`);
    await plain.locator(".tasks tbody a").first().click();
    await plain.getByRole("link", { name: "Show the picture" }).click();
    await plain.getByRole("img", { name: /^Frame 0 of street/ }).waitFor();
    await plain.screenshot({ path: `${pictures}picture-shown-desktop-light.png`, fullPage: true });
    await plain.getByRole("link", { name: "Try an agent on it" }).click();
    expect(await plain.getByLabel("Data unit").inputValue()).toMatch(/^[\da-f-]{36}\/[\da-f-]{36}$/);
    expect(await plain.getByLabel("Agent", { exact: true }).inputValue()).toBe("stage:image-quality-gate");
    const unit = `${stack.emulator.projectHash}/${LABELLED_UNIT}`;
    await plain.getByLabel("Data unit").fill(unit);
    await plain.getByLabel("Compare with").selectOption("editor:frame-quality");
    await plain.getByRole("button", { name: "Dry run" }).click();
    await plain.locator(".trials article").nth(1).waitFor();
    await plain.waitForLoadState(); // The page arrives in pieces: a card may be there before its picture.
    expect(await plain.locator(".trials .problem").allTextContents()).toEqual([]);
    expect(await plain.locator(".trials img").count()).toBe(2);
    expect(await plain.locator(".trials .badge").allTextContents()).toEqual(["Good", "Good"]);
    await plain.context().close();

    const looking = await open(stack.workerUrl);
    await looking.goto(`/console/playground?${new URLSearchParams({ unit })}`);
    await looking.getByLabel("Compare with").selectOption("editor:frame-quality");
    await looking.getByRole("button", { name: "Dry run" }).click();
    await looking.locator(".trials article").nth(1).waitFor();
    await looking.waitForLoadState();
    const widths = (await looking.evaluate(
      `[...document.querySelectorAll(".trials img")].map((image) => image.naturalWidth)`,
    )) as number[];
    expect(widths).toHaveLength(2);
    expect(widths.every((width) => width > 0 && width <= 1024)).toBe(true);
    await shown(looking, "playground-tried");
    await looking.context().close();
  });

  it("two settings of one agent are compared; a wrong value is said beside its field", async () => {
    const unit = `${stack.emulator.projectHash}/${LABELLED_UNIT}`;
    const start = `/console/playground?${new URLSearchParams({ unit })}`;
    const plain = await open(stack.workerUrl, { javaScriptEnabled: false });
    await plain.goto(start);
    await plain.getByLabel("Compare with").selectOption("stage:image-quality-gate");
    await plain.getByRole("button", { name: "Show the settings" }).click();
    await plain.getByRole("group", { name: /second run/ }).waitFor();
    await plain.context().close();

    const looking = await open(stack.workerUrl);
    await looking.goto(start);
    expect(await looking.getByRole("button", { name: "Show the settings" }).count()).toBe(0);
    await looking.getByLabel("Frame", { exact: true }).fill("0");
    await looking.getByLabel("Compare with").selectOption("stage:image-quality-gate");
    const second = looking.getByRole("group", { name: /second run/ });
    const sharpness = second.getByLabel("QUALITY_MIN_SHARPNESS");
    await sharpness.fill("very");
    await looking.getByLabel("Begin without labels").check();
    await looking.getByRole("button", { name: "Dry run" }).click();
    await looking.getByRole("alert").waitFor();
    expect(await sharpness.getAttribute("aria-invalid")).toBe("true");
    expect(await looking.evaluate("document.activeElement.id")).toBe("other.QUALITY_MIN_SHARPNESS");
    await shown(looking, "playground-wrong");
    await sharpness.fill("100000");
    await looking.getByRole("button", { name: "Dry run" }).click();
    await looking.locator(".trials article").nth(1).waitFor();
    await looking.waitForLoadState();
    expect(await looking.locator(".trials .badge").allTextContents()).toEqual(["Good", "Reject"]);
    expect(await looking.getByLabel("Frame", { exact: true }).inputValue()).toBe("0");
    expect(await looking.getByLabel("Begin without labels").isChecked()).toBe(true);
    await shown(looking, "playground-compared");
    // An agent without settings takes the fields away, and what was filled in elsewhere stays.
    await looking.getByLabel("Compare with").selectOption("stage:general-example");
    await second.waitFor({ state: "detached" });
    expect(await looking.getByRole("group", { name: /^Settings of/ }).count()).toBe(1);
    await looking.context().close();
  });

  /** On a desktop and a phone, light and dark: a picture of it, axe, and nothing cut off. */
  async function shown(looking: Page, name: string): Promise<void> {
    for (const [device, width] of [
      ["desktop", 1280],
      ["phone", 390],
    ] as const) {
      await looking.setViewportSize({ width, height: 844 });
      for (const colorScheme of ["light", "dark"] as const) {
        await looking.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        expect(await accessible(looking), `${name}, ${device}, ${colorScheme}`).toEqual([]);
        await looking.screenshot({
          path: `${pictures}${name}-${device}-${colorScheme}.png`,
          fullPage: true,
        });
      }
      expect(await looking.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(width);
    }
    await looking.setViewportSize({ width: 1280, height: 844 });
  }

  /** The page was fetched again, as when one comes back to it, and has carried over what changed. */
  async function renewed(looking: Page): Promise<void> {
    await Promise.all([
      looking.waitForResponse((response) => response.request().headers()["x-console-live"] === "1"),
      looking.evaluate(`document.dispatchEvent(new Event("visibilitychange"))`),
    ]);
    await looking.waitForTimeout(50);
  }

  it("what happens is shown when it happens: the server tells, and no clock is waited for", async () => {
    const looking = await open(stack.workerUrl);
    await looking.clock.install();
    await looking.goto(stage);
    await page.goto(stage);
    for (const [action, state] of [
      ["Pause", "is-paused"],
      ["Go live", "is-live"],
    ]) {
      await page.getByRole("button", { name: `${action}: Quality Gate` }).click();
      await looking.locator(`#banner .${state}`).waitFor({ timeout: 5000 });
    }
    await looking.context().close();
  });

  it("a page that nobody looks at asks for nothing, and neither does one that was told to be still", async () => {
    const looking = await open(stack.workerUrl);
    await looking.clock.install();
    await looking.goto("/console");
    let asked = 0;
    looking.on("request", () => asked++);
    const answered = () =>
      looking.waitForResponse((response) => response.request().headers()["x-console-live"] === "1");
    await Promise.all([answered(), looking.clock.runFor(3000)]);
    await looking.getByRole("button", { name: "Live", exact: true }).click();
    asked = 0;
    await looking.clock.runFor(600_000);
    expect(asked).toBe(0);
    await Promise.all([answered(), looking.getByRole("button", { name: "Live", exact: true }).click()]);
    await looking.evaluate(
      `Object.defineProperty(document, "hidden", { value: true }); document.dispatchEvent(new Event("visibilitychange"))`,
    );
    asked = 0;
    await looking.clock.runFor(600_000);
    expect(asked).toBe(0);
    await looking.context().close();
  });

  it("a page that is cut off from the Worker says so, and goes on when it is not", async () => {
    const looking = await open(stack.workerUrl);
    await looking.goto("/console/agents");
    await looking.context().setOffline(true);
    await looking.getByRole("button", { name: "Live, out of reach" }).waitFor();
    await looking.context().setOffline(false);
    await looking.getByRole("button", { name: "Live", exact: true }).waitFor();
    await looking.context().close();
  });

  it("without JavaScript a task is found, read, and acted on", async () => {
    const plain = await open(stack.workerUrl, { javaScriptEnabled: false });
    await plain.goto("/console/agents");
    expect(await plain.getByRole("button", { name: "Copy" }).count()).toBe(0);
    await plain.goto(stage);
    expect(await plain.getByRole("button", { name: "Live", exact: true }).count()).toBe(0);
    expect(await plain.getByRole("checkbox", { name: /^Select all/ }).count()).toBe(0);
    await plain.getByRole("searchbox").fill("street-05");
    await plain.getByRole("button", { name: "Search" }).click();
    await plain.getByRole("checkbox", { name: "Select street-05.bmp" }).check();
    await plain.locator("#task-form").getByRole("button", { name: "Retry", exact: true }).click();
    expect(await plain.locator("#result").textContent()).toMatch(/1 task (given|skipped)/);
    await plain.context().close();
  });

  it("tasks are selected by keyboard, kept selected while live, and cancelled or moved only after a question", async () => {
    await page.goto(stage);
    await page.getByRole("button", { name: "Pause: Quality Gate" }).click();
    await page.goto(`${stage}?state=failed`);
    await page.locator('input[name="task"]').first().focus();
    await page.keyboard.press("Space");
    expect(await page.locator("#selected-count").textContent()).toBe("1 selected");
    // Enter there must not press the first button of the form.
    const here = page.url();
    await page.keyboard.press("Enter");
    await renewed(page);
    expect(page.url()).toBe(here);
    expect(await page.locator('input[name="task"]').first().isChecked()).toBe(true);
    await page.getByRole("combobox", { name: "Stage to move" }).selectOption({ index: 1 });
    await page.getByRole("button", { name: "Move …" }).click();
    expect(await page.locator("h1").textContent()).toMatch(/^Move 1 task to/);
    expect(await accessible(page)).toEqual([]);
    await page.screenshot({ path: `${pictures}confirm-desktop-light.png` });
    await page.getByRole("link", { name: "Go back" }).click();
    await page.locator("#select-all").check();
    await page.locator("#task-form").getByRole("button", { name: "Retry", exact: true }).click();
    await page.getByText(/given all (its|their) attempts again\./).waitFor();
    // New tasks, which wait as long as the stage is paused.
    await stack.emulator.refill(await demoSeed("one-corrupt", 1));
    await stack.cron();
    await page.goto(stage);
    await page.getByRole("button", { name: /^Cancel all .*\([1-9]/ }).click();
    const question = (await page.locator("h1").textContent()) ?? "";
    expect(question).toMatch(/^Cancel \d+ tasks?\?$/);
    await page.getByRole("button", { name: /^Cancel \d/ }).click();
    await page.locator("#result").waitFor();
    await page.getByRole("button", { name: "Go live: Quality Gate" }).click();
    await page.locator("#banner .is-live").waitFor();
  });

  it("away from the loopback interface it is closed until one signs in; a viewer only looks", async () => {
    const remote = await open(stack.workerUrl.replace(/127\.0\.0\.1|localhost/, "console.test"));
    await remote.goto("/console");
    expect(await remote.locator("h1").textContent()).toBe("Sign in");
    expect(await accessible(remote)).toEqual([]);
    await remote.screenshot({ path: `${pictures}sign-in-desktop-light.png` });
    await remote.getByLabel("Console token").fill("not-the-token-of-anybody");
    await remote.keyboard.press("Enter");
    await remote.getByText("not one of the console's tokens").waitFor();
    await remote.getByLabel("Console token").fill(VIEWER_TOKEN);
    await remote.keyboard.press("Enter");
    await remote.getByText("read only").waitFor();
    expect(await remote.getByRole("button", { name: /^Pause/ }).count()).toBe(0);
    expect(await remote.evaluate("document.cookie")).toBe("");
    await remote.getByRole("button", { name: "Sign out" }).click();
    await remote.getByRole("heading", { name: "Sign in" }).waitFor();
    await remote.context().close();
  });

  it("nothing jumps about while tasks are processed, on a desktop or a phone", async () => {
    const views = await Promise.all(
      [
        { width: 1280, height: 800 },
        { width: 360, height: 740 },
      ].flatMap((viewport) =>
        ["/console", stage].map(async (path) => {
          const view = await open(stack.workerUrl, { viewport });
          await view.addInitScript(REPORT_SHIFTS);
          await view.goto(path);
          return { name: `${path} at ${viewport.width}`, view, before: await view.textContent("main") };
        }),
      ),
    );
    const goLive = await fetch(`${stack.workerUrl}${stage.replace("/console/", "/api/")}/go-live`, {
      method: "POST",
    });
    expect(goLive.status).toBe(200);
    await stack.emulator.refill(withLabelledUnit(await demoSeed("one-corrupt", 2)));
    await stack.cron();
    await untilTasksDone(stack, 60_000);
    for (const { name, view, before } of views) {
      // It is told of the work, and the last of it.
      await expect.poll(() => view.textContent("main"), { timeout: 20_000 }).not.toBe(before);
      await view.waitForTimeout(2000);
      const moved = await view.evaluate("window.shifted.join()");
      expect(await view.evaluate("window.shift"), `${name}: ${moved}`).toBeLessThan(STILL);
      await view.context().close();
    }
  });

  it("no page broke its own content security policy, and no script failed", () => {
    expect(complaints).toEqual([]);
  });
});
