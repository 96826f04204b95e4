import { builtIn } from "../agent/dependency.ts";
import type { AgentStage } from "../encord/index.ts";

/**
 * The Workflow stage that the task is in, with its pathways. Task agents only.
 *
 * @example
 * taskAgent({
 *   name: "first-pathway",
 *   stage: "Agent 1",
 *   dependencies: { agentStage },
 *   run: ({ agentStage }) => agentStage.pathways[0]?.name ?? null,
 * });
 */
export const agentStage = builtIn({
  modes: ["task"],
  make: (invocation): AgentStage => {
    if (!invocation.stage)
      throw new TypeError(`Agent "${invocation.agentName}" was not called for a Workflow stage.`);
    return invocation.stage;
  },
});
