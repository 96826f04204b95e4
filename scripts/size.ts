/**
 * `npm run size`: how large a Worker is, by what its agents ask for, and how long it takes to start. Bundled and minified as by
 * `npm run deploy`, every file compressed. Fails if a Worker is above its limit, or more than 5 % above its budget in `size-budget.json`
 * beside this file; `npm run size -- --update` writes the measured sizes into that file.
 */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleWorker, type WorkerBundle, wrangler } from "./worker-bundle.ts";

interface Variant {
  readonly name: string;
  /** In kB, compressed. */
  readonly limit: number;
  /** The agents, as TypeScript. */
  readonly agents: string;
}

interface Measured {
  readonly variant: Variant;
  readonly bundle: WorkerBundle;
}

const FREE_PLAN_KB = 3000;
const GROWTH = 1.05;
const LONGEST_START_MS = 50;
const START_ATTEMPTS = 3;

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = join(root, ".wrangler", "size");
const configuration = relative(process.cwd(), join(root, "wrangler.jsonc"));
const budgetFile = fileURLToPath(new URL("./size-budget.json", import.meta.url));
const editor = (
  dependencies: readonly string[],
) => `import { ${["editorAgent", ...dependencies].join(", ")} } from "encord-edge-agents";
const agents = [editorAgent({ name: "measured", dependencies: { ${dependencies.join(", ")} }, run: () => null })];`;

const variants: readonly Variant[] = [
  { name: "API only", limit: 120, agents: editor(["client", "project", "labelRow", "storageItem"]) },
  { name: "with images", limit: FREE_PLAN_KB, agents: editor(["labelRow", "singleFrame"]) },
  {
    name: "with images and video",
    limit: FREE_PLAN_KB,
    agents: editor(["labelRow", "singleFrame", "videoSampler"]),
  },
  {
    name: "this template",
    limit: FREE_PLAN_KB,
    agents:
      'import template from "../../agents/index.ts";\nconst agents = [...template.editorAgents, ...template.taskAgents];',
  },
];

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { update: { type: "boolean", default: false } } });
  const measured: Measured[] = [];
  await rm(folder, { recursive: true, force: true });
  for (const variant of variants) measured.push(await measure(variant));
  const budget = values.update
    ? Object.fromEntries(
        measured.map(({ variant, bundle }) => [variant.name, Math.ceil(bundle.gzipBytes / 1000)]),
      )
    : (JSON.parse(await readFile(budgetFile, "utf8")) as Record<string, number>);
  if (values.update) await writeFile(budgetFile, `${JSON.stringify(budget, null, 2)}\n`);

  const faults = measured.flatMap((each) => faultsOf(each, budget[each.variant.name]));
  const rows = measured.map(({ variant, bundle }) => [
    variant.name,
    (bundle.bytes / 1000).toFixed(0),
    (bundle.gzipBytes / 1000).toFixed(0),
    String(budget[variant.name] ?? "-"),
    String(variant.limit),
    bundle.modules.join(", ") || "none",
  ]);
  printTable([["Worker with agents", "kB", "gzip kB", "budget", "limit", "WebAssembly"], ...rows]);
  const start = await startUp();
  console.log(`\nStart-up: ${start.toFixed(1)} ms of CPU time on this computer, at most ${LONGEST_START_MS}`);
  if (start > LONGEST_START_MS) faults.push(`Start-up takes ${start.toFixed(1)} ms of CPU time.`);
  for (const fault of faults) console.error(`TOO MUCH: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

function faultsOf({ variant, bundle }: Measured, budget: number | undefined): string[] {
  const { name, limit } = variant;
  const gzip = bundle.gzipBytes / 1000;
  const { modules } = bundle;
  const size = `"${name}" has ${gzip.toFixed(0)} kB`;
  return [
    ...(gzip > limit ? [`${size}, the limit is ${limit}.`] : []),
    ...(budget !== undefined && gzip > budget * GROWTH
      ? [`${size}, the budget is ${budget}. If that is intended: npm run size -- --update`]
      : []),
    ...(budget === undefined ? [`"${name}" has no budget. Set it: npm run size -- --update`] : []),
    ...(name === "API only" && modules.length > 0
      ? [`"${name}" carries ${modules.join(", ")}, which it never uses.`]
      : []),
  ];
}

async function measure(variant: Variant): Promise<Measured> {
  const place = join(folder, variant.name.replaceAll(" ", "-"));
  await mkdir(folder, { recursive: true });
  await writeFile(`${place}.ts`, await mainModule(variant));
  return { variant, bundle: await bundleWorker([`${place}.ts`, "--config", configuration], place) };
}

/** The code of the template's main module, with other agents. */
async function mainModule({ agents }: Variant): Promise<string> {
  const template = await readFile(join(root, "worker.ts"), "utf8");
  const list = "const listed = defineAgents({ agents });";
  const code = template
    .replace(
      /^import agents from .*$/m,
      `${agents}\nimport { defineAgents } from "encord-edge-agents";\n${list}`,
    )
    .replace("createWorker(agents)", "createWorker(listed)");
  if (!code.includes("createWorker(listed)"))
    throw new Error(
      "worker.ts no longer has the form that this script replaces agents in: adapt mainModule.",
    );
  return code;
}

/**
 * Milliseconds of CPU time until the template's Worker is ready, on this computer. Other work of the computer can only increase it, so
 * a time above the limit is measured again.
 */
async function startUp(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < START_ATTEMPTS && least > LONGEST_START_MS; i++)
    least = Math.min(least, await measureStart());
  return least;
}

async function measureStart(): Promise<number> {
  const profile = join(folder, "startup.cpuprofile");
  const words = ["check", "startup", "--config", configuration, "--outfile", profile, "--args=--minify"];
  const output = await wrangler(words);
  const active = /Active: ([\d.]+) ms/.exec(output)?.[1];
  if (active === undefined) throw new Error(`wrangler printed no start-up time:\n${output}`);
  return Number(active);
}

function printTable(rows: readonly (readonly string[])[]): void {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 || column === row.length - 1 ? cell.padEnd(width(column)) : cell.padStart(width(column)),
    );
    console.log(cells.join("  ").trimEnd());
  }
}
