/**
 * What an emulator is filled with: plain JSON, so that a seed can be a file. Only titles are required; every hash and time that
 * is left out is made up (UUIDs by the emulator's generator, in the order of the seed), and sizes, frame counts and durations
 * are read from the file if its bytes are available.
 */

import type { JsonObject, StageType } from "./state/documents.ts";

export interface EmulatorSeed {
  /** Who may sign. An in-process emulator adds a throwaway key of its own. */
  readonly keys?: readonly SeedKey[];
  readonly projects: readonly SeedProject[];
}

export interface SeedKey {
  /** The raw Ed25519 public key, 64 hex digits. */
  readonly publicKey: string;
  /** Default `agent@example.com`. */
  readonly email?: string;
  /** Hashes of the projects it may use; default all. */
  readonly projects?: readonly string[];
}

export interface SeedProject {
  readonly projectHash?: string;
  readonly title: string;
  readonly description?: string;
  /** `workflow` (default) or `manual_qa`. */
  readonly projectType?: string;
  /** Default `inProgress`. */
  readonly status?: string;
  readonly createdAt?: string;
  readonly lastEditedAt?: string;
  readonly ontology?: SeedOntology;
  /** In the order in which Encord lists them. Default: one annotation stage and `Complete`. */
  readonly stages?: readonly SeedStage[];
  readonly dataset?: SeedDataset;
  readonly data: readonly SeedData[];
  readonly issues?: readonly SeedIssue[];
}

export interface SeedOntology {
  readonly ontologyHash?: string;
  readonly title?: string;
  readonly description?: string;
  readonly createdAt?: string;
  readonly lastEditedAt?: string;
  readonly objects?: readonly JsonObject[];
  readonly classifications?: readonly JsonObject[];
  readonly skeleton_templates?: readonly JsonObject[];
}

export interface SeedStage {
  readonly uuid?: string;
  readonly title: string;
  readonly stageType: StageType;
  /** For agent stages. */
  readonly pathways?: readonly SeedPathway[];
  /** Title of the stage after a submit or an approval; default the next one in the list. */
  readonly next?: string;
  /** Title of the stage after a rejection; default the first annotation stage. */
  readonly reject?: string;
}

export interface SeedPathway {
  readonly uuid?: string;
  readonly title: string;
  /** Title of the stage it leads to. */
  readonly to: string;
}

export interface SeedDataset {
  readonly datasetHash?: string;
  readonly title?: string;
  readonly description?: string;
  readonly folderUuid?: string;
}

export interface SeedData {
  readonly title: string;
  /** Name of the file that its signed URL serves; also decides type and MIME type where they are left out. */
  readonly media?: string;
  /** As the listing writes it, such as `IMAGE` (default, or by the file's ending) or `VIDEO`. */
  readonly dataType?: string;
  readonly fileType?: string | null;
  readonly width?: number | null;
  readonly height?: number | null;
  readonly numberOfFrames?: number;
  readonly duration?: number | null;
  readonly framesPerSecond?: number | null;
  readonly fileSize?: number | null;
  readonly audio?: {
    readonly codec: string;
    readonly sampleRate: number;
    readonly bitDepth: number;
    readonly numChannels: number;
  };
  /** The images of an image group, in order. */
  readonly images?: readonly SeedImage[];
  readonly spaces?: JsonObject;
  readonly dataHash?: string;
  readonly itemUuid?: string;
  /** As the storage writes it, such as `image` or `imageGroup`; default by `dataType`. */
  readonly itemType?: string;
  readonly itemCreatedAt?: string;
  readonly url?: string | null;
  readonly clientMetadata?: JsonObject;
  readonly priority?: number;
  readonly isValid?: boolean;
  readonly validationErrors?: readonly string[];
  readonly branchName?: string;
  /** Hash of the data group that it is part of; such rows are listed only on request. */
  readonly groupHash?: string | null;
  /** Present for data that has been labelled before. */
  readonly labels?: {
    readonly labelHash?: string;
    /** The blob; default an empty one. */
    readonly blob?: JsonObject;
    readonly createdAt?: string | null;
    readonly lastEditedAt?: string | null;
  };
  /** Title of the stage that its task is in; default the first stage. Null: no task. */
  readonly stage?: string | null;
  readonly task?: SeedTask;
}

export interface SeedImage {
  readonly title: string;
  readonly media?: string;
  readonly fileType?: string;
  readonly width?: number;
  readonly height?: number;
  readonly fileSize?: number | null;
  readonly imageHash?: string;
  readonly itemUuid?: string;
}

export interface SeedTask {
  readonly uuid?: string;
  readonly status?: string;
  readonly assignee?: string | null;
  readonly lastActionedBy?: string | null;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  /** For tasks in a review stage. */
  readonly reviews?: readonly {
    readonly reviewUuid?: string;
    readonly labelType: string;
    readonly labelId: string;
  }[];
}

export interface SeedIssue {
  /** Title of the data unit. */
  readonly data: string;
  /** `type`, `frameIndex`, `coordinate`, ... as the wire shows them. */
  readonly anchor: JsonObject;
  readonly comments?: readonly JsonObject[];
  readonly tags?: readonly string[];
  readonly resolutionHistory?: readonly JsonObject[];
}
