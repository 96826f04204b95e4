/**
 * How the documents are checked: the classes of their parts, and what is done with each. Every part belongs to exactly one class
 * (documents.test.ts); the test that a class names takes its parts from here, so that none is left out. Parts that cannot be run without
 * an account, a network or another computer have a reason.
 */

import { type DocumentPart, documentParts } from "./document-part.ts";

interface DocumentClass {
  /** What is done with its parts, in a few words. */
  readonly name: string;
  /** The test that does so. */
  readonly checkedBy: string;
  readonly fits: (part: DocumentPart) => boolean;
}

/** A command that no test runs, and why. */
interface Exception {
  readonly command: RegExp;
  readonly because: string;
}

export const NOT_RUN: readonly Exception[] = [
  { command: /^npx wrangler login$/, because: "asks a person to sign in at Cloudflare, in a browser" },
  { command: /^npm create cloudflare@/, because: "downloads a template from a public repository" },
  { command: /^apt-get install /, because: "changes the computer" },
  { command: /^npm run dev -- --ip 0\.0\.0\.0$/, because: "opens a port to the whole network" },
  { command: /^npm run record$/, because: "replaces pictures of the documents; needs Chromium and ffmpeg" },
  { command: /^npm run test:crash$/, because: "takes minutes; `npm test` kills the Worker three times" },
  {
    command: /^npm run test:fuzz$/,
    because: "takes minutes; `npm test` does the same with fewer mutations",
  },
  {
    command: /^npm run conformance(?: \w+)?$/,
    because: "repeats what `npm test` runs; its areas are checked with its own list",
  },
  {
    command: /^npm run bench\b/,
    because: "takes minutes; its names are checked with its own list, and its options with its source",
  },
  { command: /^npm run wasm:(?:build|verify)$/, because: "needs compilers of exact versions, and minutes" },
];

const isCommand = (pattern: RegExp) => (part: DocumentPart) =>
  part.kind === "command" && pattern.test(part.text);
const isBlockOf =
  (...languages: readonly string[]) =>
  (part: DocumentPart) =>
    part.kind === "block" && languages.includes(part.language);

const isNotRun = (part: DocumentPart) =>
  part.kind === "command" && NOT_RUN.some(({ command }) => command.test(part.text));
const runsHere = isCommand(
  /^cp |^openssl [^|]*$|^ssh-keygen |^curl (?:-s )?http:\/\/127\.0\.0\.1:8787\/|^npm run (?:emulator|dev)$/,
);
const isOurs = isCommand(/^(?:npx )?encord-edge\b/);
const needsAccount = isCommand(
  /\bnpx wrangler (?:secret|deployments|rollback|tail|deploy)\b|^npm run deploy\b/,
);

export const CLASSES = {
  executed: {
    name: "executed, on the demo's project under `npm run emulator` and `npm run dev`",
    checkedBy: "test/docs/commands.test.ts",
    fits: (part) => runsHere(part) || (isOurs(part) && !part.inline),
  },
  executedAtCloudflare: {
    name: "executed, with a stand-in for Cloudflare's API",
    checkedBy: "test/docs/cloudflare.test.ts",
    fits: needsAccount,
  },
  executedByTests: {
    name: "executed by .ci/run, or by its own test",
    checkedBy: "test/docs/documents.test.ts",
    fits: isCommand(
      /^npm (?:ci|test|start|pack)$|^npm run (?:demo|types|lint|dead-code|size|licences|test:package)$|^\.ci\/run$/,
    ),
  },
  checkedWithTool: {
    name: "checked with the tool's own help",
    checkedBy: "test/docs/documents.test.ts",
    fits: (part) =>
      part.kind === "option" ||
      (isOurs(part) && part.inline) ||
      isCommand(/^wrangler [a-z]|^npx (?:vitest|biome) /)(part),
  },
  notRun: {
    name: "not run, for a reason",
    checkedBy: "test/docs/documents.test.ts",
    fits: isNotRun,
  },
  compiled: {
    name: "type-checked",
    checkedBy: "test/docs/examples.test.ts",
    fits: isBlockOf("ts"),
  },
  configuration: {
    name: "checked with wrangler's schema",
    checkedBy: "test/docs/examples.test.ts",
    fits: isBlockOf("jsonc"),
  },
  printed: {
    name: "compared with what the program prints",
    checkedBy: "test/docs/commands.test.ts",
    fits: (part) => isBlockOf("json", "text")(part) && part.file !== "README.md",
  },
  printedByStart: {
    name: "compared with what `npm start` prints",
    checkedBy: "test/docs/start.test.ts",
    fits: (part) => isBlockOf("text")(part) && part.file === "README.md",
  },
  python: {
    name: "parsed; running it needs Encord's Python SDK, and half of it is there to be replaced",
    checkedBy: "test/docs/examples.test.ts",
    fits: isBlockOf("python"),
  },
  sql: {
    name: "columns compared with those that are written; running it needs Cloudflare's Analytics Engine",
    checkedBy: "test/docs/examples.test.ts",
    fits: isBlockOf("sql"),
  },
} satisfies Record<string, DocumentClass>;

export type ClassName = keyof typeof CLASSES;

/** All parts of a class, in the order of the documents. */
export async function partsIn(name: ClassName): Promise<DocumentPart[]> {
  return (await documentParts()).filter(CLASSES[name].fits);
}
