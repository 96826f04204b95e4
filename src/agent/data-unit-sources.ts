/** The sources of an invocation for a single data unit: each value is fetched when it is first asked for. */

import type { EncordClient, LabelRow, Project } from "../encord/index.ts";
import type { InvocationSources } from "./invocation.ts";
import type { LabelRowArguments } from "./label-row-arguments.ts";

export interface DataUnit {
  readonly client: EncordClient;
  readonly projectHash: string;
  readonly dataHash: string;
  /** How much of the label row to fetch. */
  readonly labelRow: LabelRowArguments;
  /** Awaited before the labels are fetched. */
  readonly beforeLabels?: (row: LabelRow) => Promise<void>;
}

/** The label row is listed once, for both its labels and its storage item. */
export function dataUnitSources(unit: DataUnit): InvocationSources {
  const { client, projectHash } = unit;
  let project: Promise<Project> | undefined;
  let listed: Promise<LabelRow> | undefined;
  const getProject = () => (project ??= client.getProject(projectHash));
  const list = () => (listed ??= getProject().then((found) => listLabelRow(found, unit)));
  return {
    project: getProject,
    async labelRow() {
      const row = await list();
      await unit.beforeLabels?.(row);
      await row.initialiseLabels(unit.labelRow.initialise);
      return row;
    },
    async storageItem() {
      const row = await list();
      if (!row.backingItemUuid)
        throw new Error(`Encord names no storage item for the data unit ${unit.dataHash}.`);
      return client.getStorageItem(row.backingItemUuid, { signUrl: true });
    },
  };
}

async function listLabelRow(project: Project, { dataHash, labelRow }: DataUnit): Promise<LabelRow> {
  const rows = await project.listLabelRows({
    includeChildren: true,
    ...labelRow.include,
    dataHashes: [dataHash],
  });
  const [row] = rows.filter((each) => each.dataHash === dataHash);
  if (!row) throw new Error(`Project "${project.title}" has no data unit ${dataHash}.`);
  return row;
}
