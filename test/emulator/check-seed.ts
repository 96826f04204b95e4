/**
 * Checks that a seed makes sense before anything is planted: a misspelt stage or a malformed UUID would otherwise only show
 * later, as a task that is not where the test looks for it.
 */

import type { EmulatorSeed, SeedData, SeedProject } from "./seed.ts";
import type { State } from "./state/state.ts";

const STAGE_TYPES = ["ANNOTATION", "REVIEW", "AGENT", "DONE", "CONSENSUS_ANNOTATION", "CONSENSUS_REVIEW"];
const TASK_STATUSES = ["NEW", "ASSIGNED", "RELEASED", "SKIPPED", "REOPENED", "COMPLETED"];
const DATA_TYPES = [
  "IMAGE",
  "VIDEO",
  "IMG_GROUP",
  "DICOM",
  "NIFTI",
  "AUDIO",
  "TIME_SERIES",
  "PLAIN_TEXT",
  "PDF",
  "GROUP",
  "SCENE",
];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Checks that it is a seed at all, because seeds come from files. @throws Error that names what is missing */
export function checkSeedShape(seed: unknown): asserts seed is EmulatorSeed {
  const projects = listIn(seed, "projects", "A seed");
  for (const [index, project] of projects.entries()) {
    const named = textIn(project, "title", `Project ${index + 1} of the seed`);
    for (const [place, data] of listIn(project, "data", `Seed project "${named}"`).entries())
      textIn(data, "title", `Data unit ${place + 1} of seed project "${named}"`);
  }
}

function listIn(holder: unknown, key: string, what: string): unknown[] {
  const value = (holder as Record<string, unknown> | null | undefined)?.[key];
  if (Array.isArray(value)) return value;
  throw new Error(`${what} has no list "${key}".`);
}

function textIn(holder: unknown, key: string, what: string): string {
  const value = (holder as Record<string, unknown> | null | undefined)?.[key];
  if (typeof value === "string") return value;
  throw new Error(`${what} has no text "${key}".`);
}

/** @throws Error that names what does not fit */
export function checkSeed(seed: EmulatorSeed, state: State): void {
  checkSeedShape(seed);
  const hashes = new Set<string>();
  for (const project of seed.projects) {
    checkProject(project);
    const { projectHash } = project;
    if (projectHash === undefined) continue;
    if (hashes.has(projectHash) || state.projects.get(projectHash)) {
      throw new Error(
        `There is a project ${projectHash} already; reset the emulator before it is seeded anew.`,
      );
    }
    hashes.add(projectHash);
  }
}

function checkProject(project: SeedProject): void {
  const fail = (problem: string): never => {
    throw new Error(`Seed project "${project.title}": ${problem}`);
  };
  const checkUuid = (uuid: string | undefined, what: string) => {
    if (uuid !== undefined && !UUID.test(uuid))
      fail(`${what} is ${JSON.stringify(uuid)}; a UUID in lower case is expected.`);
  };
  checkUuid(project.projectHash, "projectHash");
  checkUuid(project.ontology?.ontologyHash, "ontologyHash");
  checkUuid(project.dataset?.datasetHash, "datasetHash");
  checkUuid(project.dataset?.folderUuid, "folderUuid");

  const checkWord = (word: string | undefined, words: readonly string[], what: string) => {
    if (word !== undefined && !words.includes(word))
      fail(`${what} is ${JSON.stringify(word)}; expected one of ${words.join(", ")}.`);
  };
  checkWord(project.projectType, ["workflow", "manual_qa"], "projectType");

  const titles = new Set<string>();
  for (const stage of project.stages ?? [{ title: "Annotate" }, { title: "Complete" }]) {
    const { title, uuid, stageType }: { title: string; uuid?: string; stageType?: string } = stage;
    checkWord(stageType, STAGE_TYPES, `stageType of stage "${title}"`);
    if (titles.has(title)) fail(`two stages have the title "${title}"; seeds name stages by their titles.`);
    titles.add(title);
    checkUuid(uuid, `uuid of stage "${title}"`);
  }
  const checkStage = (title: string | null | undefined, what: string) => {
    if (typeof title !== "string" || titles.has(title)) return;
    const known = [...titles].map((each) => `"${each}"`).join(", ");
    fail(`${what} names the stage "${title}"; there are ${known}.`);
  };
  for (const stage of project.stages ?? []) {
    checkStage(stage.next, `"next" of stage "${stage.title}"`);
    checkStage(stage.reject, `"reject" of stage "${stage.title}"`);
    for (const pathway of stage.pathways ?? []) {
      checkStage(pathway.to, `pathway "${pathway.title}"`);
      checkUuid(pathway.uuid, `uuid of pathway "${pathway.title}"`);
    }
  }

  const rows = new Set<string>();
  const dataTitles = new Set<string>();
  for (const data of project.data) {
    checkData(data, checkUuid);
    checkWord(data.dataType, DATA_TYPES, `dataType of data unit "${data.title}"`);
    checkWord(data.task?.status, TASK_STATUSES, `status of the task of data unit "${data.title}"`);
    checkStage(data.stage, `data unit "${data.title}"`);
    dataTitles.add(data.title);
    if (data.dataHash === undefined) continue;
    const row = `${data.dataHash} ${data.branchName ?? "main"}`;
    if (rows.has(row)) fail(`two data units have the dataHash ${data.dataHash} on the same branch.`);
    rows.add(row);
  }
  for (const issue of project.issues ?? []) {
    if (!dataTitles.has(issue.data)) fail(`an issue names the unknown data unit "${issue.data}".`);
  }
}

function checkData(data: SeedData, checkUuid: (uuid: string | undefined, what: string) => void): void {
  const of = `of data unit "${data.title}"`;
  checkUuid(data.dataHash, `dataHash ${of}`);
  checkUuid(data.itemUuid, `itemUuid ${of}`);
  checkUuid(data.task?.uuid, `uuid of the task ${of}`);
  for (const image of data.images ?? []) {
    checkUuid(image.imageHash, `imageHash of "${image.title}" ${of}`);
    checkUuid(image.itemUuid, `itemUuid of "${image.title}" ${of}`);
  }
}
