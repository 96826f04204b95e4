/** The legacy API's label rows: list, create, read, save, reopen and complete. */

import { legacyTime } from "../call.ts";
import { newLabels } from "../labels/new-labels.ts";
import { onlyFeatures } from "../labels/only-features.ts";
import { savedLabels } from "../labels/saved-labels.ts";
import { validateLabels } from "../labels/validate-labels.ts";
import { withAuthors } from "../labels/with-authors.ts";
import type { LegacyCall } from "../legacy-call.ts";
import { LegacyRefusal } from "../refusal.ts";
import type { JsonObject, RowDocument } from "../state/documents.ts";
import { moveTask } from "../workflow.ts";
import { between, matchesLike } from "./projects.ts";

export function listRows(call: LegacyCall): unknown {
  const { payload, state } = call;
  const project = call.project();
  const texts = (name: string) => call.textList(name);
  const dataHashes = texts("data_hashes");
  const labelHashes = texts("label_hashes");
  const statuses = texts("label_statuses");
  const after = call.time("edited_after");
  const before = call.time("edited_before");
  const branch = call.text("branch_name");
  const shadow = call.text("shadow_data_state");
  const nodeEquals = call.text("workflow_graph_node_title_eq");
  const nodeLike = call.text("workflow_graph_node_title_like");

  const keep = (row: RowDocument) => {
    if (payload.include_all_label_branches !== true && row.branchName !== (branch ?? "main")) return false;
    if (payload.include_uninitialised_labels !== true && row.labelHash === null) return false;
    if (payload.include_children !== true && row.groupHash !== null) return false;
    if (labelHashes && !labelHashes.has(row.labelHash ?? "")) return false;
    // The Python SDK calls them label statuses, and takes those of the annotation.
    if (statuses && ![row.labelStatus, row.annotationTaskStatus ?? ""].some((each) => statuses.has(each)))
      return false;
    if (shadow === "SHADOW_DATA" && !row.isShadowData) return false;
    if (shadow === "NOT_SHADOW_DATA" && row.isShadowData) return false;
    if (!between(row.lastEditedAt, after, before)) return false;
    const title = call.text("data_title_eq");
    if (title !== null && row.dataTitle !== title) return false;
    if (!matchesLike(call.text("data_title_like"), row.dataTitle)) return false;
    if (nodeEquals === null && nodeLike === null) return true;
    const node = stageTitle(call, row);
    return node !== null && (nodeEquals === null || node === nodeEquals) && matchesLike(nodeLike, node);
  };
  const candidates = dataHashes
    ? [...dataHashes].flatMap((hash) =>
        state.rowsOfData(hash).filter((row) => row.projectHash === project.projectHash),
      )
    : state.rows(project.projectHash);
  return candidates.filter(keep).map((row) => rowJson(call, row));
}

/** `labelrow` PUT */
export async function createRows(call: LegacyCall): Promise<unknown> {
  const { state, world } = call;
  const branch = call.text("branch_name") ?? "main";
  const project = call.project();
  const at = legacyTime(world.now());
  const dataHashes = call.uids();
  const twice = dataHashes.find((hash, index) => dataHashes.indexOf(hash) !== index);
  if (twice !== undefined) {
    throw new LegacyRefusal("INVALID_ARGUMENTS_ERROR", `Data unit ${twice} is named twice in one request.`);
  }
  const rows = dataHashes.map((dataHash) => {
    const row = state.row(project.projectHash, branch, dataHash);
    const main = state.row(project.projectHash, "main", dataHash);
    if (!row && !main) {
      throw new LegacyRefusal(
        "RESOURCE_NOT_FOUND_ERROR",
        `Project ${project.projectHash} has no data unit ${dataHash}.`,
      );
    }
    if (row?.labelHash) {
      throw new LegacyRefusal(
        "RESOURCE_EXISTS_ERROR",
        `Data unit ${dataHash} already has the labels ${row.labelHash}.`,
      );
    }
    return row ?? { ...(main as RowDocument), branchName: branch };
  });
  const blobs = rows.map((row) => {
    const labelHash = world.newUuid();
    const labels = newLabels({ row, labelHash, datasetTitle: datasetTitle(call, row), at });
    state.labels.put(labelHash, labels);
    state.putRow({ ...row, labelHash, createdAt: at, lastEditedAt: at });
    return { row, labels };
  });
  return asAsked(call, await Promise.all(blobs.map(({ row, labels }) => withLink(call, row, labels))));
}

/** `labelrow` GET */
export async function readRows(call: LegacyCall): Promise<unknown> {
  const rows = call.uids().map((labelHash) => rowOfLabel(call, labelHash));
  const objects = call.textList("include_object_feature_hashes");
  const classifications = call.textList("include_classification_feature_hashes");
  const blobs = rows.map(({ row, labels }) =>
    withLink(call, row, onlyFeatures(labels, objects, classifications)),
  );
  return asAsked(call, await Promise.all(blobs));
}

function asAsked(call: LegacyCall, blobs: readonly JsonObject[]): unknown {
  return call.isSingle ? blobs[0] : blobs;
}

