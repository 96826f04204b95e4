/**
 * The project in which a recording took place, gathered from its answers: what a thing was when it was first seen is how it
 * is seeded. What the recorded requests then do to it, the emulator does by itself.
 */

import type {
  EmulatorSeed,
  SeedData,
  SeedImage,
  SeedIssue,
  SeedProject,
  SeedTask,
} from "../../emulator/index.ts";
import type { JsonRecord, Trace } from "../../encord/conformance/trace.ts";

import { type Gathered, gather, nothing, projectOf } from "./gather-trace.ts";

export interface TraceSeed {
  readonly seed: EmulatorSeed;
  /** The hashes that the server gave to new labels, in order. */
  readonly labelHashes: readonly string[];
  /** How many results a page had. */
  readonly pageSize: number;
}

// The recordings are JSON without a schema; what is read from them here is checked by the comparison of the answers.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Loose = any;

export function seedFromTrace(trace: Trace): TraceSeed {
  const answered = trace.exchanges.filter((exchange) => exchange.status === 200);
  const projects = new Map<string, Loose>();
  const ontologies = new Map<string, Loose>();
  const gathered = new Map<string, Gathered>();
  const labelHashes: string[] = [];
  let pageSize = 1000;
  for (const exchange of answered) {
    const { path } = exchange;
    const body: Loose = exchange.responseBody;
    if (/\/projects\/[^/]+$/.test(path) && exchange.method === "GET") {
      if (!projects.has(body.projectHash)) projects.set(body.projectHash, body);
    }
    if (path.includes("/ontologies/")) ontologies.set(body.ontologyUuid, body);
    if (body?.nextPageToken) pageSize = body.results.length;
    const project = projectOf(exchange) ?? [...projects.keys()][0] ?? "";
    let into = gathered.get(project);
    if (!into) {
      into = nothing();
      gathered.set(project, into);
    }
    gather(exchange, into, labelHashes);
  }
  const seeds = Array.from(gathered)
    .filter(([hash, found]) => hash !== "" || found.items.size > 0)
    .map(([hash, found]) => projectSeed(hash, projects.get(hash), ontologies, found, trace));
  return { seed: { projects: seeds }, labelHashes, pageSize };
}

function projectSeed(
  hash: string,
  project: Loose,
  ontologies: ReadonlyMap<string, Loose>,
  found: Gathered,
  trace: Trace,
): SeedProject {
  const ontology = ontologies.get(project?.ontologyHash);
  const rows: Loose[] = [...found.rows.values()];
  const taskOfData = new Map(
    Array.from(found.tasks.values(), (entry) => [String(entry.task.dataHash), entry] as const).sort(
      ([a], [b]) => (a < b ? -1 : 1),
    ),
  );
  const backing = new Set(rows.map((row) => row.backing_item_uuid));
  const inGroups = new Set([...found.children.values()].flat());
  const data: SeedData[] = rows.map((row) => rowSeed(row, found, taskOfData, project));
  const listed = new Set(rows.map((row) => row.data_hash));
  for (const [dataHash, { task, stage }] of taskOfData) {
    if (listed.has(dataHash)) continue;
    data.push({ title: String(task.dataTitle), dataHash, ...standing(task, stage, project, found) });
  }
  for (const uuid of found.continued) {
    if (found.followed.has(uuid)) continue;
    const stage = project.workflow.stages.find((each: Loose) => each.uuid === uuid).title;
    data.push({ title: "never seen", stage });
  }
  for (const [uuid, item] of found.items) {
    if (backing.has(uuid) || inGroups.has(uuid)) continue;
    data.push({ title: String(item.name), stage: null, ...itemSeed(item as Loose, found) });
  }
  const folder = [...found.items.values()][0]?.parent;
  const dataset = rows[0] ?? datasetAskedFor(trace);
  return {
    ...(hash === "" ? {} : { projectHash: hash }),
    title: project?.title ?? "Unnamed",
    description: project?.description ?? "",
    projectType: project?.projectType ?? "workflow",
    createdAt: project?.createdAt ?? trace.clock,
    lastEditedAt: project?.lastEditedAt ?? trace.clock,
    ...(ontology
      ? {
          ontology: {
            ontologyHash: ontology.ontologyUuid,
            title: ontology.title,
            description: ontology.description,
            createdAt: ontology.createdAt,
            lastEditedAt: ontology.lastEditedAt,
            ...ontology.editor,
          },
        }
      : {}),
    ...(project?.workflow
      ? { stages: project.workflow.stages.map((each: Loose) => stageSeed(each, project)) }
      : {}),
    dataset: {
      ...(dataset ? { datasetHash: dataset.dataset_hash, title: dataset.dataset_title } : {}),
      ...(typeof folder === "string" ? { folderUuid: folder } : {}),
    },
    data,
    issues: found.issues.map((issue) => issueSeed(issue, data)),
  };
}

function issueSeed(issue: Loose, data: readonly SeedData[]): SeedIssue {
  const { dataUuid, comments, tags, resolutionHistory, ...anchor } = issue;
  return {
    data: data.find(({ dataHash }) => dataHash === dataUuid)?.title ?? "",
    anchor,
    comments,
    tags: tags.map((tag: Loose) => tag.name),
    resolutionHistory,
  };
}

