import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const fixtures = new URL("./test/fixtures/", import.meta.url);

/** Tests in workerd read fixture bytes with `fetch("https://fixtures.test/<path below test/fixtures>")`. */
async function serveFixture(request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (url.hostname !== "fixtures.test") {
    return new Response(`Tests reach no network: ${url.origin} was asked for.`, { status: 599 });
  }
  try {
    return new Response(
      await readFile(fileURLToPath(new URL(`.${decodeURIComponent(url.pathname)}`, fixtures))),
    );
  } catch {
    return new Response(`No fixture at ${url.pathname}`, { status: 404 });
  }
}

/** What every run inside workerd has: the Worker's own configuration, and the fixtures in place of a network. */
export const workerd = {
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.jsonc" },
      miniflare: { outboundService: serveFixture },
    }),
  ],
  // As wrangler bundles it: mediabunny's separate modules import Node's file system, which only its `browser` field takes out.
  resolve: {
    alias: {
      mediabunny: fileURLToPath(
        new URL("node_modules/mediabunny/dist/bundles/mediabunny.mjs", import.meta.url),
      ),
    },
  },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...workerd,
        test: {
          name: "workerd",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", "test/crash/**"],
          isolate: false,
        },
      },
      {
        test: {
          name: "processes",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
