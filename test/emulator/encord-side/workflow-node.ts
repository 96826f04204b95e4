/**
 * An agent node of the Workflow that runs by itself: it sends each task of its stage to the agent's URL, signed, and moves it
 * along the pathway that the answer names (the first one if it names none). After a failed execution the task stays.
 */

import type { World } from "../call.ts";
import { Refusal } from "../refusal.ts";
import type { StageDocument, TaskDocument } from "../state/documents.ts";
import { moveTask } from "../workflow.ts";
import { type AgentReply, callAgent, type Outside } from "./agent-call.ts";

export interface NodeRun {
  /** UUID or title of the agent stage. */
  readonly stage: string;
  readonly url: string;
  readonly secret?: string;
  /** Only these tasks; default all of the stage. */
  readonly taskUuids?: readonly string[];
}

/** What Encord shows of one task's execution. */
export interface Execution {
  readonly taskUuid: string;
  readonly state: "Succeeded" | "Failed";
  readonly reply: AgentReply;
  /** Title of the pathway that the task took; null if it stayed. */
  readonly pathway: string | null;
  readonly error: string | null;
}

const ENCORD = "workflow@encord.example.com";

/** @throws Refusal when there is no such agent stage */
export async function runNode(world: World, outside: Outside, run: NodeRun): Promise<Execution[]> {
  const { projectHash, stage } = findStage(world, run.stage);
  const tasks = [...world.state.tasksOfStage(stage.uuid)].filter(
    (task) => run.taskUuids?.includes(task.uuid) ?? true,
  );
  const executions: Execution[] = [];
  for (const task of tasks) {
    const reply = await callAgent(outside, {
      url: run.url,
      as: "workflow",
      projectHash,
      dataHash: task.dataHash,
      ...(run.secret === undefined ? {} : { secret: run.secret }),
    });
    executions.push(conclude(world, stage, task.uuid, reply));
    world.state.commit();
  }
  return executions;
}

function conclude(world: World, stage: StageDocument, taskUuid: string, reply: AgentReply): Execution {
  const failed = (error: string): Execution => ({ taskUuid, state: "Failed", reply, pathway: null, error });
  if (reply.outcome !== "answered") return failed(reply.reason ?? "The agent did not answer.");
  if (reply.status !== 200)
    return failed(`The agent answered ${reply.status}: ${reply.message ?? ""}`.trim());
  const pathways = stage.pathways ?? [];
  const pathway =
    reply.decision === null ? pathways[0] : pathways.find(({ title }) => title === reply.decision);
  if (!pathway) return failed(`The stage has no pathway "${reply.decision ?? ""}".`);
  const task: TaskDocument | undefined = world.state.task(taskUuid);
  if (task?.stageUuid !== stage.uuid) return failed("The task has left the stage in the meantime.");
  moveTask(world, task, pathway.destinationUuid, { how: `proceed:${pathway.title}`, by: ENCORD });
  return { taskUuid, state: "Succeeded", reply, pathway: pathway.title, error: null };
}

/** The agent stage with this UUID or title, and its project. */
export function findStage(world: World, wanted: string): { projectHash: string; stage: StageDocument } {
  for (const project of world.state.projects.values()) {
    const stage = project.stages.find(
      (each) => each.stageType === "AGENT" && (each.uuid === wanted || each.title === wanted),
    );
    if (stage) return { projectHash: project.projectHash, stage };
  }
  throw new Refusal(404, `No project has an agent stage "${wanted}".`);
}
