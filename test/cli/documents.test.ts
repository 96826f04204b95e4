/** What the documents say of events, commands and files is so. */

import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runCommand } from "../../src/cli/program.ts";
import { terminal } from "./terminal.ts";

const root = fileURLToPath(new URL("../../", import.meta.url).href);
const text = (file: string) => readFile(join(root, file), "utf8");

async function filesOf(...patterns: string[]): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(patterns, { cwd: root })) files.push(file);
  return files.sort();
}

const documents = await filesOf("*.md", "docs/**/*.md");

it("docs/logs.md names every event that the code logs, and no other", async () => {
  const logged = new Set<string>();
  for (const file of await filesOf("src/**/*.ts", "src/**/*.tsx")) {
    if (file.startsWith("src/cli/")) continue;
    // Examples in comments log what they like.
    const code = (await text(file)).replaceAll(/\/\*\*.*?\*\//gs, "");
    for (const [, event = ""] of code.matchAll(/\b(?:debug|info|warn|error)\(\s*"([a-z_]+)"/g))
      logged.add(event);
  }
  const documented = [...(await text("docs/logs.md")).matchAll(/^\| `([a-z_]+)` \|/gm)].map(
    ([, event]) => event,
  );
  expect(documented.toSorted()).toEqual([...logged].toSorted());
});

it("every encord-edge command in the documents exists, with its options", async () => {
  const wrong: string[] = [];
  let commands = 0;
  for (const file of documents) {
    for (const [line, words = ""] of (await text(file)).matchAll(/npx encord-edge ([^`\n]*)/g)) {
      const [command = "", ...rest] = words.trim().split(/\s+/);
      const known = command.replace(/[^a-z].*$/, "");
      const name = /^[-<]/.test(command) ? [] : known === "new" ? ["new", "agent"] : [known];
      const context = terminal();
      const status = await runCommand([...name, "--help"], context);
      const options = rest
        .filter((word) => /^--[a-z]/.test(word))
        .map((word) => word.replace(/[^a-z-].*$/, ""));
      const missing = options.filter((option) => !context.output().includes(option));
      if (status !== 0 || name[0] === "" || missing.length > 0)
        wrong.push(`${file}: ${line} ${missing.join(" ")}`);
      commands++;
    }
  }
  expect(wrong).toEqual([]);
  expect(commands).toBeGreaterThan(5);
});

it("every npm script that the documents name exists", async () => {
  const { scripts } = JSON.parse(await text("package.json")) as { scripts: Record<string, string> };
  const named = new Set<string>();
  for (const file of documents) {
    for (const [, script = ""] of (await text(file)).matchAll(/npm run ([a-z:-]+)/g)) named.add(script);
  }
  expect([...named].filter((script) => !(script in scripts))).toEqual([]);
});

it("every link between the documents leads somewhere", async () => {
  const dead: string[] = [];
  for (const file of documents) {
    for (const [, target = ""] of (await text(file)).matchAll(
      /\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g,
    )) {
      if (!existsSync(join(root, dirname(file), target))) dead.push(`${file}: ${target}`);
    }
  }
  expect(dead).toEqual([]);
});
