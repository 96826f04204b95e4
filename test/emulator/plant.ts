/** Fills the state from a seed. A seed that contradicts itself is refused before anything is changed. */

import { isoTime, legacyTime, type World } from "./call.ts";
import { checkSeed } from "./check-seed.ts";
import { newLabels } from "./labels/new-labels.ts";
import { dataTypeOf, mimeTypeOf } from "./media/file-kind.ts";
import { type Place, plantItem } from "./plant-item.ts";
import { editorOf } from "./plant-ontology.ts";
import type { EmulatorSeed, SeedData, SeedProject, SeedStage } from "./seed.ts";
import type { ProjectDocument, RowDocument, StageDocument } from "./state/documents.ts";

const DEFAULT_EMAIL = "agent@example.com";

const DEFAULT_STAGES: readonly SeedStage[] = [
  { title: "Annotate", stageType: "ANNOTATION" },
  { title: "Complete", stageType: "DONE" },
];

/** @returns the hashes of the projects, in the order of the seed */
export function plant(world: World, seed: EmulatorSeed): string[] {
  checkSeed(seed, world.state);
  for (const { publicKey, email, projects } of seed.keys ?? []) {
    const key = publicKey.toLowerCase();
    world.state.keys.put(key, { publicKey: key, email: email ?? DEFAULT_EMAIL, projects: projects ?? null });
  }
  return seed.projects.map((project) => plantProject(world, project));
}

function plantProject(world: World, seed: SeedProject): string {
  const { state, newUuid } = world;
  const now = isoTime(world.now());
  const projectHash = seed.projectHash ?? newUuid();
  const ontologyHash = seed.ontology?.ontologyHash ?? newUuid();
  state.ontologies.put(ontologyHash, {
    ontologyUuid: ontologyHash,
    title: seed.ontology?.title ?? `${seed.title}: ontology`,
    description: seed.ontology?.description ?? "",
    editor: editorOf(world, seed.ontology),
    createdAt: seed.ontology?.createdAt ?? now,
    lastEditedAt: seed.ontology?.lastEditedAt ?? now,
  });
  const datasetHash = seed.dataset?.datasetHash ?? newUuid();
  const folderUuid = seed.dataset?.folderUuid ?? state.datasets.get(datasetHash)?.folderUuid ?? newUuid();
  state.datasets.put(datasetHash, {
    datasetHash,
    title: seed.dataset?.title ?? `${seed.title}: data`,
    description: seed.dataset?.description ?? "",
    folderUuid,
  });
  const project: ProjectDocument = {
    projectHash,
    projectType: seed.projectType ?? "workflow",
    status: seed.status ?? "inProgress",
    title: seed.title,
    description: seed.description ?? "",
    createdAt: seed.createdAt ?? now,
    lastEditedAt: seed.lastEditedAt ?? now,
    ontologyHash,
    workflowManagerUuid: newUuid(),
    stages: stages(seed.stages ?? DEFAULT_STAGES, newUuid),
    datasetHashes: [datasetHash],
  };
  state.projects.put(projectHash, project);
  const hashes = new Map<string, string>();
  for (const data of seed.data.map((each) => measured(world, each))) {
    hashes.set(data.title, plantData(world, project, { datasetHash, folderUuid }, data));
  }
  for (const issue of seed.issues ?? []) {
    const uuid = newUuid();
    state.issues.put(uuid, {
      uuid,
      projectHash,
      dataUuid: hashes.get(issue.data) ?? "",
      anchor: issue.anchor,
      comments: issue.comments ?? [],
      tags: (issue.tags ?? []).map((name) => ({ name })),
      resolutionHistory: issue.resolutionHistory ?? [],
    });
  }
  return projectHash;
}

function stages(seeds: readonly SeedStage[], newUuid: () => string): StageDocument[] {
  const uuids = new Map(seeds.map((stage) => [stage.title, stage.uuid ?? newUuid()]));
  // Titles were checked: every one of them is known.
  const uuidOf = (title: string) => uuids.get(title) as string;
  return seeds.map((stage, index) => {
    const next = stage.next ?? seeds[index + 1]?.title;
    return {
      uuid: uuidOf(stage.title),
      title: stage.title,
      stageType: stage.stageType,
      ...(stage.stageType === "AGENT"
        ? {
            pathways: (stage.pathways ?? []).map(({ uuid, title, to }) => ({
              uuid: uuid ?? newUuid(),
              title,
              destinationUuid: uuidOf(to),
            })),
          }
        : {}),
      ...(next === undefined || stage.stageType === "DONE" ? {} : { nextUuid: uuidOf(next) }),
      ...(stage.reject === undefined ? {} : { rejectUuid: uuidOf(stage.reject) }),
    };
  });
}

/** The data unit, with sizes from its files. */
function measured(world: World, data: SeedData): SeedData {
  const facts = data.media === undefined ? null : world.glance(data.media);
  return {
    ...(facts ? { fileSize: facts.size } : {}),
    ...(dataTypeOf(data.media) === "IMAGE" ? facts?.image : {}),
    ...data,
    ...(data.images
      ? {
          images: data.images.map((image) => {
            const file = image.media === undefined ? null : world.glance(image.media);
            return { ...(file ? { fileSize: file.size, ...file.image } : {}), ...image };
          }),
        }
      : {}),
  };
}

