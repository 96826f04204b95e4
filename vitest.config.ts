import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseEnv } from "node:util";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { ClosingLine } from "./scripts/closing-line.ts";
import authVectors from "./test/fixtures/vectors/auth.json" with { type: "json" };

const fixtures = new URL("./test/fixtures/", import.meta.url);
const labelBlobs = findLabelBlobs();
const mediaTruth = findBeside(process.env.MEDIA_TRUTH, "media", "truth.json");
/** What tests read with `fetch`, by host. */
const folders: Record<string, URL | null> = {
  "fixtures.test": fixtures,
  "blobs.test": labelBlobs,
  "truth.test": mediaTruth,
};

/**
 * Label rows of real projects are not ours to publish: the conformance test reads them from LABEL_BLOBS, or from a folder
 * `encord-api/blobs` beside the checkout, and says so when there is none.
 */
function findLabelBlobs(): URL | null {
  return findBeside(process.env.LABEL_BLOBS, "encord-api/blobs", "index.json");
}

/** The folder `given`, or the first `<any>/<path>` beside the checkout that holds `file`. */
function findBeside(given: string | undefined, path: string, file: string): URL | null {
  if (given) return pathToFileURL(`${resolve(given)}/`);
  const parent = new URL("../", import.meta.url);
  try {
    const found = readdirSync(parent).map((name) => new URL(`${name}/${path}/`, parent));
    return found.find((folder) => existsSync(new URL(file, folder))) ?? null;
  } catch {
    return null;
  }
}

/**
 * Tests in workerd read fixture bytes with `fetch("https://fixtures.test/<path below test/fixtures>")`, and label rows, where
 * there are any, with `fetch("https://blobs.test/<name>.json")`; videos beside the checkout with `fetch("https://truth.test/...")`.
 */
async function serveFixture(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const folder = folders[url.hostname];
  if (folder === undefined) {
    return new Response(`Tests reach no network: ${url.origin} was asked for.`, { status: 599 });
  }
  try {
    if (!folder) throw new Error("No such folder.");
    return new Response(
      await readFile(fileURLToPath(new URL(`.${decodeURIComponent(url.pathname)}`, folder))),
    );
  } catch {
    return new Response(`No fixture at ${url.pathname}`, { status: 404 });
  }
}

/** wrangler hands a developer's own settings to the Worker; tests are the same on every computer. */
function withoutDeveloper(): Record<string, string> {
  const files = [".dev.vars", ".env"].map((file) => new URL(file, import.meta.url)).filter(existsSync);
  const names = files.flatMap((file) => Object.keys(parseEnv(readFileSync(file, "utf8"))));
  return Object.fromEntries(names.map((name) => [name, ""]));
}

/** What every run inside workerd has: the Worker's own configuration, and the fixtures in place of a network. */
export const workerd = {
  plugins: [
    cloudflareTest({
      main: "./test/worker.ts",
      wrangler: { configPath: "./wrangler.jsonc" },
      miniflare: {
        outboundService: serveFixture,
        analyticsEngineDatasets: { AGENT_METRICS: { dataset: "agents" } },
        // Not under the name that the Worker looks for: one test hands it over.
        ratelimits: { THREE_A_MINUTE: { namespace_id: "1", simple: { limit: 3, period: 60 } } },
        bindings: {
          ...withoutDeveloper(),
          ENCORD_DOMAIN: "https://encord.emulator.test",
          ENCORD_PROJECTS: "0e57a11e-0000-4000-8000-000000000001",
          ENCORD_SSH_KEY: authVectors.key.opensshPrivateKey,
        },
      },
    }),
  ],
};

export default defineConfig(({ mode }) => ({
  test: {
    reporters: ["default", new ClosingLine()],
    // Files that start processes and browsers wait for most of their time.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        ...workerd,
        test: {
          name: "workerd",
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**", "test/cli/**", "test/docs/**", "test/e2e/**", "test/crash/**"],
          isolate: false,
          // On a busy machine; a test alone takes far less.
          testTimeout: 30_000,
          // `npm run test:fuzz` tries many more.
          provide: { fuzzRuns: Number(process.env.FUZZ_RUNS ?? (mode === "fuzz" ? 10_000 : 600)) },
        },
      },
      { test: { name: "command-line", include: ["test/cli/**/*.test.ts"] } },
      {
        test: {
          name: "processes",
          include: ["test/browser/**/*.test.ts", "test/docs/**/*.test.ts", "test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
}));
