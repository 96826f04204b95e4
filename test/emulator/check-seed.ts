/**
 * Whether a seed makes sense, before anything of it is planted: a misspelt stage or a UUID that no request can name would
 * show later, as a task that is not where the test looks for it.
 */

import type { EmulatorSeed, SeedData, SeedProject } from "./seed.ts";
import type { State } from "./state/state.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** @throws Error that names what does not fit */
export function checkSeed(seed: EmulatorSeed, state: State): void {
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

  const titles = new Set<string>();
  for (const { title, uuid } of project.stages ?? [{ title: "Annotate" }, { title: "Complete" }]) {
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
