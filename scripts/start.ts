/**
 * `npm start`: the Worker and an emulator of Encord on this computer, with a live view of the tasks of a small project; then a
 * development server, until Ctrl+C. `--port N` insists on a port for the Worker.
 */

import { execFile } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { demoSeed } from "./demo-seed.ts";
import { freePort, requirePort } from "./dev-server.ts";
import { LocalStack, USUAL_PORT } from "./local-stack.ts";
import { newestChange } from "./source-changes.ts";
import { StageTable } from "./stage-table.ts";
import { TerminalView } from "./terminal-view.ts";

/** How often the view refreshes, and how often cron fires in production. */
const REFRESH_MS = 250;
const CRON_MS = 60_000;

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort());
process.exitCode = await main();

async function main(): Promise<number> {
  const view = new TerminalView(process.stdout);
  let stack: LocalStack | undefined;
  try {
    const { values } = parseArgs({ options: { port: { type: "string" } } });
    const port =
      values.port === undefined ? await freePort(USUAL_PORT) : await requirePort(readPort(values.port));
    view.print("Starting the emulator of Encord and the Worker ...");
    stack = await LocalStack.start({
      onWorkerLine: (line) => {
        const shown = presentable(line);
        if (shown !== null) view.print(shown);
      },
      port,
    });
    if (values.port === undefined && port !== USUAL_PORT) {
      view.print(
        `Port ${USUAL_PORT} is taken by another program, perhaps by another \`npm start\`: this Worker is at ${stack.workerUrl}`,
      );
    }
    if (!stopping.signal.aborted) await watch(stack, view);
    return 0;
  } catch (error) {
    view.clear();
    console.error(error instanceof Error ? error.message : error);
    if (stack === undefined) await tellPlace(view);
    return 1;
  } finally {
    view.clear();
    await stack?.stop();
  }
}

async function watch(stack: LocalStack, view: TerminalView): Promise<void> {
  const table = new StageTable();
  const hints = await helpfulLines(stack);
  let nextCron = 0;
  let round = 0;
  let refilling: Promise<void> = Promise.resolve();
  listenToKeys(async (key) => {
    if (key === "\u0003" || key === "q") stopping.abort();
    if (key !== "r") return;
    round += 1;
    view.print("Putting all tasks back to where they started ...");
    refilling = stack.emulator.refill(await demoSeed("demo", round));
    await refilling;
    table.startAgain();
    nextCron = 0;
  });
  while (!stopping.signal.aborted) {
    try {
      await refilling;
      if (Date.now() >= nextCron) {
        nextCron = Date.now() + CRON_MS;
        await stack.cron();
      }
      view.show(table.lines(await stack.stages()), hints);
    } catch (error) {
      if (stopping.signal.aborted) break;
      // While an agent is being edited the Worker may not compile; wrangler prints why.
      if (stack.workerAlive) {
        view.show([`The Worker does not answer: ${error instanceof Error ? error.message : error}`], hints);
      } else {
        await tellPlace(view);
        await untilChange(() =>
          view.show(
            ["The Worker has stopped; the error is above. It starts again when you save a file."],
            hints,
          ),
        );
        if (!stopping.signal.aborted) await startAgain(stack, view);
        nextCron = 0;
      }
    }
    await wait(REFRESH_MS, undefined, { signal: stopping.signal }).catch(() => {});
  }
}

/** Prints which file threw while it was loaded: the platform only names a line of the bundle, the command line knows the file. */
async function tellPlace(view: TerminalView): Promise<void> {
  const command = fileURLToPath(new URL("../bin/encord-edge.js", import.meta.url));
  const cwd = fileURLToPath(new URL("../", import.meta.url));
  const listing = promisify(execFile)(process.execPath, [command, "agents"], { cwd });
  const said = await listing.then(
    () => "",
    (error: { readonly stderr?: string }) => String(error.stderr).trim(),
  );
  // An error of the build has already been printed with its file.
  if (said !== "" && !said.includes("Build failed")) view.print(said);
}

/** Waits until a source file is saved, or the program ends. @param show says what is awaited; called again and again */
async function untilChange(show: () => void): Promise<void> {
  const before = await newestChange();
  while (!stopping.signal.aborted && (await newestChange()) === before) {
    show();
    await wait(REFRESH_MS, undefined, { signal: stopping.signal }).catch(() => {});
  }
}

/** Starts the Worker again. If that fails, it has printed why, and the next saved file is the next try. */
async function startAgain(stack: LocalStack, view: TerminalView): Promise<void> {
  view.print("Starting the Worker again ...");
  await stack.restartWorker().catch(() => {});
}

async function helpfulLines(stack: LocalStack): Promise<string[]> {
  const body = JSON.stringify({
    projectHash: stack.emulator.projectHash,
    dataHash: await stack.emulator.anyDataHash(),
    frame: 0,
  });
  return [
    `Agent endpoint   ${stack.workerUrl}/agents/frame-quality   (all of them: ${stack.workerUrl}/agents)`,
    `Console          ${stack.workerUrl}/console`,
    `Encord emulator  ${stack.emulator.url}`,
    "",
    "Ask the editor agent about a picture:",
    `  curl -X POST ${stack.workerUrl}/agents/frame-quality -H 'content-type: application/json' -d '${body}'`,
    "",
    process.stdin.isTTY
      ? "Edit a file in agents/ and the Worker reloads. Press r to put all tasks back, q or Ctrl+C to stop."
      : "Edit a file in agents/ and the Worker reloads. Ctrl+C stops it.",
  ];
}

/** Handles single keys, if there is a keyboard; Ctrl+C arrives as a key too. */
function listenToKeys(onKey: (key: string) => Promise<void>): void {
  if (!process.stdin.isTTY) return;
  process.stdin.setRawMode(true);
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (key) => {
    onKey(String(key)).catch((error) => console.error(error instanceof Error ? error.message : error));
  });
  stopping.signal.addEventListener("abort", () => {
    process.stdin.setRawMode(false);
    process.stdin.pause();
  });
}

function readPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`--port must be a number from 1 to 65535; it is "${text}".`);
}

/** What to show of the Worker's output: the agents' lines, warnings and errors; null for all others. */
function presentable(printed: string): string | null {
  // Wrangler marks lines of the error console; the line itself has its level.
  const line = printed.replace(/^(?:▲ \[WARNING\]|✘ \[ERROR\])\s+(?=\{)/, "");
  if (/^\[wrangler:info\]|Scheduled Workers are not automatically|NOSENTRY/.test(line)) return null;
  if (!line.startsWith("{"))
    return /error|warn|reload|updated|✘|│|╵|^\s+at |:\d+:\d+:$/i.test(line) ? line : null;
  try {
    const { level, event, agent, by, stage, task, dataHash, attempt, ...fields } = JSON.parse(line) as Record<
      string,
      unknown
    >;
    if (level === "info" && by !== "agent") return null;
    return [level === "info" ? "" : level, agent ?? "", event, JSON.stringify(fields)].join(" ").trim();
  } catch {
    return line;
  }
}
