/** Runs an editor agent for one call: resolves its dependencies, runs it within its time, cleans up, checks its answer. */

import type { EncordClient, LabelRow } from "../encord/index.ts";
import { withDeadline } from "./deadline.ts";
import { type EditorAgent, normaliseAnswer } from "./editor-agent.ts";
import { AgentTimeoutError } from "./errors.ts";
import type { FrameData } from "./frame-data.ts";
import { type AssetAccess, Invocation, type InvocationSources } from "./invocation.ts";
import type { Log } from "./log.ts";

/**
 * @returns the body of the answer; null when the agent has nothing to say
 * @throws what the agent or a dependency throws, `AgentTimeoutError`, or `InvalidOutcomeError`
 */
export async function callEditorAgent(
  agent: EditorAgent,
  frameData: FrameData,
  options: { readonly client: EncordClient; readonly assets: AssetAccess; readonly log: Log },
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
          sources: sourcesOf(options.client, frameData),
          signal,
          frameData,
        });
        const values = await invocation.resolve(agent.dependencies);
        return agent.run({ ...values, frameData }, { signal, log: options.log });
      },
    );
  } catch (error) {
    failure = { error };
  }
  await invocation?.close(failure);
  if (failure) throw failure.error;
  return normaliseAnswer(agent, returned);
}

/** Everything is fetched when it is first asked for: the label row is listed once, for its labels and its storage item. */
function sourcesOf(client: EncordClient, frameData: FrameData): InvocationSources {
  let project: ReturnType<EncordClient["getProject"]> | undefined;
  let listed: Promise<LabelRow> | undefined;
  const getProject = () => (project ??= client.getProject(frameData.projectHash));
  const list = () => (listed ??= getProject().then((found) => listLabelRow(found, frameData)));
  return {
    project: getProject,
    async labelRow() {
      const row = await list();
      await row.initialiseLabels();
      return row;
    },
    async storageItem() {
      const row = await list();
      if (!row.backingItemUuid)
        throw new Error(`Encord names no storage item for the data unit ${frameData.dataHash}.`);
      return client.getStorageItem(row.backingItemUuid, { signUrl: true });
    },
  };
}

async function listLabelRow(
  project: Awaited<ReturnType<EncordClient["getProject"]>>,
  frameData: FrameData,
): Promise<LabelRow> {
  const rows = await project.listLabelRows({ dataHashes: [frameData.dataHash], includeChildren: true });
  const [row] = rows.filter((each) => each.dataHash === frameData.dataHash);
  if (!row) {
    throw new Error(`Project "${project.title}" has no data unit ${frameData.dataHash}.`);
  }
  return row;
}
