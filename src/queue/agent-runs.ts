/**
 * The runs of an agent on the tasks of one batch: each with an invocation, a time limit, a log that is kept and a cost that is
 * noted, and behind a fence that refuses what its agent writes too late. Saves that agents make by themselves at the same
 * time share requests.
 */

import { withDeadline } from "../agent/deadline.ts";
import { AgentTimeoutError } from "../agent/errors.ts";
import { type AssetAccess, type Batch, Invocation } from "../agent/invocation.ts";
import { type CheckedOutcome, checkOutcome } from "../agent/task-outcome.ts";
import { TimelySaves } from "../agent/timely-saves.ts";
import { WriteFence } from "../agent/write-fence.ts";
import { type Project, WriteGroup } from "../encord/index.ts";
import { type AttemptLog, AttemptRecorder } from "./attempt-log.ts";
import type { Fetched } from "./batch-inputs.ts";
import type { BatchOptions } from "./task-batch.ts";
import type { Effort, LeasedTask, Work } from "./task-state.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** How many label rows are saved in one request, as the Python runner does. */
export const SAVE_CHUNK = 100;

export class AgentRuns {
  /** How long it took until the agents could run (milliseconds); null: none has yet. */
  fetchMs: number | null = null;
  readonly #options: BatchOptions;
  /** By token. */
  readonly #efforts = new Map<string, Mutable<Omit<Effort, "requests">>>();
  readonly #recorders = new Map<string, AttemptRecorder>();
  readonly #saves = new WriteGroup({ size: SAVE_CHUNK });
  #toAsk: string[] = [];
  #asking: Promise<ReadonlySet<string>> | null = null;

  constructor(options: BatchOptions) {
    this.#options = options;
  }

  /** What is known of a task's run, by its token. */
  toldOf(token: string): { readonly effort?: Omit<Effort, "requests">; readonly log?: AttemptLog } {
    const effort = this.#efforts.get(token);
    const log = this.#recorders.get(token)?.read();
    return { ...(effort && { effort }), ...(log && { log }) };
  }

  /** What a task has cost so far; the caller adds to it. */
  effort({ token }: LeasedTask): Mutable<Omit<Effort, "requests">> {
    let effort = this.#efforts.get(token);
    if (!effort) {
      const fetchMs = this.fetchMs;
      effort = { fetchMs, runMs: null, saveMs: null, moveMs: null, fetchedBytes: 0, decodedFrames: 0 };
      this.#efforts.set(token, effort);
    }
    return effort;
  }

  /**
   * Runs the agent once.
   *
   * @throws what the agent, its dependencies or their cleaning up throw; AgentTimeoutError; InvalidOutcomeError
   */
  async run({ lease, task }: Work, fetched: Fetched, batch: Batch): Promise<CheckedOutcome> {
    const { agent, client, project, stage } = this.#options;
    const effort = this.effort(lease);
    const started = Date.now();
    const recorder = new AttemptRecorder(this.#options.secrets ?? []);
    this.#recorders.set(lease.token, recorder);
    const log = () =>
      this.#options.log.with({ task: lease.uuid, dataHash: lease.dataHash, attempt: lease.attempt });
    const missing = (what: string) => async (): Promise<never> => {
      throw new Error(`Encord lists no ${what} for the data unit ${lease.dataHash} ("${task.dataTitle}").`);
    };
    let invocation: Invocation | undefined;
    let fence: WriteFence | undefined;
    let failure: { readonly error: unknown } | null = null;
    let returned: unknown;
    try {
      returned = await withDeadline(
        agent.timeoutMs,
        this.#options.leaseSignal(lease.token),
        () => new AgentTimeoutError(agent.name, agent.timeoutMs),
        async (signal) => {
          const own = new WriteFence(signal, () => this.#stillHeld(lease.token));
          fence = own;
          // Few agents ask for the project or the stage.
          let fenced: Project | undefined;
          const ownProject = () => {
            fenced ??= own.around(project);
            return fenced;
          };
          const ownTask = own.around(task);
          invocation = new Invocation({
            mode: "task",
            agentName: agent.name,
            client: own.around(client),
            sources: {
              project: async () => ownProject(),
              labelRow: async () => {
                const row = await (fetched.labelRows.get(task.uuid) ?? missing("label row"))();
                row.saves = new TimelySaves(own.check, lease.attempt > 1 ? null : this.#saves);
                return row;
              },
              storageItem: async () =>
                own.around(await (fetched.storageItems.get(task.uuid) ?? missing("storage item"))()),
            },
            assets: countingAccess(this.#options.assets, effort),
            signal,
            get log() {
              return recorder.ofLibrary(log());
            },
            task: ownTask,
            get stage() {
              return ownProject().workflow.getStage({ uuid: stage.uuid, type: "AGENT" });
            },
            batch,
            fence,
            replacements: this.#options.replacements,
          });
          const input = { ...(await invocation.resolve(agent.dependencies)), task: ownTask };
          return agent.run(input, {
            signal,
            get log() {
              return recorder.ofAgent(log().with({ by: "agent" }));
            },
          });
        },
      );
    } catch (error) {
      failure = { error };
    }
    try {
      await invocation?.close(failure);
    } finally {
      effort.runMs = Date.now() - started;
    }
    if (failure) throw failure.error;
    fence?.open();
    return checkOutcome(agent.name, stage, returned);
  }

  /** Whether this worker still has the task. Tasks whose agents ask at the same time share one call. */
  async #stillHeld(token: string): Promise<boolean> {
    this.#toAsk.push(token);
    this.#asking ??= Promise.resolve().then(async () => {
      this.#asking = null;
      return new Set(await this.#options.leases.start(this.#toAsk.splice(0)));
    });
    return (await this.#asking).has(token);
  }
}

/** The same access, with what passes through it added up. */
function countingAccess(
  access: AssetAccess,
  effort: { fetchedBytes: number; decodedFrames: number },
): AssetAccess {
  return {
    ...access,
    onTransfer(transfer) {
      effort.fetchedBytes += transfer.bytes;
      access.onTransfer(transfer);
    },
    onFrame() {
      effort.decodedFrames += 1;
      access.onFrame();
    },
  };
}
