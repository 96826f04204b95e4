/** Everything in the documents that a reader may type or copy is checked by some test, or has a reason why not. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { CLASSES, type ClassName, NOT_RUN, partsIn } from "./document-class.ts";
import { documentParts, partsOf, placeOf, root } from "./document-part.ts";

const names = Object.keys(CLASSES) as ClassName[];
let scripts: Readonly<Record<string, string>>;

beforeAll(async () => {
  ({ scripts } = JSON.parse(await text("package.json")));
});

const text = (file: string) => readFile(join(root, file), "utf8");

/** What a tool prints, whatever its exit status. */
async function said(...words: string[]): Promise<string> {
  const [tool = "", ...rest] = words;
  const path = tool.startsWith("node_modules/") ? join(root, tool) : tool;
  const run = promisify(execFile)(process.execPath, [path, ...rest], { cwd: root });
  const { stdout, stderr } = await run.catch((error: { stdout: string; stderr: string }) => error);
  return `${stdout}${stderr}`;
}

it("every block and every command of the documents is in exactly one class, and no class is empty", async () => {
  const parts = await documentParts();
  const wrong = parts.flatMap((part) => {
    const classes = names.filter((name) => CLASSES[name].fits(part));
    return classes.length === 1 ? [] : [`${placeOf(part)} is in [${classes}]: ${part.text.trim()}`];
  });
  expect(wrong).toEqual([]);
  const counts = names.map((name) => [name, parts.filter(CLASSES[name].fits).length] as const);
  expect(counts.filter(([, count]) => count === 0)).toEqual([]);
  const not = NOT_RUN.flatMap(({ command, because }) => {
    const commands = new Set(parts.filter((part) => command.test(part.text)).map((part) => part.text));
    return [...commands].map((each) => `    ${each}: ${because}`);
  });
  console.log(
    [
      `${parts.length} blocks, commands and options in the documents:`,
      ...counts.map(([name, count]) => `  ${count} ${CLASSES[name].name}`),
      ...not,
    ].join("\n"),
  );
});

it("each class is checked by a test that takes all of its parts, and no reason is left without a command", async () => {
  for (const name of names) expect(await text(CLASSES[name].checkedBy)).toContain(`partsIn("${name}")`);
  const parts = await documentParts();
  expect(NOT_RUN.filter(({ command }) => !parts.some((part) => command.test(part.text)))).toEqual([]);
});

it("finds blocks of every form and commands wherever they stand, and knows where", () => {
  const document = [
    "Type `npm ci`, not `npm`.",
    "```sh",
    "npm ci && npm start  # both",
    "",
    "# only said",
    "```",
    "* in a list",
    "  ~~~",
    "  `npm ci` is no command here",
    "  ~~~",
    "| `--port N` | `wrangler.jsonc` |",
  ].join("\n");
  expect(partsOf("a.md", document).map(({ kind, line, text, inline }) => [kind, line, text, inline])).toEqual(
    [
      ["command", 1, "npm ci", true],
      ["command", 3, "npm ci", false],
      ["command", 3, "npm start", false],
      ["block", 8, "  `npm ci` is no command here\n", false],
      ["option", 11, "--port N", true],
    ],
  );
  expect(() => partsOf("a.md", "```sh\nnpm \\\n  ci\n```")).toThrow("a.md:2: give each command a line");
  expect(() => partsOf("a.md", "```sh\nnpm ci")).toThrow("a.md:1: this block does not end");
});

