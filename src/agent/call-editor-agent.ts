/** Runs an editor agent for one call: resolves its dependencies, runs it within its timeout, cleans up, checks its answer. */

import type { EncordClient } from "../encord/index.ts";
import { dataUnitSources } from "./data-unit-sources.ts";
import { withDeadline } from "./deadline.ts";
import { prefetchOf } from "./dependency.ts";
import { type EditorAgent, type EditorCaller, normaliseAnswer } from "./editor-agent.ts";
import { AgentTimeoutError } from "./errors.ts";
import type { FrameData } from "./frame-data.ts";
import { type AssetAccess, Invocation, type Replacements } from "./invocation.ts";
import type { Log } from "./log.ts";
import { type RowLocks, rowName, waitForRow } from "./row-locks.ts";
import { TimelySaves } from "./timely-saves.ts";

export interface EditorCallOptions {
  readonly client: EncordClient;
  readonly assets: AssetAccess;
  readonly locks: RowLocks;
  readonly log: Log;
  /** `node`: a Workflow node, which follows the decision; `editor` by default. */
  readonly caller?: EditorCaller;
  /** 32 hex digits, from the request that is being answered; random by default. */
  readonly traceId?: string | undefined;
  /** Values that replace dependencies, in tests. */
  readonly replacements?: Replacements;
}

/**
 * @returns the body of the answer; null when the agent has nothing to say
 * @throws what the agent or a dependency throws, `AgentTimeoutError`, or `InvalidOutcomeError`
 */
export async function callEditorAgent(
  agent: EditorAgent,
  frameData: FrameData,
  options: EditorCallOptions,
): Promise<{ message?: string; decision?: string } | null> {
  let invocation: Invocation | undefined;
  let returned: unknown;
  let failure: { readonly error: unknown } | null = null;
  try {
    returned = await withDeadline(
      agent.timeoutMs,
      null,
      () => new AgentTimeoutError(agent.name, agent.timeoutMs),
      async (signal) => {
        invocation = new Invocation({
          ...options,
          mode: "editor",
          agentName: agent.name,
          sources: dataUnitSources({
            client: options.client,
            ...frameData,
            labelRow: prefetchOf(agent.dependencies).labelRow ?? {},
            beforeLabels: async (row) => {
              const name = rowName({ dataHash: row.dataHash, labelBranchName: row.branchName });
              await waitForRow(options.locks, name, signal);
              row.saves = new TimelySaves(() => signal.throwIfAborted(), null);
            },
          }),
          signal,
          frameData,
        });
        const values = await invocation.resolve(agent.dependencies);
        const context = { signal, log: options.log.with({ by: "agent" }) };
        return agent.run({ ...values, frameData }, context, options.caller ?? "editor");
      },
    );
  } catch (error) {
    failure = { error };
  }
  try {
    await invocation?.close(failure);
  } finally {
    // A lock that cannot be released now expires by itself.
    await options.locks.release().catch((error) => options.log.warn("locks_kept", { error }));
  }
  if (failure) throw failure.error;
  return normaliseAnswer(agent, returned);
}
