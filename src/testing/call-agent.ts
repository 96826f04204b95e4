/** One call of an editor agent, as the Label Editor or a Workflow node makes it, on an emulated Encord. */

import { type Agent, editorForm } from "../agent/agent-set.ts";
import { callEditorAgent } from "../agent/call-editor-agent.ts";
import type { EditorCaller } from "../agent/editor-agent.ts";
import { createLog } from "../agent/log.ts";
import type { LabelRow } from "../encord/index.ts";
import { clientOf, type EmulatedEncord, sendTo } from "./emulated-client.ts";
import { findDataUnit, savedLabels } from "./saved-labels.ts";
import { replacements, type StandIn } from "./stand-in.ts";

/** What the agent is called on. */
export interface CalledFor {
  /** Title or hash of the data unit. */
  readonly data: string;
  /** 0 by default. */
  readonly frame?: number;
  /** Hashes of the objects that the annotator selected; none by default. */
  readonly objectHashes?: readonly string[] | null;
}

/** How to call an agent. */
export interface CallAgentOptions {
  readonly emulator: EmulatedEncord;
  /** `editor` by default. */
  readonly as?: EditorCaller;
  /** Values that replace dependencies. */
  readonly replace?: readonly StandIn[];
}

/** What the call came to. */
export interface AgentCallResult {
  /** What Encord shows; null for nothing. */
  readonly message: string | null;
  /** The pathway that a node's task would take; null for none. */
  readonly decision: string | null;
  /** The labels as they are saved now. */
  readonly labelRow: LabelRow;
}

/**
 * Calls an editor agent.
 *
 * @throws what the agent throws, such as an `EditorAgentError`; an error when there is no such data unit
 * @example
 * const { message, labelRow } = await callAgent(addBox, { data: "a.png", frame: 0 }, { emulator });
 * expect(message).toBe("1 box added");
 * expect(labelRow.getObjectInstances()).toHaveLength(1);
 */
export async function callAgent(
  agent: Agent,
  { data, frame = 0, objectHashes = null }: CalledFor,
  { emulator, as = "editor", replace }: CallAgentOptions,
): Promise<AgentCallResult> {
  const form = editorForm(agent);
  if (!form) throw new TypeError(`Agent "${agent.name}" cannot be called. Use runAgent for task agents.`);
  const { projectHash, row } = await findDataUnit(emulator, data);
  const answer = await callEditorAgent(
    form,
    { projectHash, dataHash: row.dataHash, frame, objectHashes },
    {
      client: await clientOf(emulator),
      assets: {
        allowInsecureLoopback: false,
        fetch: sendTo(emulator),
        onTransfer: () => {},
        onFrame: () => {},
      },
      locks: { acquire: async (rows) => rows, release: async () => {} },
      log: createLog({ write: () => {} }),
      caller: as,
      replacements: replacements(replace),
    },
  );
  return {
    message: answer?.message ?? null,
    decision: answer?.decision ?? null,
    labelRow: await savedLabels(emulator, row.dataHash),
  };
}
