/** The labels of a data unit in an emulated Encord, read and changed through the client. */

import type { LabelRow } from "../encord/index.ts";
import { clientOf, type EmulatedEncord } from "./emulated-client.ts";

/**
 * The label row of a data unit, with its labels if it has any yet.
 *
 * @param data title or hash of the data unit
 * @throws an error when no project of the emulator has it
 */
export async function savedLabels(encord: EmulatedEncord, data: string): Promise<LabelRow> {
  const { row } = await findDataUnit(encord, data);
  if (row.labelHash !== null) await row.initialiseLabels();
  return row;
}

/**
 * Labels a data unit before an agent gets it: passes its initialised row to `edit`, and saves it.
 *
 * @param data title or hash of the data unit
 * @returns the saved row
 * @throws an error when no project of the emulator has it; what `edit` throws
 * @example
 * await editLabels(emulator, "a.png", (row) => {
 *   const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
 *   car.setForFrames({ topLeftX: 0.1, topLeftY: 0.1, width: 0.2, height: 0.2 });
 *   row.addObjectInstance(car);
 * });
 */
export async function editLabels(
  encord: EmulatedEncord,
  data: string,
  edit: (row: LabelRow) => unknown,
): Promise<LabelRow> {
  const { row } = await findDataUnit(encord, data);
  await row.initialiseLabels();
  await edit(row);
  await row.save();
  return row;
}

/** The first data unit with this title or hash, and its project. */
export async function findDataUnit(
  encord: EmulatedEncord,
  data: string,
): Promise<{ readonly projectHash: string; readonly row: LabelRow }> {
  const client = await clientOf(encord);
  const titles: string[] = [];
  for (const { projectHash } of encord.projects) {
    const project = await client.getProject(projectHash);
    for (const row of await project.listLabelRows()) {
      if (row.dataHash === data || row.dataTitle === data) return { projectHash, row };
      titles.push(row.dataTitle);
    }
  }
  const known = titles.slice(0, 10).map((title) => `"${title}"`);
  throw new Error(`The emulator has no data unit "${data}"; it has ${known.join(", ") || "none"}.`);
}
