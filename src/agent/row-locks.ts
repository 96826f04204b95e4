/**
 * One writer per label row: an invocation that reads labels to change them holds the row's lock until it ends. A batch goes
 * on with the rows that it got; a call of the Label Editor waits up to 15 seconds, then fails with a message.
 */

import { EditorAgentError } from "./errors.ts";

/** The locks of a project's label rows, for one holder. */
export interface RowLocks {
  /** @returns those of the rows that the holder now has */
  acquire(rows: readonly string[]): Promise<readonly string[]>;
  /** Releases everything that the holder has. */
  release(): Promise<void>;
}

/** The name of a label row among the locks of its project. */
export function rowName(row: { readonly dataHash: string; readonly labelBranchName?: string }): string {
  return `${row.dataHash}/${row.labelBranchName ?? "main"}`;
}

/** How long an annotator waits for another agent, and how often the lock is tried. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 250;

/** Waits for the lock of a row. @throws EditorAgentError when another holder keeps it; the reason of `signal` */
export async function waitForRow(locks: RowLocks, row: string, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited <= PATIENCE_MS; waited += LOOK_MS) {
    signal.throwIfAborted();
    if ((await locks.acquire([row])).length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new EditorAgentError(
    "Another agent is working on the labels of this data unit. Try again in a moment.",
  );
}
