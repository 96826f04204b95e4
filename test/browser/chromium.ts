/** The system's Chromium, driven by playwright-core; nothing is downloaded. Debian and Ubuntu: `apt-get install chromium`. */

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where a browser is: the setting CHROMIUM, or one of the usual places; null when there is none. */
export const chromiumPath = [process.env.CHROMIUM ?? "", ...PLACES].find((path) => existsSync(path)) ?? null;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? "",
    // `console.test` is this computer, but not by a loopback name: there, the console is closed.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP console.test 127.0.0.1"],
  });
}
