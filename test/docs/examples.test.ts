/** The documents' examples compile, and everything that the porting guide names exists and has an example that compiles. */

import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, it, vi } from "vitest";
import { unstable_readConfig } from "wrangler";
import { asModule, type DocExample, documentExample, exportedSymbols, symbolsNamed } from "./doc-examples.ts";
import { partsIn } from "./document-class.ts";
import { placeOf, root } from "./document-part.ts";
import { lacking } from "./project-copy.ts";

const folder = `${root}.wrangler/doc-examples`;
const GUIDE = ["docs/porting-from-python.md", "encord-agents, symbol by symbol"] as const;

/** Compiles each example as a module of the project. @returns what the compiler prints */
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
  const documents = await Promise.all((await partsIn("compiled")).map(documentExample));
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

it("every piece of configuration that the documents show is one that wrangler understands", async () => {
  const own = await readFile(`${root}wrangler.jsonc`, "utf8");
  const pieces = await partsIn("configuration");
  expect(pieces.length).toBeGreaterThan(3);
  const complaints: string[] = [];
  const warn = vi.spyOn(console, "warn").mockImplementation((text) => void complaints.push(String(text)));
  const path = `${root}.wrangler/doc-configuration.jsonc`;
  try {
    for (const part of pieces) {
      const code = part.text;
      const [name = ""] = /^"(\w+)"/.exec(code)?.slice(1) ?? [];
      const rest = own.split("\n").filter((line) => !line.trimStart().startsWith(`"${name}":`));
      await writeFile(path, rest.join("\n").replace("{", `{\n${code.trimEnd()},`));
      // Throws when a value is of another type, and warns when a name is not known.
      unstable_readConfig({ config: path }, { hideWarnings: false });
      expect(complaints, placeOf(part)).toEqual([]);
    }
  } finally {
    warn.mockRestore();
    await rm(path, { force: true });
  }
});

it("every example in Python is Python", async ({ skip }) => {
  skip(lacking("python3") !== undefined, "python3 is not on this computer");
  const parts = await partsIn("python");
  const program =
    "import ast, json, sys; [ast.parse(code, place) for place, code in json.loads(sys.argv[1])]";
  const sources = parts.map((part) => [placeOf(part), part.text]);
  // Throws with the place and the line.
  await promisify(execFile)("python3", ["-c", program, JSON.stringify(sources)]);
});

it("every query of the documents names columns that are written, and values that are in them", async () => {
  const document = await readFile(`${root}docs/logs.md`, "utf8");
  const written = await readFile(`${root}src/metrics.ts`, "utf8");
  const count = (list: string) =>
    new RegExp(`${list}: \\[([^\\]]*)\\]`).exec(written)?.[1]?.split(",").length ?? 0;
  const columns = new Set([
    ...["timestamp", "_sample_interval", "index1"],
    ...Array.from({ length: count("blobs") }, (_, i) => `blob${i + 1}`),
    ...Array.from({ length: count("doubles") }, (_, i) => `double${i + 1}`),
  ]);
  expect(columns.size).toBeGreaterThan(9);
  for (const part of await partsIn("sql")) {
    const code = part.text.replace(/--.*/g, "");
    const named = code.match(/\b(?:index|blob|double)\d+\b|\btimestamp\b|\b_\w+/g) ?? [];
    expect(
      named.filter((name) => !columns.has(name)),
      placeOf(part),
    ).toEqual([]);
    for (const [, value = ""] of code.matchAll(/'([a-z]+)'/g)) expect(document).toContain(`\`${value}\``);
  }
});
