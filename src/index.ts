/**
 * Run Encord custom agents on Cloudflare Workers. This entry exports all that an agent needs; the Encord client is in
 * `encord-edge-agents/encord`, frames and images in `encord-edge-agents/media`, the emulator for tests in
 * `encord-edge-agents/testing`.
 */

export { type Agent, type AgentSet, defineAgents } from "./agent/agent-set.ts";
export {
  type AnyModeAgent,
  type AnyModeAgentOptions,
  type AnyModeResult,
  agent,
  type CallMode,
  type ModeInput,
} from "./agent/any-mode-agent.ts";
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
export type { LabelRowArguments, LabelRowIncludes, LabelRowInitialise } from "./agent/label-row-arguments.ts";
export type { Log } from "./agent/log.ts";
export { type BatchContext, type TaskAgent, type TaskAgentOptions, taskAgent } from "./agent/task-agent.ts";
export type { TaskOutcome, TaskResult } from "./agent/task-outcome.ts";
export type { Variable, VariableValue } from "./agent/variable.ts";
export type {
  AgentStageStatus,
  OperatorAnswer,
  OperatorRefusal,
  StageName,
} from "./console/operator-desk.ts";
export type { StageOperatorRpc } from "./console/stage-operator.ts";
export { agentStage } from "./dependencies/agent-stage.ts";
export { type Asset, asset } from "./dependencies/asset.ts";
export { type AudioFile, audio } from "./dependencies/audio.ts";
export { client } from "./dependencies/client.ts";
export { DataLookup, dataLookup } from "./dependencies/data-lookup.ts";
export { frameData } from "./dependencies/frame-data.ts";
export { type Frames, frames } from "./dependencies/frames.ts";
export { type LabelRowDependency, labelRow } from "./dependencies/label-row.ts";
export { ObjectCrop, type ObjectCropsOptions, objectCrops } from "./dependencies/object-crops.ts";
export { objects } from "./dependencies/objects.ts";
export { type PdfFile, pdf } from "./dependencies/pdf.ts";
export { project } from "./dependencies/project.ts";
export { type SiblingImage, siblingImages } from "./dependencies/sibling-images.ts";
export { singleFrame } from "./dependencies/single-frame.ts";
export { storageItem } from "./dependencies/storage-item.ts";
export { task } from "./dependencies/task.ts";
export { traceId } from "./dependencies/trace-id.ts";
export { type Twin, type TwinLabelRowOptions, twinLabelRow } from "./dependencies/twin-label-row.ts";
export { type VariableOptions, variable } from "./dependencies/variable.ts";
export { video } from "./dependencies/video.ts";
export { type VideoSampler, videoSampler } from "./dependencies/video-sampler.ts";
export type { WholeFile } from "./dependencies/whole-file.ts";
export { drawLabels } from "./dry-run/draw-labels.ts";
export { type DryRun, type DryRunLabels, type DryRunOptions, dryRun } from "./dry-run/dry-run.ts";
export type { LabelChange } from "./dry-run/label-changes.ts";
export { DryRunError, type WithheldWrite } from "./dry-run/withheld-writes.ts";
export {
  type Ask,
  ClassificationModel,
  ObjectModel,
  type OntologySource,
  ontologyModel,
  type PlaceOptions,
} from "./models/ontology-model.ts";
export {
  type AnswerIssue,
  OntologyModelError,
  type OntologyModelErrorCode,
} from "./models/ontology-model-error.ts";
export type { TaskCompletionResult, TaskSpec } from "./queue/run-specs.ts";
export { type Environment, SettingsError } from "./settings.ts";
export { createWorker } from "./worker.ts";
