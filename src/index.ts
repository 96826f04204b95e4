/**
 * Run Encord custom agents on Cloudflare Workers. What is exported here is all that an agent needs; the Encord client is
 * at `encord-edge-agents/encord`, frames and pictures at `encord-edge-agents/media`, the emulator for tests at
 * `encord-edge-agents/testing`.
 */

export { type Agent, type AgentSet, defineAgents } from "./agent/agent-set.ts";
export {
  type AgentMode,
  type Dependency,
  dependency,
  type Needs,
  type Resolved,
} from "./agent/dependency.ts";
export type { Duration } from "./agent/duration.ts";
export {
  type EditorAgent,
  type EditorAgentOptions,
  type EditorAnswer,
  editorAgent,
} from "./agent/editor-agent.ts";
export {
  AgentError,
  AgentTimeoutError,
  EditorAgentError,
  InvalidOutcomeError,
  retryLater,
  skip,
} from "./agent/errors.ts";
export type { FrameData } from "./agent/frame-data.ts";
export type { AgentContext, Invocation } from "./agent/invocation.ts";
export type { Log } from "./agent/log.ts";
export { type BatchContext, type TaskAgent, type TaskAgentOptions, taskAgent } from "./agent/task-agent.ts";
export type { TaskOutcome, TaskResult } from "./agent/task-outcome.ts";
export { agentStage } from "./dependencies/agent-stage.ts";
export { type Asset, asset } from "./dependencies/asset.ts";
export { client } from "./dependencies/client.ts";
export { frameData } from "./dependencies/frame-data.ts";
export { type Frames, frames } from "./dependencies/frames.ts";
export { labelRow } from "./dependencies/label-row.ts";
export { project } from "./dependencies/project.ts";
export { singleFrame } from "./dependencies/single-frame.ts";
export { storageItem } from "./dependencies/storage-item.ts";
export { task } from "./dependencies/task.ts";
export { video } from "./dependencies/video.ts";
export { type VideoSampler, videoSampler } from "./dependencies/video-sampler.ts";
export { type Environment, SettingsError } from "./settings.ts";
export { createWorker } from "./worker.ts";
