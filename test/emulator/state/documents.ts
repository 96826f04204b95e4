/**
 * What an emulated Encord remembers, as JSON documents. They refer to each other by hashes and UUIDs, so each can be stored,
 * snapshotted and edited by itself.
 */

export type JsonObject = Record<string, unknown>;

/** A public key that may sign, with what it may see. */
export interface KeyDocument {
  /** Raw Ed25519 public key, 64 lower case hex digits. */
  readonly publicKey: string;
  readonly email: string;
  /** Project hashes, or null for all. */
  readonly projects: readonly string[] | null;
}

export interface TokenDocument {
  readonly token: string;
  readonly publicKey: string;
}

export type StageType =
  | "ANNOTATION"
  | "REVIEW"
  | "AGENT"
  | "DONE"
  | "CONSENSUS_ANNOTATION"
  | "CONSENSUS_REVIEW";

export interface PathwayDocument {
  readonly uuid: string;
  readonly title: string;
  readonly destinationUuid: string;
}

export interface StageDocument {
  readonly uuid: string;
  readonly title: string;
  readonly stageType: StageType;
  /** Of agent stages, in the order in which Encord shows them; the first is the default. */
  readonly pathways?: readonly PathwayDocument[];
  /** Where a submitted or approved task goes. */
  readonly nextUuid?: string;
  /** Where a rejected task goes. */
  readonly rejectUuid?: string;
}

export interface ProjectDocument {
  readonly projectHash: string;
  readonly projectType: string;
  readonly status: string;
  readonly title: string;
  readonly description: string;
  readonly createdAt: string;
  readonly lastEditedAt: string;
  readonly ontologyHash: string;
  readonly workflowManagerUuid: string;
  readonly stages: readonly StageDocument[];
  readonly datasetHashes: readonly string[];
}

export interface OntologyDocument {
  readonly ontologyUuid: string;
  readonly title: string;
  readonly description: string;
  readonly editor: JsonObject;
  readonly createdAt: string;
  readonly lastEditedAt: string;
}

export interface DatasetDocument {
  readonly datasetHash: string;
  readonly title: string;
  readonly description: string;
  readonly folderUuid: string;
}

/** A file in storage; the keys are those of the wire. */
export interface ItemDocument {
  readonly uuid: string;
  readonly parent: string;
  readonly itemType: string;
  readonly name: string;
  readonly description: string;
  /** JSON text. */
  readonly clientMetadata: string;
  readonly owner: string;
  readonly createdAt: string;
  readonly lastEditedAt: string;
  readonly url: string | null;
  readonly fileSize: number | null;
  readonly mimeType: string | null;
  readonly duration: number | null;
  readonly fps: number | null;
  readonly height: number | null;
  readonly width: number | null;
  readonly frameCount: number | null;
  readonly audioSampleRate: number | null;
  readonly audioBitDepth: number | null;
  readonly audioCodec: string | null;
  readonly audioNumChannels: number | null;
  readonly storageLocation: string;
  /** The name of its media file; null for an item without one. */
  readonly media: string | null;
  /** UUIDs of the items inside an image group and the like. */
  readonly children: readonly string[];
}

/** One picture of an image group, as the listing shows it. */
export interface GroupImage {
  readonly index: number;
  readonly title: string;
  readonly file_type: string;
  readonly height: number;
  readonly width: number;
  readonly image_hash: string;
}

/** A data unit in a project, on one label branch. Its labels are a document of their own. */
export interface RowDocument {
  readonly projectHash: string;
  readonly dataHash: string;
  readonly branchName: string;
  readonly datasetHash: string;
  readonly dataTitle: string;
  /** Upper case, as the listing writes it. */
  readonly dataType: string;
  readonly dataLink: string | null;
  readonly fileType: string | null;
  readonly itemUuid: string | null;
  readonly numberOfFrames: number;
  readonly duration: number | null;
  readonly framesPerSecond: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly audioCodec: string | null;
  readonly audioSampleRate: number | null;
  readonly audioBitDepth: number | null;
  readonly audioNumChannels: number | null;
  readonly images: readonly GroupImage[] | null;
  readonly spaces: JsonObject;
  readonly priority: number;
  readonly labelHash: string | null;
  readonly labelStatus: string;
  readonly annotationTaskStatus: string | null;
  readonly createdAt: string | null;
  readonly lastEditedAt: string | null;
  /** Counts the saves. */
  readonly version: number;
  readonly validationErrors: readonly string[];
  readonly isShadowData: boolean;
  readonly groupHash: string | null;
}

export interface TaskDocument {
  readonly uuid: string;
  readonly projectHash: string;
  readonly stageUuid: string;
  readonly dataHash: string;
  readonly branchName: string;
  readonly status: string;
  readonly assignee: string | null;
  readonly lastActionedBy: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Its place in the queue of its stage: grows with every arrival at a stage. */
  readonly order: number;
}

/** One move of a task through the Workflow; never changed once written. */
export interface MoveDocument {
  readonly sequence: number;
  readonly projectHash: string;
  readonly taskUuid: string;
  readonly dataHash: string;
  readonly from: string;
  readonly to: string;
  /** ISO 8601. */
  readonly at: string;
  /** `proceed:<pathway title>`, `submit`, `approve`, `reject`, `move`, `complete` or `reopen`. */
  readonly how: string;
  readonly by: string;
}

export interface ReviewDocument {
  readonly reviewUuid: string;
  readonly taskUuid: string;
  readonly status: string;
  readonly labelType: string;
  readonly labelId: string;
  readonly comment: string | null;
  readonly commentTags: readonly string[];
}

export interface IssueDocument {
  readonly uuid: string;
  readonly projectHash: string;
  readonly dataUuid: string;
  /** What the wire shows besides comments, tags and history: `type`, `frameIndex`, `coordinate`, ... */
  readonly anchor: JsonObject;
  readonly comments: readonly JsonObject[];
  readonly tags: readonly { readonly name: string }[];
  readonly resolutionHistory: readonly JsonObject[];
}

/** How often an endpoint was asked, and the bytes of the bodies. */
export interface EndpointCount {
  readonly endpoint: string;
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Answers by HTTP status; "dropped" for connections that were closed instead. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** A URL to notify of work in a stage. */
export interface SubscriptionDocument {
  readonly projectHash: string;
  readonly stageUuid: string;
  readonly url: string;
  readonly secret: string;
  readonly batchSize: number;
  readonly maxWaitMs: number;
  readonly everyMs: number;
  /** Milliseconds since 1970. */
  readonly nextLookAt: number;
}

export interface SettingDocument {
  readonly name: string;
  readonly value: unknown;
}
