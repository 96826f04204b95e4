/** What the documents say of events and files is so. */

import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

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
