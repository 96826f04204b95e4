import { createWorker } from "encord-edge-agents";
import agents from "./agents/index.ts";

const worker = createWorker(agents);

export default worker.handler;
export const { StageQueue, TaskExecutor, LabelLocks, EncordGate, OperatorLog, StageOperator } = worker;
