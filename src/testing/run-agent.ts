/** Runs one task agent on one task of an emulated Encord: what a test of an agent usually wants. */

import type { Agent } from "../agent/agent-set.ts";
import { createLog } from "../agent/log.ts";
import type { LabelRow } from "../encord/index.ts";
import type { EmulatedEncord } from "./emulated-client.ts";
import { savedLabels } from "./saved-labels.ts";
import type { StandIn } from "./stand-in.ts";
import { type WorkedTask, workOff } from "./work-off.ts";

/** Which task to run, and how. */
export interface RunAgentOptions {
  readonly emulator: EmulatedEncord;
  /** UUID of the task, or title or hash of its data unit; by default the first one that waits in the agent's stage. */
  readonly task?: string;
  /** Values that replace dependencies. */
  readonly replace?: readonly StandIn[];
}

/** What became of the task. */
export interface AgentRun extends WorkedTask {
  /** The labels as they are saved now. */
  readonly labelRow: LabelRow;
  /** What was logged, each line as it would be in a deployment's log. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Runs a task agent on one task: labels are saved and the task is moved, in the emulator. An agent that throws does not
 * throw here; the result says what happened.
 *
 * @throws an error when no such task waits in the agent's stage
 * @example
 * const emulator = await createEmulator(imageProject({ stage: "Gate", pathways: ["Wide", "Tall"], images }));
 * const run = await runAgent(sortByShape, { emulator, task: "a.png" });
 * expect(run.pathway).toBe("Wide");
 * expect(run.labelRow.getClassificationInstances()).toHaveLength(1);
 */
export async function runAgent(agent: Agent, options: RunAgentOptions): Promise<AgentRun> {
  const { emulator, replace = [] } = options;
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ write: (_level, line) => void lines.push(JSON.parse(line)) });
  const [worked] = await workOff(agent, emulator, { task: options.task, limit: 1, replace, log });
  if (!worked) {
    const which = options.task === undefined ? "task" : `task "${options.task}"`;
    throw new Error(`No ${which} is waiting in the stage of "${agent.name}".`);
  }
  return { ...worked, labelRow: await savedLabels(emulator, worked.dataHash), log: lines };
}
