/** Label rows for tests: the ontology of the golden traces, rows of each kind of data, and a transport that notes its calls. */

import { LabelRow } from "../../../src/encord/labels/label-row.ts";
import { OntologyStructure } from "../../../src/encord/ontology/ontology-structure.ts";
import type { LegacyRequest, Transport, V2Request } from "../../../src/encord/transport.ts";
import trace from "../../fixtures/traces/09-initialise-labels.json";

export const NOW = Date.parse("2025-06-01T12:00:00Z");

/** The ontology of the traces: every shape, nested and dynamic attributes, a global classification. */
const ontologyJson = trace.exchanges.flatMap(({ responseBody }) =>
  "editor" in responseBody ? [responseBody.editor] : [],
)[0];

/** Kinds of objects that are newer than the traces, the last one newer than the client. */
const NEWER = ["circle", "ellipse", "time_range", "hyperbox"].map((shape, i) => ({
  id: String(100 + i),
  name: `A ${shape}`,
  color: "#D33115",
  shape,
  featureNodeHash: `new_${shape}`,
}));

export function demoStructure(): OntologyStructure {
  return OntologyStructure.fromJson({
    ...ontologyJson,
    objects: [...(ontologyJson?.objects ?? []), ...NEWER],
  });
}

/** Notes what is sent, answers what it is told to. */
export class NotingTransport implements Transport {
  readonly domain = "https://api.test";
  readonly requests: (LegacyRequest | V2Request)[] = [];
  readonly #answer: (request: LegacyRequest | V2Request) => unknown;

  constructor(answer: (request: LegacyRequest | V2Request) => unknown = () => true) {
    this.#answer = answer;
  }

  async v2(request: V2Request): Promise<unknown> {
    this.requests.push(request);
    return this.#answer(request);
  }

  async legacy(request: LegacyRequest): Promise<unknown> {
    this.requests.push(request);
    return this.#answer(request);
  }

  get legacyRequests(): LegacyRequest[] {
    return this.requests.filter((request) => "queryType" in request);
  }
}

type JsonRecord = Record<string, unknown>;

/** A row as the listing has it. */
export function listedRow(changes: JsonRecord = {}): JsonRecord {
  return {
    label_hash: "label-1",
    created_at: "2025-05-01 08:00:00",
    last_edited_at: "2025-05-01 08:00:00",
    branch_name: "main",
    data_hash: "data-1",
    group_hash: null,
    dataset_hash: "dataset-1",
    dataset_title: "Dataset",
    data_title: "street.jpg",
    data_type: "IMAGE",
    data_link: "https://files.test/1",
    label_status: "LABEL_IN_PROGRESS",
    annotation_task_status: "QUEUED",
    workflow_graph_node: { uuid: "stage-1", title: "Annotate" },
    is_shadow_data: false,
    number_of_frames: 1,
    duration: null,
    frames_per_second: null,
    width: 8,
    height: 4,
    spaces: {},
    task_uuid: "task-1",
    priority: 0.5,
    client_metadata: null,
    images_data: null,
    file_type: "image/jpeg",
    is_valid: true,
    backing_item_uuid: "item-1",
    assigned_user_email: null,
    last_actioned_by_user_email: null,
    ...changes,
  };
}

/** The labels' JSON of a row. */
export function labelsJson(changes: JsonRecord = {}, unit: JsonRecord = {}): JsonRecord {
  return {
    label_hash: "label-1",
    branch_name: "main",
    created_at: "2025-05-01 08:00:00",
    last_edited_at: "2025-05-01 08:00:00",
    data_hash: "data-1",
    dataset_hash: "dataset-1",
    dataset_title: "Dataset",
    data_title: "street.jpg",
    data_type: "image",
    data_units: {
      "data-1": {
        data_hash: "data-1",
        data_title: "street.jpg",
        data_type: "image/jpeg",
        data_sequence: 0,
        data_link: "https://files.test/1",
        width: 8,
        height: 4,
        labels: { objects: [], classifications: [] },
        ...unit,
      },
    },
    object_answers: {},
    classification_answers: {},
    object_actions: {},
    label_status: "LABEL_IN_PROGRESS",
    annotation_task_status: "QUEUED",
    spaces: {},
    ...changes,
  };
}

