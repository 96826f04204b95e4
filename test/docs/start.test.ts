/**
 * `npm start` as a newcomer meets it, in a copy of the project: it prints what the README shows, the call that it suggests works, and
 * it recovers from an agent that throws while it is loaded.
 */

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { partsIn } from "./document-class.ts";
import { root } from "./document-part.ts";
import { lacking, ProjectCopy, type RunningCommand } from "./project-copy.ts";

const USUAL_PORT = 8787;
const AGENT = "agents/general-example.ts";
const [shown] = await partsIn("printedByStart");

// Makes sure that the usual port is taken, by this server or by another one.
const occupant = createServer();
let project: ProjectCopy;
let start: RunningCommand;
let workerUrl: string;

beforeAll(async () => {
  occupant.on("error", () => {});
  await Promise.race([once(occupant, "error"), once(occupant.listen(USUAL_PORT, "127.0.0.1"), "listening")]);
  project = await ProjectCopy.make();
  start = project.start("npm", "start");
  await start.until(/^Agent 1 +general-example +0 +0 +19 +0 /m);
  [, workerUrl = ""] = await start.until(/^Console +(http:\S+)\/console$/m);
});
afterAll(async () => {
  await project?.remove();
  occupant.close();
});

/** A line without what differs each time (ports, rates), and cut off where the README cuts it off. */
const withoutOwn = (line: string) =>
  line
    .replace(/127\.0\.0\.1:\d+/g, "<address>")
    .replace(/ [\d.]+$/, "")
    .replace(/(curl .*"projectHash":"de300000-).*/, "$1")
    .replace(/\s+/g, " ")
    .trim();

it("prints what the README shows", async () => {
  const printed = start.output.split("\n").map(withoutOwn);
  const lines =
    shown?.text
      .trim()
      .split("\n")
      .filter((line) => line !== "") ?? [];
  expect(lines.length).toBeGreaterThan(7);
  // The line about keys is printed only if there is a keyboard.
  const keys = lines.at(-1) ?? "";
  expect(await readFile(join(root, "scripts/start.ts"), "utf8")).toContain(`"${keys}"`);
  expect(printed).toEqual(expect.arrayContaining(lines.slice(0, -1).map(withoutOwn)));
});

it("says that the usual port is taken, and where the Worker is instead", () => {
  expect(start.output).toContain(
    `Port ${USUAL_PORT} is taken by another program, perhaps by another \`npm start\`: this Worker is at ${workerUrl}`,
  );
});

it("suggests a call that the agent answers", async ({ skip }) => {
  skip(lacking("curl") !== undefined, "curl is not on this computer");
  const [, curl = ""] = await start.until(/^ {2}(curl -X POST .*)$/m);
  const { status, output, errors } = await project.run(curl.replace("curl", "curl -sS"));
  expect(output, errors).toMatch(/^\{"message":"Good: sharpness \d+/);
  expect(status).toBe(0);
});

it("tells what an agent threw while it was loaded, and starts the Worker again when that is fixed", async () => {
  const sound = await project.read(AGENT);
  await project.write(AGENT, `${sound}\nthrow new Error("broken on purpose");\n`);
  await start.until(/Error: broken on purpose/);
  const line = sound.split("\n").length + 1;
  await start.until(
    new RegExp(`agents/index\\.ts cannot be used: broken on purpose \\(${AGENT}:${line}:7\\)`),
  );
  await start.until(/The Worker has stopped; the error is above\. It starts again when you save a file\./);
  const before = start.output.length;
  await project.write(AGENT, sound);
  await start.until(/Starting the Worker again/);
  await expect
    .poll(() => start.output.slice(before), { timeout: 60_000 })
    .toMatch(/^Agent 1 +general-example/m);
  expect((await fetch(`${workerUrl}/health`)).status).toBe(200);
});

it("ends at Ctrl+C, with everything that it started", async () => {
  const asked = Date.now();
  await start.interrupt();
  expect(Date.now() - asked).toBeLessThan(2500);
  await expect(fetch(`${workerUrl}/health`)).rejects.toThrow();
});
