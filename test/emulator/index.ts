/**
 * An emulated Encord for tests and demos: `createEmulator` in the same process, or `worker.ts` under `wrangler dev`.
 *
 * Both answer Encord's two APIs on any origin, and offer a control API without signatures:
 *
 * - `GET  /__emulator/projects`          `{ projects: [{ projectHash, title }] }`
 * - `POST /__emulator/seed`              an `EmulatorSeed`; answers `{ projects: [projectHash] }`
 * - `PUT  /__emulator/media/<name>`      the bytes of a file that seeds name
 * - `GET  /__emulator/tasks`             `{ stages: [{ projectHash, uuid, title, stageType, count }], tasks: [...] }`
 * - `GET  /__emulator/moves`             `{ moves: [{ sequence, taskUuid, dataHash, from, to, at, how, by }] }`
 * - `GET  /__emulator/requests`          `{ requests: [{ endpoint, requests, bytesIn, bytesOut, statuses }] }`
 * - `GET  /__emulator/history`           `{ history: [{ at, endpoint, method, path, status }] }`, the last thousand requests
 * - `POST /__emulator/clock`             `{ advanceMs }`: lets time pass
 * - `GET  /__emulator/labels/<dataHash>` the saved blob
 * - `GET|PUT /__emulator/snapshot`       everything but media
 * - `POST /__emulator/calls`             an `AgentCall`: calls an agent as the Label Editor, a Workflow node or a test
 * - `POST /__emulator/runs`              a `NodeRun`: a Workflow node runs on the tasks of its stage; `{ executions }`
 * - `POST /__emulator/subscriptions`     a `Subscription`: task-ready notifications from now on
 * - `POST /__emulator/look`              takes the looks that are due now; `{ notifications, nextLookAt }`
 * - `POST /__emulator/faults`            a `FaultRule`; `DELETE` takes back those that have not happened
 * - `POST /__emulator/reset`             forgets everything
 */

export type { CreateEmulatorOptions, EmulatorConnection } from "./create-emulator.ts";
export { createEmulator, InProcessEmulator } from "./create-emulator.ts";
export type { EmulatorOptions, StageCount, TaskView } from "./emulator.ts";
export { Emulator } from "./emulator.ts";
export type { AgentCall, AgentReply } from "./encord-side/agent-call.ts";
export type { Notification, Subscription } from "./encord-side/notifications.ts";
export type { Execution, NodeRun } from "./encord-side/workflow-node.ts";
export type { Fault, FaultRule } from "./faults.ts";
export { ConnectionLost } from "./faults.ts";
export type { ImageProjectOptions } from "./image-project.ts";
export { imageProject } from "./image-project.ts";
export type { RequestRecord } from "./request-log.ts";
export type {
  EmulatorSeed,
  SeedData,
  SeedDataset,
  SeedImage,
  SeedIssue,
  SeedKey,
  SeedOntology,
  SeedPathway,
  SeedProject,
  SeedStage,
  SeedTask,
} from "./seed.ts";
export type {
  EndpointCount,
  JsonObject,
  MoveDocument,
  StageType,
  TaskDocument,
} from "./state/documents.ts";
export type { Snapshot } from "./state/state.ts";
export type { MediaSource } from "./state/storage.ts";
