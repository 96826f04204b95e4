/** What the documents show compiles, and what the porting guide names exists and has an example that compiles. */

import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import {
  asModule,
  type DocExample,
  documentExamples,
  exportedSymbols,
  symbolsNamed,
} from "../../scripts/doc-examples.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = `${root}.wrangler/doc-examples`;
const DOCUMENTS = ["README.md", "docs/agents.md", "docs/dependencies.md", "docs/porting-from-python.md"];
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
  expect(documents.length).toBeGreaterThan(15);
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
