/** The Encord API for TypeScript, as the Python SDK has it. Knows nothing of agents. */

export { Bundle, type Operation, type Settled } from "./bundle.ts";
export { type ClientOptions, EncordClient, EU_DOMAIN, US_DOMAIN } from "./client.ts";
export type { DataRow, Dataset, ProjectDataset } from "./dataset.ts";
export {
  AnswerDictionaryError,
  AuthenticationError,
  AuthorisationError,
  CorruptedLabelError,
  DuplicateSshKeyError,
  EncordError,
  FeatureDoesNotExistError,
  GenericServerError,
  InvalidArgumentsError,
  LabelRowError,
  MethodNotAllowedError,
  MultiLabelLimitError,
  OntologyError,
  OperationNotAllowedError,
  PayloadTooLargeError,
  RateLimitExceededError,
  RequestError,
  ResourceExistsError,
  ResourceNotFoundError,
  SshKeyError,
  SshKeyNotFoundError,
  StageError,
  UnexpectedAnswerError,
  UnknownError,
  WrongProjectTypeError,
} from "./errors.ts";
export { type HashSource, randomHashes, seededHashes } from "./hashes.ts";
export type { RequestReport, Timeouts } from "./http-transport.ts";
export type { DataUnitIssues, Issue, NewIssue } from "./issue.ts";
export type { Json, JsonObject } from "./json.ts";
export type { LabelRowFilters } from "./label-row-listing.ts";
export { LabelRow } from "./labels/label-row.ts";
export { Ontology } from "./ontology/ontology.ts";
export { OntologyStructure } from "./ontology/ontology-structure.ts";
export type { Project } from "./project.ts";
export type { ProjectFilters, ProjectInfo } from "./project-info.ts";
export type { RetryOptions } from "./retry.ts";
export type {
  RequestedStorageItem,
  StorageItem,
  StorageItemChanges,
  StorageItemType,
} from "./storage-item.ts";
export type {
  AgentTask,
  AgentTaskStatus,
  AnnotationTask,
  AnnotationTaskStatus,
  Bundled,
  ConsensusAnnotationTask,
  ConsensusReviewOption,
  ConsensusReviewTask,
  FinalTask,
  Handover,
  LabelReview,
  LabelReviewStatus,
  ReviewRemark,
  ReviewTask,
  ReviewTaskStatus,
  Task,
} from "./task.ts";
export type { LegacyRequest, Query, Transport, V2Request } from "./transport.ts";
export type {
  AgentStage,
  AnnotationStage,
  AssigneeFilters,
  ConsensusAnnotationStage,
  ConsensusReviewStage,
  DataFilters,
  FinalStage,
  OtherStage,
  Pathway,
  ReviewStage,
  StageOfType,
  StageType,
  StageWish,
  TaskFilters,
  Workflow,
  WorkflowStage,
} from "./workflow.ts";
