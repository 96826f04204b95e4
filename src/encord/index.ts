/** Encord's API for TypeScript, modelled on the Python SDK. Knows nothing of agents. */

export { EU_DOMAIN, US_DOMAIN } from "./api-domain.ts";
export { Bundle, type Bundled, type Operation, type Settled } from "./bundle.ts";
export { type ClientOptions, EncordClient } from "./client.ts";
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
export type { LabelReview, LabelReviewStatus, ReviewRemark } from "./label-review.ts";
export type { LabelRowFilters } from "./label-row-listing.ts";
export type { Answer, AnswerOf, DynamicAnswer, GivenAnswer } from "./labels/answer.ts";
export type { AuthorshipOptions } from "./labels/authored.ts";
export { decodeBitmask, encodeBitmask } from "./labels/bitmask.ts";
export type { ClassificationAnnotation } from "./labels/classification-annotation.ts";
export type {
  ClassificationFramesOptions,
  ClassificationInstance,
} from "./labels/classification-instance.ts";
export type {
  AudioCoordinates,
  BitmaskCoordinates,
  BoundingBoxCoordinates,
  CircleCoordinates,
  Coordinates,
  CoordinatesByShape,
  CoordinatesOf,
  Cuboid2DCoordinates,
  CuboidCoordinates,
  EllipseCoordinates,
  HtmlPosition,
  HtmlRange,
  PointCoordinates,
  PolygonCoordinates,
  PolylineCoordinates,
  Ring,
  RotatableBoundingBoxCoordinates,
  SegmentationCoordinates,
  SkeletonCoordinate,
  SkeletonCoordinates,
  SpatialPointCoordinates,
  TextCoordinates,
  TimeRangeCoordinates,
  Visibility,
} from "./labels/coordinates.ts";
export type { DicomSeriesMetadata, DicomSliceMetadata } from "./labels/dicom-metadata.ts";
export type { FrameView } from "./labels/frame-view.ts";
export type { ClassificationFilter, ObjectFilter } from "./labels/instance-set.ts";
export type { InitialiseOptions } from "./labels/label-row.ts";
export { LabelRow } from "./labels/label-row.ts";
export type {
  DataType,
  ImageData,
  LabelRowMetadata,
  WorkflowGraphNode,
} from "./labels/label-row-metadata.ts";
export type { ObjectAnnotation } from "./labels/object-annotation.ts";
export type { ObjectFramesOptions, ObjectInstance, SetAnswerOptions } from "./labels/object-instance.ts";
export { type Frames, framesToRanges, type Range, type RangePair } from "./labels/ranges.ts";
export type { Space, SpaceType } from "./labels/space.ts";
export type {
  Attribute,
  ChecklistAttribute,
  NumericAttribute,
  RadioAttribute,
  TextAttribute,
} from "./ontology/attribute.ts";
export type { Classification } from "./ontology/classification.ts";
export { Ontology } from "./ontology/ontology.ts";
export type { NodeKind, NodeOfKind, OntologyNode } from "./ontology/ontology-node.ts";
export type { OntologyObject } from "./ontology/ontology-object.ts";
export { OntologyStructure } from "./ontology/ontology-structure.ts";
export type { FlatOption, NestableOption, Option } from "./ontology/option.ts";
export type { Shape } from "./ontology/shape.ts";
export type { SkeletonTemplate } from "./ontology/skeleton-template.ts";
export type { Page } from "./page.ts";
export type { Project } from "./project.ts";
export type { ProjectFilters, ProjectInfo } from "./project-info.ts";
export type { RetryOptions } from "./retry.ts";
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
  TaskFilters,
} from "./stage.ts";
export type { StorageItem, StorageItemChanges, StorageItemType } from "./storage-item.ts";
export type { RequestedStorageItem } from "./storage-item-request.ts";
export {
  AgentTask,
  type AgentTaskStatus,
  AnnotationTask,
  type AnnotationTaskStatus,
  ConsensusAnnotationTask,
  type ConsensusReviewOption,
  ConsensusReviewTask,
  FinalTask,
  type Handover,
  ReviewTask,
  type ReviewTaskStatus,
  type Task,
} from "./task.ts";
export type { LegacyRequest, Query, Transport, V2Request } from "./transport.ts";
export type {
  StageOfType,
  StageType,
  StageWish,
  Workflow,
  WorkflowStage,
} from "./workflow.ts";
export { WriteGroup } from "./write-group.ts";
