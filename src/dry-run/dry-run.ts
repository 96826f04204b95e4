/**
 * Runs an agent on a data unit without writing anything, and reports what it would save, where the task would go, what it would
 * answer, and a picture with the labels on it. It reads from Encord as a real run does. An agent that throws does not throw
 * here: the result says what happened.
 *
 * Long because running a task agent and an editor agent are told side by side.
 */

import { type Agent, editorForm, stageFor, taskForm } from "../agent/agent-set.ts";
import type { CallMode } from "../agent/any-mode-agent.ts";
import { callEditorAgent } from "../agent/call-editor-agent.ts";
import { dataUnitSources } from "../agent/data-unit-sources.ts";
import { withDeadline } from "../agent/deadline.ts";
import { type Dependency, prefetchOf } from "../agent/dependency.ts";
import type { EditorAgent } from "../agent/editor-agent.ts";
import { AgentError, AgentTimeoutError, RetryLaterError, SkipError } from "../agent/errors.ts";
import {
  type AssetAccess,
  Invocation,
  type InvocationOptions,
  type Replacements,
} from "../agent/invocation.ts";
import { createLog, errorText, type Log } from "../agent/log.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import { checkOutcome } from "../agent/task-outcome.ts";
import { type VariableValue, variablesWith } from "../agent/variable.ts";
import { frameSource } from "../dependencies/frame-source.ts";
import type { AgentStage, EncordClient, LabelRow } from "../encord/index.ts";
import { AgentTask } from "../encord/task.ts";
import { type LabelChange, labelChanges } from "./label-changes.ts";
import { type WithheldLabels, type WithheldWrite, WithheldWrites } from "./withheld-writes.ts";

/** What to run the agent on, and how. */
export interface DryRunOptions {
  readonly client: EncordClient;
  readonly projectHash: string;
  /** Any data unit of the project, whether its task is in the agent's stage or not. */
  readonly dataHash: string;
  /** The mode to run it in: `stage` by default if it serves one, else `editor`. */
  readonly as?: CallMode | undefined;
  /** For editor agents; 0 by default. */
  readonly frame?: number | undefined;
  /** For editor agents: hashes of the objects that the annotator had selected. */
  readonly objectHashes?: readonly string[] | null | undefined;
  /** Starts as if nobody had labelled the data unit yet. The same data in other projects keeps its labels. */
  readonly withoutLabels?: boolean | undefined;
  readonly assets: AssetAccess;
  /** Receives what the agent logs; nothing is logged by default. */
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Values that replace dependencies. */
  readonly replacements?: Replacements | undefined;
  /**
   * Values for the agent's variables (`variable`) other than the deployment's, by name, typed or as text; undefined and blank
   * text leave a variable as it is.
   */
  readonly variables?: Readonly<Record<string, VariableValue | undefined>> | undefined;
}

/** A label row that would be saved. */
export interface DryRunLabels {
  readonly projectHash: string;
  readonly dataHash: string;
  readonly dataTitle: string;
  readonly changes: readonly LabelChange[];
  /** The row as it would be after saving; `save()` on it writes nothing either. */
  readonly labelRow: LabelRow;
}

/** What the agent would do. */
export interface DryRun {
  readonly agent: string;
  readonly as: CallMode;
  /** Name of the pathway that the task would take; null if it would stay. */
  readonly pathway: string | null;
  /** What an editor agent would answer. */
  readonly message: string | null;
  readonly decision: string | null;
  /** The priority that would be set. */
  readonly priority: number | null;
  /** Why it failed, or postponed the task. */
  readonly error: string | null;
  /** Why it would leave the task alone. */
  readonly skipped: string | null;
  /** Label rows that would be saved; nearly always none or one. */
  readonly labels: readonly DryRunLabels[];
  /** Everything that would be written, in order. */
  readonly writes: readonly WithheldWrite[];
  /** The values of the agent's variables in this run. */
  readonly variables: Readonly<Record<string, VariableValue>>;
  /** What it cost, including the download of media. */
  readonly effort: { readonly runMs: number; readonly fetchedBytes: number; readonly decodedFrames: number };
  /**
   * A frame with the labels drawn on it as they would be after saving, as PNG; by default the first frame on which something
   * would change. The frame is fetched and decoded when this is called.
   *
   * @param maxSide the most pixels on a side; the frame's own size by default
   * @throws MediaError or AgentError when the data unit has no such picture
   */
  picture(frame?: number, maxSide?: number): Promise<Uint8Array>;
}

