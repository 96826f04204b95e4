/** For tests of agents: an emulated Encord in the same process, and ways to run an agent against it. */

export * from "../../test/emulator/index.ts";
export { type AgentCallResult, type CallAgentOptions, type CalledFor, callAgent } from "./call-agent.ts";
export type { EmulatedEncord } from "./emulated-client.ts";
export { type AgentRun, type RunAgentOptions, runAgent } from "./run-agent.ts";
export { editLabels, savedLabels } from "./saved-labels.ts";
export { type StandIn, standIn } from "./stand-in.ts";
export { type WorkedTask, type WorkOffOptions, workOff } from "./work-off.ts";
