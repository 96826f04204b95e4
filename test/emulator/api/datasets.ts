/** The legacy API's datasets, and its list of the caller's projects. */

import { legacyTime, mayRead } from "../call.ts";
import type { LegacyCall } from "../legacy-call.ts";
import { LegacyRefusal } from "../refusal.ts";
import type { RowDocument } from "../state/documents.ts";

/** `dataset` GET */
export function getDataset(call: LegacyCall): unknown {
  const hash = call.resource("dataset");
  const dataset = call.state.datasets.get(hash);
  if (!dataset) throw new LegacyRefusal("RESOURCE_NOT_FOUND_ERROR", `There is no dataset ${hash}.`, 404);
  const projects = [...call.state.projects.values()].filter((project) =>
    project.datasetHashes.includes(hash),
  );
  if (!projects.some((project) => mayRead(call.caller, project.projectHash))) {
    throw new LegacyRefusal("AUTHORISATION_ERROR", undefined, 403);
  }
  const rows = new Map<string, RowDocument>();
  for (const project of projects) {
    for (const row of call.state.rows(project.projectHash)) {
      if (row.datasetHash === hash) rows.set(row.dataHash, row);
    }
  }
  const settings = call.payload.dataset_access_settings as { fetch_client_metadata?: unknown } | undefined;
  return {
    dataset_hash: hash,
    title: dataset.title,
    description: dataset.description,
    dataset_type: "CORD_STORAGE",
    backing_folder_uuid: dataset.folderUuid,
    data_rows: Array.from(rows.values(), (row) =>
      dataRow(call, row, settings?.fetch_client_metadata === true),
    ),
  };
}

function dataRow(call: LegacyCall, row: RowDocument, withMetadata: boolean): unknown {
  const item = row.itemUuid === null ? undefined : call.state.items.get(row.itemUuid);
  const at = legacyTime(Date.parse(item?.createdAt ?? "1970-01-01T00:00:00Z"));
  return {
    data_hash: row.dataHash,
    data_title: row.dataTitle,
    data_type: row.dataType,
    created_at: at,
    last_edited_at: at,
    width: row.width,
    height: row.height,
    file_link: row.dataLink,
    file_size: item?.fileSize ?? null,
    file_type: row.fileType,
    storage_location: 0,
    client_metadata: withMetadata && item ? JSON.parse(item.clientMetadata) : null,
    frames_per_second: row.framesPerSecond,
    duration: row.duration,
    images_data: null,
    signed_url: null,
    is_optimised_image_group: null,
    backing_item_uuid: row.itemUuid,
  };
}

/** `projectwithuserrole` GET */
export function listProjectsWithRole(call: LegacyCall): unknown {
  const filter = (call.payload.filter ?? {}) as { created_after?: unknown };
  const text = typeof filter.created_after === "string" ? filter.created_after : null;
  const after = text === null ? null : Date.parse(/Z|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
  return [...call.state.projects.values()]
    .filter((project) => mayRead(call.caller, project.projectHash))
    .filter((project) => after === null || Date.parse(project.createdAt) >= after)
    .map((project) => ({
      project: {
        project_hash: project.projectHash,
        title: project.title,
        description: project.description,
        created_at: legacyTime(Date.parse(project.createdAt)),
        last_edited_at: legacyTime(Date.parse(project.lastEditedAt)),
      },
      user_role: 0,
    }));
}
