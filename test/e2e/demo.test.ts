/** What a person sees who types `npm run demo`. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

function demo(): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["scripts/demo.ts"], { cwd: root });
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    child.once("error", reject);
    child.once("exit", (status) => resolve({ status, output }));
  });
}

it("the demo runs every task over two stages and says so in its last line", async () => {
  const { status, output } = await demo();
  const lastLine = output.trimEnd().split("\n").at(-1);
  expect(lastLine, output).toMatch(/^demo: \d+ tasks succeeded, 0 failed, 0 left$/);
  expect(status).toBe(0);
  const gate = /^Quality Gate +image-quality-gate +0 +0 +(\d+) +0 /m.exec(output);
  const second = /^Agent 1 +general-example +0 +0 +(\d+) +0 /m.exec(output);
  expect(Number(gate?.[1])).toBeGreaterThanOrEqual(24);
  expect(Number(second?.[1])).toBeGreaterThan(0);
  expect(Number(lastLine?.match(/\d+/)?.[0])).toBe(Number(gate?.[1]) + Number(second?.[1]));
});
