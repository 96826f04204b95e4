import { builtIn, type Dependency } from "../agent/dependency.ts";
import type { Batch } from "../agent/invocation.ts";
import { TimelySaves } from "../agent/timely-saves.ts";
import type { WriteFence } from "../agent/write-fence.ts";
import {
  AgentTask,
  type EncordClient,
  type EncordError,
  type LabelRow,
  type Project,
  type Task,
} from "../encord/index.ts";

/** The same data unit in another project. */
export interface Twin {
  readonly labelRow: LabelRow;
  /**
   * Its task there; null without `includeTask`, in a project without a Workflow, and when it has none. It can be moved along a
   * pathway if it is an `instanceof AgentTask`.
   */
  readonly task: Task | null;
}

export interface TwinLabelRowOptions {
  /** Hash of the other project, which shares datasets with this one. */
  readonly projectHash: string;
  /** Whether its labels are fetched (or created, the first time), so that they can be read and edited; true by default. */
  readonly initialiseLabels?: boolean;
  /** Whether its task is looked up; false by default. */
  readonly includeTask?: boolean;
}

/**
 * The label row of the same data unit in another project, null when that project does not have it: to copy labels from there,
 * or to compare. Fetched for a whole batch of tasks together: two requests for the project, one for the rows, one or two for
 * their labels, and one per stage for their tasks. `dep_twin_label_row` of the Python library.
 *
 * If you change it, save it yourself. Only the row of the task's own project is locked: others may write to this one in the
 * meantime. Creating its labels the first time loses none: Encord creates an empty row, or refuses because there is one.
 *
 * @throws (when made) AuthorisationError when the key may not see that project
 * @example
 * taskAgent({
 *   name: "compare",
 *   stage: "Agent 1",
 *   dependencies: { labelRow, twin: twinLabelRow({ projectHash: "<hash of the other project>" }) },
 *   run: ({ twin }) => (twin ? "Compare" : "Label"),
 * });
 * @example
 * taskAgent({
 *   name: "both",
 *   stage: "Agent 1",
 *   dependencies: { twin: twinLabelRow({ projectHash: "<hash of the other project>", includeTask: true }) },
 *   async run({ twin }) {
 *     if (twin?.task instanceof AgentTask) await twin.task.proceed({ pathwayName: "Complete" });
 *     return "Continue";
 *   },
 * });
 */
export function twinLabelRow(options: TwinLabelRowOptions): Dependency<Twin | null> {
  const fetchedFor = new WeakMap<Batch, Promise<Twins>>();
  return builtIn({
    modes: ["editor", "task"],
    async make({ dataHash, batch, fence }): Promise<Twin | null> {
      let fetching = fetchedFor.get(batch);
      if (!fetching) {
        fetching = Twins.fetch(batch.client, [...new Set([dataHash, ...batch.dataHashes])], options);
        fetchedFor.set(batch, fetching);
        // After a failure the next task tries again.
        fetching.catch(() => fetchedFor.delete(batch));
      }
      let twins = await fetching;
      if (!twins.has(dataHash)) twins = await Twins.fetch(batch.client, [dataHash], options);
      const twin = twins.take(dataHash);
      return twin && fence ? behind(fence, twin) : twin;
    },
  });
}

/** It is fetched for the batch, but each task writes through its own fence. */
function behind(fence: WriteFence, { labelRow, task }: Twin): Twin {
  labelRow.saves = new TimelySaves(fence.check, null);
  return { labelRow, task: task instanceof AgentTask ? fence.around(task) : task };
}

/** The twins of the data units of one batch. Each is handed out once: a task that runs again has its twin fetched again. */
class Twins {
  readonly #twins: Map<string, Twin | EncordError | null>;

  private constructor(twins: Map<string, Twin | EncordError | null>) {
    this.#twins = twins;
  }

  static async fetch(
    client: EncordClient,
    dataHashes: readonly string[],
    { projectHash, initialiseLabels = true, includeTask = false }: TwinLabelRowOptions,
  ): Promise<Twins> {
    const project = await client.getProject(projectHash);
    const rows = await project.listLabelRows({ dataHashes });
    const errors = initialiseLabels ? await initialise(client, rows) : new Map<LabelRow, EncordError>();
    const tasks = includeTask ? await tasksOf(project, rows) : new Map<string, Task>();
    const twins = new Map<string, Twin | EncordError | null>(dataHashes.map((hash) => [hash, null]));
    for (const row of rows) {
      const task = tasks.get(row.dataHash) ?? null;
      twins.set(row.dataHash, errors.get(row) ?? { labelRow: row, task });
    }
    return new Twins(twins);
  }

  has(dataHash: string): boolean {
    return this.#twins.has(dataHash);
  }

  take(dataHash: string): Twin | null {
    const twin = this.#twins.get(dataHash) ?? null;
    this.#twins.delete(dataHash);
    if (twin instanceof Error) throw twin;
    return twin;
  }
}

/** @returns the errors of the rows whose labels could not be fetched; the others have theirs */
async function initialise(
  client: EncordClient,
  rows: readonly LabelRow[],
): Promise<Map<LabelRow, EncordError>> {
  const bundle = client.createBundle();
  for (const row of rows) await row.initialiseLabels({ bundle });
  const error = (await bundle.settle()).find((each) => each.error)?.error;
  const missing = rows.filter((row) => !row.isLabellingInitialised);
  return new Map(error ? missing.map((row) => [row, error]) : []);
}

/** By data hash: the row's task in the stage that it is in. */
async function tasksOf(project: Project, rows: readonly LabelRow[]): Promise<Map<string, Task>> {
  const tasks = new Map<string, Task>();
  if (project.projectType !== "workflow") return tasks;
  for (const [uuid, group] of Map.groupBy(rows, (row) => row.workflowGraphNode?.uuid)) {
    const stage = project.workflow.stages.find((each) => each.uuid === uuid);
    const dataHashes = group.map((row) => row.dataHash);
    for await (const task of stage?.getTasks({ dataHashes }) ?? []) tasks.set(task.dataHash, task);
  }
  return tasks;
}
