/** The Worker that the tests in workerd run in: agents whose behaviour a test sets. */

import { createWorker, defineAgents } from "encord-edge-agents";
import { scriptedAgents } from "./queue/scripted-agents.ts";

const worker = createWorker(defineAgents({ agents: scriptedAgents }));

export default worker.handler;
export const { StageQueue, TaskExecutor, LabelLocks, EncordGate, OperatorLog, StageOperator } = worker;
