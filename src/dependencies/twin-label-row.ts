import { builtIn, type Dependency } from "../agent/dependency.ts";
import type { Invocation } from "../agent/invocation.ts";
import type { EncordClient, LabelRow, Project, Task } from "../encord/index.ts";

/** The labels of the data unit at hand in another project. */
export interface Twin {
  readonly labelRow: LabelRow;
  /** Where its task stands; null unless asked for, in a project without Workflow, or when it has none. */
  readonly task: Task | null;
}

export interface TwinLabelRowOptions {
  /** Hash of the other project, which shares datasets with this one. */
  readonly projectHash: string;
  /** Whether its labels are fetched (or made, the first time), so that they can be read and edited; true by default. */
  readonly initialiseLabels?: boolean;
  /** Whether its task is looked for; false by default. */
  readonly includeTask?: boolean;
}

/**
 * The label row of the same data unit in another project, null when that project does not have it: to copy labels from there,
 * or to compare. The project is fetched once per batch of tasks (two requests); the row costs one request, its labels and
 * its task one more each. Save it yourself when you change it. `dep_twin_label_row` of the Python library.
 *
 * @throws (when made) AuthorisationError when the key may not see that project
 * @example
 * taskAgent({
 *   name: "compare",
 *   stage: "Agent 1",
 *   dependencies: { labelRow, twin: twinLabelRow({ projectHash: "<hash of the other project>" }) },
 *   run: ({ twin }) => (twin ? "Compare" : "Label"),
 * });
 */
export function twinLabelRow(options: TwinLabelRowOptions): Dependency<Twin | null> {
  const { projectHash, initialiseLabels = true, includeTask = false } = options;
  return builtIn({
    modes: ["editor", "task"],
    async make(invocation): Promise<Twin | null> {
      const project = await twinProject(invocation, projectHash);
      const [row] = await project.listLabelRows({ dataHashes: [invocation.dataHash] });
      if (!row) return null;
      if (initialiseLabels) await row.initialiseLabels();
      return { labelRow: row, task: includeTask ? await taskOf(project, row) : null };
    },
  });
}

/** The tasks of a batch share a client, and so the projects fetched through it. */
const fetchedBy = new WeakMap<EncordClient, Map<string, Promise<Project>>>();

function twinProject({ client }: Invocation, projectHash: string): Promise<Project> {
  const fetched = fetchedBy.get(client) ?? new Map<string, Promise<Project>>();
  fetchedBy.set(client, fetched);
  let project = fetched.get(projectHash);
  if (!project) {
    project = client.getProject(projectHash);
    fetched.set(projectHash, project);
    // The next task asks again for what could not be had.
    project.catch(() => fetched.delete(projectHash));
  }
  return project;
}

/** The last of its tasks in the stage that it is in. */
async function taskOf(project: Project, row: LabelRow): Promise<Task | null> {
  const node = row.workflowGraphNode;
  if (project.projectType !== "workflow" || !node) return null;
  let last: Task | null = null;
  const stage = project.workflow.stages.find((each) => each.uuid === node.uuid);
  for await (const task of stage?.getTasks({ dataHashes: [row.dataHash] }) ?? []) last = task;
  return last;
}
