/** What the documents show compiles, and what the porting guide names exists and has an example that compiles. */

import { execFile } from "node:child_process";
import { glob, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, vi } from "vitest";
import { unstable_readConfig } from "wrangler";
import {
  asModule,
  type DocExample,
  documentExamples,
  exportedSymbols,
  symbolsNamed,
} from "../../scripts/doc-examples.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = `${root}.wrangler/doc-examples`;
const DOCUMENTS: string[] = [];
for await (const file of glob(["*.md", "docs/*.md", "wasm/README.md"], { cwd: root })) DOCUMENTS.push(file);
const GUIDE = ["docs/porting-from-python.md", "encord-agents, symbol by symbol"] as const;

/** Compiles each example as a module of the project. @returns the compiler's complaints */
async function compile(examples: readonly DocExample[]): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const options = {
    verbatimModuleSyntax: false,
    isolatedModules: false,
    allowUnreachableCode: true,
    types: ["@cloudflare/workers-types", "../../worker-configuration.d.ts"],
  };
  const config = {
    extends: "../../tsconfig.json",
    compilerOptions: options,
    include: ["*.ts"],
    exclude: [],
  };
  await writeFile(`${folder}/tsconfig.json`, JSON.stringify(config));
  for (const [i, { from, code }] of examples.entries()) {
    const placed = code.replaceAll('"../agents/', '"../../agents/').replaceAll('"./', '"../../agents/');
    await writeFile(`${folder}/example-${i + 1}.ts`, `// ${from}\n${placed}`);
  }
  const run = promisify(execFile)(`${root}node_modules/.bin/tsc`, ["-p", folder], { cwd: root });
  const output = await run.then(
    () => "",
    (error: { readonly stdout?: string }) => String(error.stdout),
  );
  return output.replace(/example-(\d+)\.ts/g, (name, i) => `${name} [${examples[Number(i) - 1]?.from}]`);
}

it("every example of the documents and of the symbols that the porting guide names compiles", async () => {
  const documents = (await Promise.all(DOCUMENTS.map(documentExamples))).flat();
  expect(documents.length).toBeGreaterThan(20);
  const symbols = await exportedSymbols();
  const named: DocExample[] = [];
  for (const name of await symbolsNamed(...GUIDE, 1)) {
    for (const code of symbols.get(name)?.examples ?? []) {
      named.push({ from: `the doc comment of ${name}`, code: await asModule(code) });
    }
  }
  expect(named.length).toBeGreaterThan(20);
  expect(await compile([...documents, ...named])).toBe("");
});

it("docs/errors.md names every code and class of error", async () => {
  const document = await readFile(`${root}docs/errors.md`, "utf8");
  const sources: string[] = [];
  for (const file of await readdir(`${root}src`, { recursive: true })) {
    // Examples in doc comments make up codes.
    if (file.endsWith(".ts"))
      sources.push((await readFile(`${root}src/${file}`, "utf8")).replace(/^ \* .*$/gm, ""));
  }
  const code = sources.join("\n");
  const named = (pattern: RegExp) => Array.from(code.matchAll(pattern), ([, name = ""]) => name);
  const media = await readFile(`${root}src/media/errors.ts`, "utf8");
  const expected = [
    ...named(/new AgentError\(\s*"([a-z-]+)"/g),
    ...named(/new OntologyModelError\(\s*"([a-z-]+)"/g),
    ...named(/class (\w+) extends (?:Encord|Agent)Error/g),
    ...Array.from(media.matchAll(/^ {2}\| "([a-z-]+)"/gm), ([, name = ""]) => name),
  ];
  expect(expected.length).toBeGreaterThan(50);
  expect([...new Set(expected)].filter((name) => !document.includes(name))).toEqual([]);
});

it("every symbol that the porting guide names exists, and has a doc comment with an example", async () => {
  const symbols = await exportedSymbols();
  const names = await symbolsNamed(...GUIDE, 1);
  expect(names).toContain("twinLabelRow");
  expect(names.filter((name) => (symbols.get(name)?.examples.length ?? 0) === 0)).toEqual([]);
});

/** The blocks of a language in all documents. */
async function blocks(language: string): Promise<DocExample[]> {
  const all = await Promise.all(
    DOCUMENTS.map(async (file) => {
      const found = (await readFile(`${root}${file}`, "utf8")).matchAll(
        new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"),
      );
      return Array.from(found, ([, code = ""], i) => ({ from: `${file}, ${language} ${i + 1}`, code }));
    }),
  );
  return all.flat();
}

it("every piece of configuration that the documents show is one that wrangler understands", async () => {
  const own = await readFile(`${root}wrangler.jsonc`, "utf8");
  const pieces = await blocks("jsonc");
  expect(pieces.length).toBeGreaterThan(3);
  const complaints: string[] = [];
  const warn = vi.spyOn(console, "warn").mockImplementation((text) => void complaints.push(String(text)));
  const path = `${root}.wrangler/doc-configuration.jsonc`;
  try {
    for (const { from, code } of pieces) {
      const [name = ""] = /^"(\w+)"/.exec(code)?.slice(1) ?? [];
      const rest = own.split("\n").filter((line) => !line.trimStart().startsWith(`"${name}":`));
      await writeFile(path, rest.join("\n").replace("{", `{\n${code.trimEnd()},`));
      // Throws when a value is of another type, and warns when a name is not known.
      unstable_readConfig({ config: path }, { hideWarnings: false });
      expect(complaints, from).toEqual([]);
    }
  } finally {
    warn.mockRestore();
    await rm(path, { force: true });
  }
});

it("every wrangler command that the documents name exists, with its options", async () => {
  const commands = new Map<string, Set<string>>();
  for (const file of DOCUMENTS) {
    const text = await readFile(`${root}${file}`, "utf8");
    for (const [, words = ""] of text.matchAll(/npx wrangler ([a-z][^`\n|#<]*)/g)) {
      const parts = words.trim().split(/\s+/);
      const name = parts.filter((word, i) => i < 2 && /^[a-z]+$/.test(word)).join(" ");
      const options = parts.filter((word) => word.startsWith("--"));
      commands.set(name, new Set([...(commands.get(name) ?? []), ...options]));
    }
  }
  expect(commands.size).toBeGreaterThan(4);
  const wrong = await Promise.all(
    [...commands].map(async ([name, options]) => {
      const words = [`${root}node_modules/wrangler/bin/wrangler.js`, ...name.split(" "), "--help"];
      const help = await promisify(execFile)(process.execPath, words, { cwd: root }).then(
        ({ stdout }) => stdout,
        (error: { readonly stderr?: string }) => `no such command: ${error.stderr}`,
      );
      const isKnown = help.includes(`wrangler ${name}`);
      return [...(isKnown ? [] : [name]), ...[...options].filter((option) => !help.includes(option))];
    }),
  );
  expect(wrong.flat()).toEqual([]);
}, 60_000);

it("every example of JSON in the documents is JSON", async () => {
  for (const { from, code } of await blocks("json")) {
    expect(() => JSON.parse(code), from).not.toThrow();
  }
});