it("every npm script that is named exists", async () => {
  const named = (await documentParts()).flatMap((part) => /\bnpm run ([\w:-]+)/.exec(part.text)?.[1] ?? []);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

/** Scripts that .ci/run does not run: the test that does, and the text in it that shows so. */
const RUN_BY: Readonly<Record<string, readonly [file: string, text: string]>> = {
  "npm start": ["test/docs/start.test.ts", 'start("npm", "start")'],
  "npm run demo": ["test/e2e/demo.test.ts", "scripts/demo.ts"],
  "npm pack": ["test/package/main.ts", '["pack", "--json"'],
};

it("commands that .ci/run or a test should execute are executed there", async () => {
  const ci = await text(".ci/run");
  for (const { text: command } of await partsIn("executedByTests")) {
    if (command === ".ci/run") continue;
    const [file, words] = RUN_BY[command] ?? [".ci/run", command.replace("npm run ", "npm run --silent ")];
    expect(file === ".ci/run" ? ci : await text(file), command).toContain(words);
  }
});

/** A tool's help for a command, and the command's own words, which must be in it. */
async function helpFor(command: string): Promise<{ help: string; own: readonly string[] }> {
  const words = command.replace(/^npx /, "").split(/\s+/);
  const [tool, ...rest] = words;
  const subcommands = rest.slice(0, rest.findIndex((word) => !/^[a-z]+$/.test(word)) >>> 0);
  switch (tool) {
    case "encord-edge": {
      const own = subcommands[0] === "new" ? ["new", "agent"] : subcommands.slice(0, 1);
      return { help: await said("bin/encord-edge.js", ...own, "--help"), own };
    }
    case "wrangler":
      return {
        help: await said("node_modules/wrangler/bin/wrangler.js", ...subcommands, "--help"),
        own: [`wrangler ${subcommands.join(" ")}`],
      };
    case "vitest":
      return { help: await said("node_modules/vitest/vitest.mjs", "--help", "--expand-help"), own: [] };
    case "biome":
      return {
        help: await said("node_modules/@biomejs/biome/bin/biome", ...subcommands, "--help"),
        own: subcommands,
      };
    default:
      throw new Error(`This test does not know how ${tool} prints its help: add it.`);
  }
}

it("commands in sentences and tables exist, with options that they take", async () => {
  const commands = (await partsIn("checkedWithTool")).filter(({ kind }) => kind === "command");
  const helps = new Map<string, Promise<{ help: string; own: readonly string[] }>>();
  const wrong = await Promise.all(
    commands.map(async (part) => {
      const command = part.text.replace("<command>", "");
      const asked = helps.get(command) ?? helpFor(command);
      helps.set(command, asked);
      const { help, own } = await asked;
      const options = [...command.matchAll(/\s(--[a-z-]+)/g)].map(([, option = ""]) => option);
      const paths = [...command.matchAll(/\s((?:src|test)\/\S+)/g)].map(([, path = ""]) => path);
      const missing = [
        ...[...own, ...options].filter((word) => !help.includes(word)),
        ...paths.filter((path) => !existsSync(join(root, path))),
      ];
      return missing.map((word) => `${placeOf(part)}: ${part.text} (${word})`);
    }),
  );
  expect(wrong.flat()).toEqual([]);
});

it("options that are named alone are options of encord-edge or of one of the project's scripts", async () => {
  const options = (await partsIn("checkedWithTool")).filter(({ kind }) => kind === "option");
  const own = ["test", "doctor", "agents", "run", "notify", "keygen"];
  const helps = await Promise.all([
    ...own.map((command) => said("bin/encord-edge.js", command, "--help")),
    said("bin/encord-edge.js", "new", "agent", "--help"),
  ]);
  const sources = await Promise.all(["start", "emulator", "size"].map((name) => text(`scripts/${name}.ts`)));
  const linker = await text("wasm/build.sh");
  const known = [...helps, ...sources, linker].join("\n");
  const named = (option: string) => option.match(/^--[a-z-]+/)?.[0] ?? option;
  expect(options.filter((part) => !known.includes(named(part.text))).map(placeOf)).toEqual([]);
});

it("areas and benchmarks that are not run here are on their tools' own lists", async () => {
  const lists = {
    conformance: await said("scripts/suite.ts", "conformance", "unknown"),
    "test:fuzz": await said("scripts/suite.ts", "fuzz", "unknown"),
    bench: await said("bench/run.ts", "unknown"),
  };
  const wrong: string[] = [];
  for (const part of await partsIn("notRun")) {
    const [, script = "", name, option] =
      /^npm run (conformance|test:fuzz|bench)(?: (\w+))?(?: -- --(\w+))?/.exec(part.text) ?? [];
    if (name === undefined) continue;
    const list = lists[script as keyof typeof lists].split(/there (?:is|are):? /i).at(-1) ?? "";
    if (!list.match(/\w+/g)?.includes(name)) wrong.push(`${placeOf(part)}: ${list} has no ${name}`);
    if (option !== undefined && !(await text(`bench/${name}.bench.ts`)).includes(`${option}: {`))
      wrong.push(`${placeOf(part)}: there is no --${option}`);
  }
  expect(wrong).toEqual([]);
});