function plantData(world: World, project: ProjectDocument, place: Place, given: SeedData): string {
  const { state, newUuid } = world;
  const dataType = given.dataType ?? dataTypeOf(given.media);
  const seed = { ...given, ...timing(dataType, given) };
  const now = isoTime(world.now());
  const dataHash = seed.dataHash ?? newUuid();
  const item = plantItem(world, place, seed);
  const labelHash = seed.labels ? (seed.labels.labelHash ?? newUuid()) : null;
  const labelled = legacyTime(world.now());
  const row: RowDocument = {
    projectHash: project.projectHash,
    dataHash,
    branchName: seed.branchName ?? "main",
    datasetHash: place.datasetHash,
    dataTitle: seed.title,
    dataType,
    dataLink: item.url,
    fileType: item.mimeType,
    itemUuid: item.uuid,
    numberOfFrames: seed.numberOfFrames,
    duration: seed.duration,
    framesPerSecond: seed.framesPerSecond,
    width: seed.width ?? null,
    height: seed.height ?? null,
    audioCodec: item.audioCodec,
    audioSampleRate: item.audioSampleRate,
    audioBitDepth: item.audioBitDepth,
    audioNumChannels: item.audioNumChannels,
    images:
      seed.images?.map((image, index) => ({
        index,
        title: image.title,
        file_type: image.fileType ?? mimeTypeOf(image.media ?? image.title) ?? "image/png",
        height: image.height ?? 0,
        width: image.width ?? 0,
        image_hash: image.imageHash ?? newUuid(),
      })) ?? null,
    spaces: seed.spaces ?? {},
    priority: seed.priority ?? 0.5,
    labelHash,
    labelStatus: "NOT_LABELLED",
    // Projects without a Workflow have no tasks that could tell.
    annotationTaskStatus: project.projectType === "workflow" ? null : "QUEUED",
    createdAt: labelHash === null ? null : stated(seed.labels?.createdAt, labelled),
    lastEditedAt: labelHash === null ? null : stated(seed.labels?.lastEditedAt, labelled),
    version: 0,
    validationErrors: seed.validationErrors ?? (seed.isValid === false ? ["The labels are not valid."] : []),
    isShadowData: false,
    groupHash: seed.groupHash ?? null,
  };
  state.putRow(row);
  if (labelHash !== null) {
    const datasetTitle = state.datasets.get(place.datasetHash)?.title ?? "";
    const blob = seed.labels?.blob ?? newLabels({ row, labelHash, datasetTitle, at: labelled });
    state.labels.put(labelHash, blob);
  }
  if (seed.stage !== null && project.projectType === "workflow") plantTask(world, project, row, seed, now);
  return dataHash;
}

/** Frame count, duration and rate. A frame of audio is a millisecond, one of a text a character. */
function timing(dataType: string, seed: SeedData) {
  const { duration, framesPerSecond, numberOfFrames } = seed;
  switch (dataType) {
    case "AUDIO": {
      const seconds = stated(duration, (numberOfFrames ?? 60_000) / 1000);
      const frames = numberOfFrames ?? Math.round((seconds ?? 60) * 1000);
      return { numberOfFrames: frames, duration: seconds, framesPerSecond: stated(framesPerSecond, 1000) };
    }
    case "PLAIN_TEXT":
      return {
        numberOfFrames: numberOfFrames ?? 1000,
        duration: duration ?? null,
        framesPerSecond: framesPerSecond ?? null,
      };
    case "VIDEO": {
      const rate = stated(framesPerSecond, 25);
      const frames = numberOfFrames ?? Math.max(1, Math.round((duration ?? 0) * (rate ?? 25)));
      const seconds = stated(duration, rate === null ? null : frames / rate);
      return { numberOfFrames: frames, duration: seconds, framesPerSecond: rate };
    }
    default:
      return {
        numberOfFrames: numberOfFrames ?? seed.images?.length ?? 1,
        duration: duration ?? null,
        framesPerSecond: framesPerSecond ?? null,
      };
  }
}

/** The value, if it is given; null counts as given. */
function stated<T>(value: T | undefined, otherwise: T): T {
  return value === undefined ? otherwise : value;
}

function plantTask(
  world: World,
  project: ProjectDocument,
  row: RowDocument,
  seed: SeedData,
  now: string,
): void {
  const { state, newUuid } = world;
  const stage = project.stages.find(({ title }) => title === seed.stage) ?? project.stages[0];
  if (!stage) return;
  const uuid = seed.task?.uuid ?? newUuid();
  const assignee = seed.task?.assignee ?? null;
  state.putTask({
    uuid,
    projectHash: project.projectHash,
    stageUuid: stage.uuid,
    dataHash: row.dataHash,
    branchName: row.branchName,
    status: seed.task?.status ?? (assignee === null ? "NEW" : "ASSIGNED"),
    assignee,
    lastActionedBy: seed.task?.lastActionedBy ?? null,
    createdAt: seed.task?.createdAt ?? now,
    updatedAt: seed.task?.updatedAt ?? now,
    order: state.nextOrder(),
  });
  for (const review of seed.task?.reviews ?? []) {
    const reviewUuid = review.reviewUuid ?? newUuid();
    state.putReview({
      reviewUuid,
      taskUuid: uuid,
      status: "NEW",
      labelType: review.labelType,
      labelId: review.labelId,
      comment: null,
      commentTags: [],
    });
  }
}