/** `labelrow` POST: replaces the whole of each row. */
export function saveRows(call: LegacyCall): unknown {
  const { state, world } = call;
  const uids = call.uids();
  const blobs = call.isSingle ? [call.payload] : call.payload.labels;
  if (!Array.isArray(blobs) || blobs.length !== uids.length) {
    throw new LegacyRefusal(
      "INVALID_ARGUMENTS_ERROR",
      `There are ${uids.length} label hashes, so ${uids.length} labels are expected.`,
    );
  }
  const project = call.project();
  const ontology = state.ontologies.get(project.ontologyHash);
  const checked = uids.map((labelHash, index) => {
    const { row, labels } = rowOfLabel(call, labelHash);
    const blob = blobs[index] as JsonObject;
    const problem = validateLabels({ labelHash, row, blob, editor: ontology?.editor ?? {} });
    if (problem) throw new LegacyRefusal(problem.code, problem.message);
    return { row, labelHash, blob: savedLabels(labels, blob) };
  });
  const now = world.now();
  for (const { row, labelHash, blob } of checked) {
    const saved = withAuthors(structuredClone(blob), call.caller.email, now);
    state.labels.put(labelHash, {
      ...saved,
      created_at: row.createdAt,
      last_edited_at: legacyTime(now),
      is_valid: row.validationErrors.length === 0,
    });
    state.putRow({ ...row, lastEditedAt: legacyTime(now), version: row.version + 1 });
  }
  return true;
}

/** `labelworkflowgraphnode` POST */
export function actOnRows(call: LegacyCall): unknown {
  const project = call.project();
  const action = call.text("action");
  const wanted = { complete: "DONE", reopen: "ANNOTATION" }[action ?? ""];
  const destination = project.stages.find(({ stageType }) => stageType === wanted);
  if (wanted === undefined || action === null) {
    throw new LegacyRefusal("INVALID_ARGUMENTS_ERROR", `"${action}" is not an action.`);
  }
  if (!destination) {
    throw new LegacyRefusal("OPERATION_NOT_ALLOWED", `The Workflow has no ${wanted} stage.`);
  }
  const tasks = call.uids().map((labelHash) => call.state.taskOfRow(rowOfLabel(call, labelHash).row));
  for (const task of tasks) {
    if (task && task.stageUuid !== destination.uuid) {
      moveTask(call.world, task, destination.uuid, {
        how: action,
        by: call.caller.email,
        ...(action === "reopen" ? { status: "REOPENED" } : {}),
      });
    }
  }
  return true;
}

function rowOfLabel(call: LegacyCall, labelHash: string) {
  const row = call.state.rowOfLabel(labelHash);
  const labels = call.state.labels.get(labelHash);
  if (!row || !labels || row.projectHash !== call.project().projectHash) {
    throw new LegacyRefusal("RESOURCE_NOT_FOUND_ERROR", `There are no labels ${labelHash} in this project.`);
  }
  return { row, labels };
}

function rowJson(call: LegacyCall, row: RowDocument): JsonObject {
  const { payload, state } = call;
  const task = state.taskOfRow(row);
  const project = state.projects.get(row.projectHash);
  const stage = task && project ? state.stage(project, task.stageUuid) : undefined;
  const item = row.itemUuid === null ? undefined : state.items.get(row.itemUuid);
  return {
    label_hash: row.labelHash,
    created_at: row.createdAt,
    last_edited_at: row.lastEditedAt,
    branch_name: row.branchName,
    data_hash: row.dataHash,
    group_hash: row.groupHash,
    dataset_hash: row.datasetHash,
    dataset_title: datasetTitle(call, row),
    data_title: row.dataTitle,
    data_type: row.dataType,
    data_link: row.dataLink,
    label_status: row.labelStatus,
    annotation_task_status: row.annotationTaskStatus,
    workflow_graph_node:
      payload.include_workflow_graph_node === true && stage ? { uuid: stage.uuid, title: stage.title } : null,
    is_shadow_data: row.isShadowData,
    frames_per_second: row.framesPerSecond,
    number_of_frames: row.numberOfFrames,
    duration: row.duration,
    height: row.height,
    width: row.width,
    audio_sample_rate: row.audioSampleRate,
    audio_codec: row.audioCodec,
    audio_bit_depth: row.audioBitDepth,
    audio_num_channels: row.audioNumChannels,
    spaces: row.spaces,
    task_uuid: task?.uuid ?? null,
    priority: row.priority,
    client_metadata:
      payload.include_client_metadata === true && item ? JSON.parse(item.clientMetadata) : null,
    images_data: payload.include_images_data === true ? row.images : null,
    file_type: row.fileType,
    is_valid: row.validationErrors.length === 0,
    backing_item_uuid: row.itemUuid,
    assigned_user_email: task?.assignee ?? null,
    last_actioned_by_user_email: task?.lastActionedBy ?? item?.owner ?? null,
  };
}

function stageTitle(call: LegacyCall, row: RowDocument): string | null {
  const task = call.state.taskOfRow(row);
  const project = call.state.projects.get(row.projectHash);
  return (task && project && call.state.stage(project, task.stageUuid)?.title) ?? null;
}

function datasetTitle(call: LegacyCall, row: RowDocument): string {
  return call.state.datasets.get(row.datasetHash)?.title ?? "";
}

/** The labels, with signed links if the caller asks for them. */
async function withLink(call: LegacyCall, row: RowDocument, labels: JsonObject): Promise<JsonObject> {
  const item = row.itemUuid === null ? undefined : call.state.items.get(row.itemUuid);
  if (call.payload.get_signed_url !== true || !item) return labels;
  const children = item.children.map((uuid) => call.state.items.get(uuid)?.media ?? null);
  const units = Object.entries(labels.data_units as JsonObject);
  const signed = await Promise.all(
    units.map(async ([hash, unit], index) => {
      const media = children.length > 0 ? (children[index] ?? null) : item.media;
      if (media === null) return [hash, unit] as const;
      return [hash, { ...(unit as JsonObject), data_link: await call.world.signUrl(call.origin, media) }];
    }),
  );
  return { ...labels, data_units: Object.fromEntries(signed) };
}