/** Without a listing, the dataset is known only from what the filters name. */
function datasetAskedFor(trace: Trace): Loose {
  const hash = trace.exchanges.flatMap(({ query }) =>
    query.filter(([name]) => name === "datasetHashes"),
  )[0]?.[1];
  return hash === undefined ? undefined : { dataset_hash: hash, dataset_title: "Demo dataset" };
}

function stageSeed(stage: Loose, project: Loose) {
  const titleOf = (uuid: string) =>
    project.workflow.stages.find((each: Loose) => each.uuid === uuid)?.title as string;
  return {
    uuid: stage.uuid,
    title: stage.title,
    stageType: stage.stageType,
    ...(stage.pathways
      ? {
          pathways: stage.pathways.map((pathway: Loose) => ({
            uuid: pathway.uuid,
            title: pathway.title,
            to: titleOf(pathway.destinationUuid),
          })),
        }
      : {}),
  };
}

function rowSeed(
  row: Loose,
  found: Gathered,
  taskOfData: ReadonlyMap<string, { task: JsonRecord; stage: string }>,
  project: Loose,
): SeedData {
  const item = found.items.get(row.backing_item_uuid) as Loose;
  const labelled = row.label_hash !== null && !found.created.has(row.label_hash);
  const blob = found.blobs.get(row.label_hash);
  const listed = taskOfData.get(row.data_hash);
  const images: SeedImage[] | undefined = row.images_data
    ?.toSorted((a: Loose, b: Loose) => a.index - b.index)
    .map((image: Loose) => ({
      title: image.title,
      fileType: image.file_type,
      width: image.width,
      height: image.height,
      imageHash: image.image_hash,
    }));
  return {
    ...(item ? itemSeed(item, found) : { media: row.backing_item_uuid }),
    title: row.data_title,
    dataHash: row.data_hash,
    branchName: row.branch_name,
    groupHash: row.group_hash ?? null,
    dataType: row.data_type,
    fileType: row.file_type ?? null,
    width: row.width ?? null,
    height: row.height ?? null,
    numberOfFrames: row.number_of_frames,
    duration: row.duration ?? null,
    framesPerSecond: row.frames_per_second ?? null,
    ...(row.audio_codec
      ? {
          audio: {
            codec: row.audio_codec,
            sampleRate: row.audio_sample_rate,
            bitDepth: row.audio_bit_depth,
            numChannels: row.audio_num_channels,
          },
        }
      : {}),
    ...(images ? { images } : {}),
    spaces: row.spaces,
    ...(row.backing_item_uuid ? { itemUuid: row.backing_item_uuid } : {}),
    url: row.data_link,
    ...(row.client_metadata ? { clientMetadata: row.client_metadata } : {}),
    priority: row.priority ?? 0.5,
    isValid: row.is_valid !== false,
    ...(found.validation.has(row.label_hash)
      ? { validationErrors: found.validation.get(row.label_hash) as string[] }
      : {}),
    ...(labelled
      ? {
          labels: {
            labelHash: row.label_hash,
            ...(blob ? { blob } : {}),
            createdAt: row.created_at ?? null,
            lastEditedAt: row.last_edited_at ?? null,
          },
        }
      : {}),
    ...(listed
      ? standing(listed.task, listed.stage, project, found)
      : row.task_uuid
        ? {
            stage: row.workflow_graph_node?.title ?? project?.workflow?.stages[0].title ?? null,
            task: {
              uuid: row.task_uuid,
              assignee: row.assigned_user_email,
              lastActionedBy: row.last_actioned_by_user_email,
            },
          }
        : { stage: null }),
  };
}

function standing(task: Loose, stage: string, project: Loose, found: Gathered) {
  const reviews = found.reviews.get(task.uuid) as Loose[] | undefined;
  return {
    stage: project.workflow.stages.find((each: Loose) => each.uuid === stage).title as string,
    task: {
      uuid: task.uuid,
      status: task.status,
      assignee: task.assignee,
      lastActionedBy: task.lastActionedBy ?? null,
      createdAt: task.createdAt,
      updatedAt: task.updatedAt,
      ...(reviews ? { reviews } : {}),
    } satisfies SeedTask,
  };
}

function itemSeed(item: Loose, found: Gathered) {
  const children = found.children.get(item.uuid);
  const images: SeedImage[] | undefined = children?.map((uuid) => {
    const child = found.items.get(uuid) as Loose;
    return {
      title: child.name,
      itemUuid: uuid,
      fileType: child.mimeType,
      fileSize: child.fileSize,
      width: child.width,
      height: child.height,
      ...(found.signed.has(uuid) ? { media: uuid } : {}),
    };
  });
  const group = item.itemType === "imageGroup" ? { dataType: "IMG_GROUP" } : {};
  const video = item.itemType === "video" ? { dataType: "VIDEO" } : {};
  return {
    itemUuid: item.uuid as string,
    itemType: item.itemType as string,
    ...group,
    ...video,
    fileType: item.mimeType as string | null,
    fileSize: item.fileSize as number | null,
    width: item.width as number | null,
    height: item.height as number | null,
    duration: item.duration as number | null,
    framesPerSecond: item.fps as number | null,
    ...(item.frameCount === null ? {} : { numberOfFrames: item.frameCount as number }),
    url: item.url as string | null,
    itemCreatedAt: item.createdAt as string,
    clientMetadata: JSON.parse(item.clientMetadata),
    ...(found.signed.has(item.uuid) ? { media: item.uuid as string } : {}),
    ...(images ? { images } : {}),
  };
}