/** How a kind of data differs from an image, in the listing and in its data unit. */
const KINDS = {
  image: { listed: {}, unit: {} },
  video: {
    listed: {
      data_type: "VIDEO",
      number_of_frames: 100,
      duration: 4,
      frames_per_second: 25,
      file_type: "video/mp4",
    },
    unit: { data_type: "video/mp4", labels: {} },
  },
  audio: {
    listed: { data_type: "AUDIO", number_of_frames: 30_000, duration: 30, file_type: "audio/mpeg" },
    unit: {
      data_type: "audio/mpeg",
      labels: {},
      audio_codec: "mp3",
      audio_sample_rate: 44_100,
      audio_bit_depth: 16,
      audio_num_channels: 2,
    },
  },
  series: {
    listed: { data_type: "TIME_SERIES", number_of_frames: 1, duration: 30, file_type: "text/csv" },
    unit: { data_type: "text/csv", labels: {} },
  },
  text: {
    listed: { data_type: "PLAIN_TEXT", file_type: "text/plain" },
    unit: { data_type: "text/plain", labels: {} },
  },
  html: {
    listed: { data_type: "PLAIN_TEXT", file_type: "text/html" },
    unit: { data_type: "text/html", labels: {} },
  },
  dicom: {
    listed: { data_type: "DICOM", number_of_frames: 10 },
    unit: {
      data_type: "application/dicom",
      metadata: { patient_id: null, study_uid: "1.2", series_uid: "1.2.3" },
      labels: {
        "3": {
          objects: [],
          classifications: [],
          metadata: { dicom_instance_uid: "1.2.3.4", file_uri: "a/3.dcm", width: 2, height: 2 },
        },
      },
    },
  },
  scene: {
    listed: { data_type: "SCENE", number_of_frames: 1 },
    unit: { data_type: "application/json", labels: {} },
  },
} as const;

/** A row of a kind of data, with its labels, which are empty unless told otherwise. */
export function labelledRow(
  kind: keyof typeof KINDS = "image",
  options: { labels?: JsonRecord; unit?: JsonRecord; listed?: JsonRecord; transport?: Transport } = {},
): LabelRow {
  const row = new LabelRow({
    transport: options.transport ?? new NotingTransport(),
    projectHash: "project-1",
    ontologyStructure: demoStructure(),
    metadata: listedRow({ ...KINDS[kind].listed, ...options.listed }),
    now: () => NOW,
  });
  row.fromLabelsDict(labelsJson(options.labels, { ...KINDS[kind].unit, ...options.unit }));
  return row;
}

/** The row read again from what it would save. */
export function readAgain(row: LabelRow, listed: JsonRecord = {}): LabelRow {
  const again = new LabelRow({
    transport: new NotingTransport(),
    projectHash: "project-1",
    ontologyStructure: demoStructure(),
    metadata: listedRow({
      data_type: row.dataType,
      number_of_frames: row.numberOfFrames,
      duration: row.duration,
      frames_per_second: row.fps,
      ...listed,
    }),
    now: () => NOW,
  });
  again.fromLabelsDict(JSON.parse(JSON.stringify(row.toEncordDict())));
  return again;
}

export const BOX = { height: 0.25, width: 0.5, topLeftX: 0.1, topLeftY: 0.2 };

/** A box as an annotation's JSON has it. */
export function boxJson(changes: JsonRecord = {}): JsonRecord {
  return {
    name: "Car",
    color: "#D33115",
    shape: "bounding_box",
    value: "car",
    createdAt: "Fri, 30 May 2025 09:15:00 UTC",
    createdBy: "ann@example.com",
    confidence: 1,
    objectHash: "object-1",
    featureHash: "objCar01",
    manualAnnotation: true,
    lastEditedAt: "Fri, 30 May 2025 09:15:00 UTC",
    lastEditedBy: "ann@example.com",
    boundingBox: { h: 0.25, w: 0.5, x: 0.1, y: 0.2 },
    ...changes,
  };
}
