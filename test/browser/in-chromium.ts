/** Tests that need a browser: where there is none they are skipped, and the name of their group says why. */

import { describe } from "vitest";
import { chromiumPath } from "./chromium.ts";

const MISSING = "no Chromium is installed (apt-get install chromium, or set CHROMIUM to its path)";

export function inChromium(what: string, tests: () => void): void {
  const name = `${what}, in Chromium`;
  describe.skipIf(chromiumPath === null)(chromiumPath === null ? `${name}: ${MISSING}` : name, tests);
}
