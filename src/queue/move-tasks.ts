/** Moves tasks of a stage to another one by hand, in few requests; what Encord refuses stands alone. */

import type { AgentTask, EncordClient, WorkflowStage } from "../encord/index.ts";

/** Data hashes that one request for tasks names at most. */
const LISTED_AT_ONCE = 300;

/** Where the tasks went, and why some did not. */
export interface Moves {
  readonly destination: WorkflowStage;
  /** The reason, by the UUID of each task that was not moved. */
  readonly refusals: ReadonlyMap<string, string>;
}

/**
 * @param textOf an error as it may be shown
 * @throws an error of the client when nothing could be done at all; StageError when there is no such stage
 */
export async function moveTasks(
  client: EncordClient,
  from: { readonly projectHash: string; readonly stageUuid: string },
  tasks: readonly { readonly uuid: string; readonly dataHash: string }[],
  destinationStageUuid: string,
  textOf: (error: unknown) => string,
): Promise<Moves> {
  const refusals = new Map<string, string>();
  const workflow = await client.getWorkflow(from.projectHash);
  const stage = workflow.getStage({ uuid: from.stageUuid, type: "AGENT" });
  const destination = workflow.getStage({ uuid: destinationStageUuid });
  const present = new Map<string, AgentTask>();
  for (let start = 0; start < tasks.length; start += LISTED_AT_ONCE) {
    const dataHashes = tasks.slice(start, start + LISTED_AT_ONCE).map((task) => task.dataHash);
    for await (const task of stage.getTasks({ dataHashes })) present.set(task.uuid, task);
  }
  const bundle = client.createBundle();
  const sent: string[] = [];
  for (const { uuid } of tasks) {
    const task = present.get(uuid);
    if (task) {
      await task.move({ destinationStageUuid: destination.uuid }, { bundle });
      sent.push(uuid);
    } else {
      refusals.set(uuid, "The task is not in the stage any more.");
    }
  }
  for (const [i, { error }] of (await bundle.settle()).entries()) {
    const uuid = sent[i];
    if (error && uuid !== undefined) refusals.set(uuid, textOf(error));
  }
  return { destination, refusals };
}