type Ending = Partial<Pick<DryRun, "pathway" | "message" | "decision" | "error" | "skipped">>;

interface Run {
  readonly options: DryRunOptions;
  readonly client: EncordClient;
  readonly assets: AssetAccess;
  readonly log: Log;
  readonly withheld: WithheldWrites;
  readonly frames: Dependency<unknown, never> | null;
}

/**
 * Runs an agent without writing.
 *
 * @throws TypeError when the agent cannot be run in this mode; AgentError (code `wrong-variable`) when a variable's value does not
 *   fit; EncordError when project, stage or data unit cannot be read
 * @example
 * const result = await dryRun(imageQualityGate, { client, projectHash, dataHash, assets });
 * console.log(result.pathway, result.labels[0]?.changes);
 * await writeFile("labels.png", await result.picture());
 */
export function dryRun(agent: Agent, options: DryRunOptions): Promise<DryRun> {
  return dryRunWith(frameSource, agent, options);
}

/**
 * As `dryRun`, with a given `pictureSource` or none, so that a Worker without one carries no decoder.
 *
 * @throws as `dryRun`
 */
export async function dryRunWith(
  frames: Run["frames"],
  agent: Agent,
  options: DryRunOptions,
): Promise<DryRun> {
  const as = options.as ?? (taskForm(agent) ? "stage" : "editor");
  const form = as === "stage" ? taskForm(agent) : editorForm(agent);
  if (!form) {
    throw new TypeError(
      `Agent "${agent.name}" ${as === "stage" ? "serves no stage" : "cannot be called by the editor or a node"}.`,
    );
  }
  const effort = { runMs: 0, fetchedBytes: 0, decodedFrames: 0 };
  const variables = [...variablesWith(form, options.variables ?? {})];
  const replacements = new Map<Dependency<unknown, never>, unknown>([
    ...variables.map(([need, { value }]) => [need, value] as const),
    ...(options.replacements ?? []),
  ]);
  const run = withholding(frames, { ...options, replacements }, effort);
  const { withheld } = run;
  const started = Date.now();
  const ending = form.kind === "task" ? await runTask(form, run) : await callEditor(form, as, run);
  effort.runMs = Date.now() - started;
  const labels = await Promise.all([...withheld.labels.values()].map((each) => labelsOf(run, each)));
  return {
    agent: agent.name,
    as,
    pathway: ending.pathway ?? null,
    message: ending.message ?? null,
    decision: ending.decision ?? null,
    error: ending.error ?? null,
    skipped: ending.skipped ?? null,
    priority: withheld.priorityOf(options.dataHash),
    labels,
    writes: withheld.writes,
    variables: Object.fromEntries(variables.map(([, { name, value }]) => [name, value])),
    effort,
    picture: (frame, maxSide) => picture(run, labels, frame, maxSide),
  };
}

/**
 * A frame with the labels that it has in Encord, as PNG. Labels that do not exist yet are not created.
 *
 * @throws MediaError or AgentError when the data unit has no such picture; EncordError when it cannot be read
 */
export function currentPicture(
  frames: Run["frames"],
  options: DryRunOptions & { readonly maxSide?: number },
): Promise<Uint8Array> {
  const run = withholding(frames, options, { fetchedBytes: 0, decodedFrames: 0 });
  return picture(run, [], options.frame, options.maxSide);
}

