import { builtIn } from "../agent/dependency.ts";
import type { AgentTask } from "../encord/index.ts";

/**
 * The task. Meant for dependencies of your own: a task agent receives `task` without asking. Task agents only.
 *
 * @example
 * const isScan = dependency({ task }, ({ task }) => task.dataTitle.endsWith(".tif"));
 */
export const task = builtIn({
  modes: ["task"],
  make: (invocation): AgentTask => {
    if (!invocation.task) throw new TypeError(`Agent "${invocation.agentName}" was not called for a task.`);
    return invocation.task;
  },
});
