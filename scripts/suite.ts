/**
 * `npm run conformance [AREA...]` and `npm run test:fuzz [AREA...]`: the tests against recordings and with mutated input, of all areas or
 * of those that are named. Arguments that begin with a dash go to vitest. An unknown area is refused with a list of the known ones. The
 * exit code is 1 if anything failed.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** One run of vitest: its options, and the test files of each area. */
interface Run {
  readonly options: readonly string[];
  readonly areas: Readonly<Record<string, readonly string[]>>;
}

const SUITES: Readonly<Record<string, readonly Run[]>> = {
  conformance: [
    {
      options: ["--project", "workerd"],
      areas: {
        encord: ["test/encord/conformance", "test/encord/key.test.ts", "test/encord/signing.test.ts"],
        emulator: ["test/emulator-tests/conformance"],
        agents: [
          "test/agent/frame-data.test.ts",
          "test/http/conformance",
          "test/http/cors.test.ts",
          "test/models/ontology-model.test.ts",
          "test/testing/conformance",
        ],
        media: [
          "test/media/conformance",
          "test/media/crop.test.ts",
          "test/media/frame.test.ts",
          "test/media/video.test.ts",
        ],
      },
    },
  ],
  fuzz: [
    {
      options: ["--project", "workerd", "--mode", "fuzz"],
      areas: { encord: ["test/encord/fuzz.test.ts", "test/encord/edit-fuzz.test.ts"] },
    },
    { options: ["--config", "vitest.fuzz.config.ts"], areas: { media: ["test/fuzz/media"] } },
  ],
};

const [name = "", ...words] = process.argv.slice(2);
const suite = SUITES[name];
if (!suite) throw new Error(`There is no suite "${name}". There are: ${Object.keys(SUITES).join(", ")}.`);
const isOption = (word: string) => word.startsWith("-");
const areas = suite.flatMap((run) => Object.keys(run.areas));
const wanted = words.some((word) => !isOption(word)) ? words.filter((word) => !isOption(word)) : areas;
const unknown = wanted.filter((area) => !areas.includes(area));
if (unknown.length > 0) {
  console.error(`There is no area "${unknown.join('", "')}". There are: ${areas.join(", ")}.`);
  process.exitCode = 1;
} else {
  const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
  for (const run of suite) {
    const files = wanted.flatMap((area) => run.areas[area] ?? []);
    if (files.length === 0) continue;
    const call = [vitest, "run", ...run.options, ...files, ...words.filter(isOption)];
    if (spawnSync(process.execPath, call, { stdio: "inherit" }).status !== 0) process.exitCode = 1;
  }
}