function withholding(
  frames: Run["frames"],
  options: DryRunOptions,
  effort: { fetchedBytes: number; decodedFrames: number },
): Run {
  let withheld: WithheldWrites | undefined;
  const client = options.client.through((transport) => {
    withheld = new WithheldWrites(transport, options.withoutLabels ? options : null);
    return withheld;
  });
  if (!withheld) throw new TypeError("The client did not ask for a transport.");
  return {
    options,
    frames,
    client,
    withheld,
    log: options.log ?? createLog({ write: () => {} }),
    assets: {
      ...options.assets,
      onTransfer(transfer) {
        effort.fetchedBytes += transfer.bytes;
        options.assets.onTransfer(transfer);
      },
      onFrame() {
        effort.decodedFrames += 1;
        options.assets.onFrame();
      },
    },
  };
}

async function runTask(agent: TaskAgent, run: Run): Promise<Ending> {
  const { client, options } = run;
  const project = await client.getProject(options.projectHash);
  const stage = stageOf(
    agent,
    project.workflow.stages.filter((each) => each.stageType === "AGENT"),
  );
  const task = await taskFor(stage, run);
  let invocation: Invocation | undefined;
  let failure: { readonly error: unknown } | null = null;
  let returned: unknown;
  try {
    returned = await withDeadline(
      agent.timeoutMs,
      options.signal ?? null,
      () => new AgentTimeoutError(agent.name, agent.timeoutMs),
      async (signal) => {
        const parts = invocationOf(run, agent, signal, task.labelBranchName);
        invocation = new Invocation({ ...parts, mode: "task", task, stage });
        const values = await invocation.resolve(agent.dependencies);
        return agent.run({ ...values, task }, { signal, log: run.log.with({ by: "agent" }) });
      },
    );
  } catch (error) {
    failure = { error };
  }
  try {
    await invocation?.close(failure);
    if (failure) return endingOf(failure.error);
    const outcome = checkOutcome(agent.name, stage, returned);
    await outcome.labelRow?.save();
    if (outcome.priority !== null) await project.setPriority(task.dataHash, outcome.priority);
    return { pathway: outcome.pathway?.name ?? null };
  } catch (error) {
    return endingOf(error);
  }
}

async function callEditor(agent: EditorAgent, as: CallMode, run: Run): Promise<Ending> {
  const { options, client, assets, log } = run;
  const { projectHash, dataHash, frame = 0, objectHashes = null } = options;
  try {
    const answer = await callEditorAgent(
      agent,
      { projectHash, dataHash, frame, objectHashes },
      {
        client,
        assets,
        log,
        locks: { acquire: async (rows) => rows, release: async () => {} },
        caller: as === "node" ? "node" : "editor",
        ...(options.replacements ? { replacements: options.replacements } : {}),
      },
    );
    return { message: answer?.message ?? null, decision: answer?.decision ?? null };
  } catch (error) {
    return endingOf(error);
  }
}

function endingOf(error: unknown): Ending {
  const text = errorText(error);
  if (error instanceof SkipError) return { skipped: text };
  if (error instanceof RetryLaterError) return { error: `The agent postponed the task: ${text}` };
  return { error: text };
}

function stageOf(agent: TaskAgent, stages: readonly AgentStage[]): AgentStage {
  const stage = stageFor(agent, stages);
  if (stage) return stage;
  const titles = stages.map((each) => `"${each.title}"`).join(", ") || "none";
  throw new TypeError(
    `The project has no agent stage "${agent.stage}", which "${agent.name}" serves; its agent stages: ${titles}.`,
  );
}

