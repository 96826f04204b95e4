/** `encord-edge`, typed in a terminal: the real world around `runCommand`. */

import { runCommand } from "./program.ts";

/** @returns exit status */
export async function main(): Promise<number> {
  const stopping = new AbortController();
  // Whoever reads the output may have seen enough: `encord-edge agents | head -3`.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  return runCommand(process.argv.slice(2), {
    folder: process.cwd(),
    environment: process.env,
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    interactive: process.stdout.isTTY,
    stopped: stopping.signal,
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
  });
}