/** The task in the stage, or one as it would be if the data unit came there. */
async function taskFor(stage: AgentStage, { options, client, withheld }: Run): Promise<AgentTask> {
  for await (const task of stage.getTasks({ dataHashes: [options.dataHash] })) return task;
  const project = await client.getProject(options.projectHash);
  const [row] = await project.listLabelRows({ dataHashes: [options.dataHash] });
  if (!row) throw new TypeError(`Project "${project.title}" has no data unit ${options.dataHash}.`);
  const now = new Date();
  return new AgentTask(
    { transport: withheld, projectHash: options.projectHash, stageUuid: stage.uuid },
    {
      uuid: row.taskUuid ?? crypto.randomUUID(),
      createdAt: now,
      updatedAt: now,
      dataHash: options.dataHash,
      dataTitle: row.dataTitle,
      status: "NEW",
      assignee: null,
      labelBranchName: row.branchName,
      lastActionedBy: null,
    },
  );
}

function invocationOf(
  { client, options, assets, log }: Run,
  agent: Pick<TaskAgent, "name" | "dependencies">,
  signal: AbortSignal,
  branchName = "main",
): Omit<InvocationOptions, "mode"> {
  const { projectHash, dataHash, replacements } = options;
  const wish = prefetchOf(agent.dependencies).labelRow ?? {};
  const branch = branchName === "main" ? {} : { branchName };
  const labelRow = { ...wish, include: { ...branch, ...wish.include } };
  return {
    agentName: agent.name,
    client,
    sources: dataUnitSources({ client, projectHash, dataHash, labelRow }),
    assets,
    signal,
    log,
    replacements,
  };
}

/** A label row before and after; neither is the object that the agent has changed. */
async function labelsOf({ client, withheld }: Run, saved: WithheldLabels): Promise<DryRunLabels> {
  const project = await client.getProject(saved.projectHash);
  const dataHash = String(saved.blob["data_hash"]);
  const branch = String(saved.blob["branch_name"] ?? "main");
  const filters = { dataHashes: [dataHash], ...(branch === "main" ? {} : { branchName: branch }) };
  const [before] = await project.listLabelRows(filters);
  const [after] = await project.listLabelRows(filters);
  if (!before || !after) throw new TypeError(`Encord no longer lists the data unit ${dataHash}.`);
  before.fromLabelsDict(withheld.read.get(saved.labelHash));
  after.fromLabelsDict(saved.blob);
  return {
    projectHash: saved.projectHash,
    dataHash,
    dataTitle: after.dataTitle,
    changes: labelChanges(before, after),
    labelRow: after,
  };
}

async function picture(
  run: Run,
  labels: readonly DryRunLabels[],
  wish?: number,
  maxSide?: number,
): Promise<Uint8Array> {
  const { projectHash, dataHash } = run.options;
  const make = run.frames?.picture;
  if (!run.frames || !make) {
    const message = "No agent of this deployment reads frames, so it carries no decoder for pictures.";
    throw new AgentError("no-decoder", message);
  }
  const own = labels.find((each) => each.dataHash === dataHash && each.projectHash === projectHash);
  const placed = own?.changes.filter(({ change, kind }) => kind === "object" && change !== "removed") ?? [];
  const frame = wish ?? placed[0]?.frames[0]?.[0] ?? run.options.frame ?? 0;
  const invocation = new Invocation({
    ...invocationOf(
      run,
      { name: "picture", dependencies: {} },
      run.options.signal ?? new AbortController().signal,
    ),
    mode: "editor",
    frameData: { projectHash, dataHash, frame, objectHashes: null },
    replacements: undefined,
  });
  let failure: { readonly error: unknown } | null = null;
  try {
    const { source } = await invocation.resolve({ source: run.frames });
    const row = own?.labelRow ?? (await invocation.sources.labelRow());
    const emphasised = new Set(placed.map(({ hash }) => hash));
    return await make(source as never, { frame, row, emphasised, maxSide: maxSide ?? null });
  } catch (error) {
    failure = { error };
    throw error;
  } finally {
    await invocation.close(failure);
  }
}
