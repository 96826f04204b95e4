/**
 * Dry runs for the console, and pictures of data units with their labels: nothing is written to Encord, and each has a time limit. The
 * result says what went wrong. Pictures are decoded with what the deployment's agents bring along; a deployment whose agents read no
 * frames has no pictures.
 */

import type { AgentSet } from "../agent/agent-set.ts";
import type { CallMode } from "../agent/any-mode-agent.ts";
import { withDeadline } from "../agent/deadline.ts";
import { type Dependency, pictureSource } from "../agent/dependency.ts";
import type { EditorAgent } from "../agent/editor-agent.ts";
import { AgentError } from "../agent/errors.ts";
import type { AssetAccess } from "../agent/invocation.ts";
import { errorText, type Log } from "../agent/log.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import { readVariable, type Variable, type VariableValue, variablesIn } from "../agent/variable.ts";
import { connect } from "../connection.ts";
import { currentPicture, type DryRun, dryRunWith } from "../dry-run/dry-run.ts";
import { base64 } from "../media/base64.ts";
import type { Settings } from "../settings.ts";
import type { DataUnitAddress } from "./data-unit-address.ts";

/** An agent, and the way to call it; one that has several modes can be tried in each. */
export interface AgentChoice {
  /** In forms: `stage:<name>` or `editor:<name>`. */
  readonly key: string;
  readonly agent: TaskAgent | EditorAgent;
  readonly as: CallMode;
  /** Its settings; each name once. */
  readonly variables: readonly Variable[];
}

/** The conditions of a trial. */
export interface TrialConditions {
  /** Values for the agent's variables, by name; blank for the deployed ones. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Whether to run as if nobody had labelled the data unit yet. */
  readonly withoutLabels?: boolean;
}

/** The value that a variable had in a trial. */
export interface TriedVariable {
  readonly name: string;
  readonly value: VariableValue;
  /** The deployed value; null if that is not valid. */
  readonly deployed: VariableValue | null;
}

/** PNG as a data URL, or why there is none. */
export type TrialPicture = { readonly url: string } | { readonly error: string };

/** The result of a dry run. */
export interface Trial {
  readonly choice: AgentChoice;
  readonly withoutLabels: boolean;
  /** All of the agent's variables; none if the run could not start. */
  readonly variables: readonly TriedVariable[];
  /** null if the run could not start, or took too long; `error` says which. */
  readonly result: Omit<DryRun, "picture"> | null;
  readonly error: string | null;
  /** null if there was nothing to draw. */
  readonly picture: TrialPicture | null;
}

const LONGEST_SIDE = 1024;
/** In milliseconds. An agent also has a time limit of its own; the shorter one counts. */
const LIMITS = { run: 60_000, picture: 30_000 };

export class TrialRunner {
  readonly choices: readonly AgentChoice[];
  /** A dependency that reads frames, if an agent has one. */
  readonly #frames: Dependency<unknown, never> | null;
  readonly #limits: typeof LIMITS;

  constructor(agents: AgentSet, limits = LIMITS) {
    this.#limits = limits;
    this.choices = [
      ...agents.taskAgents.map((agent) => choice(agent, "stage")),
      // An agent that takes only signed calls is called only by Workflow nodes.
      ...agents.editorAgents.map((agent) =>
        choice(agent, agent.signature === "required" ? "node" : "editor"),
      ),
    ];
    this.#frames = pictureSource(
      Object.assign({}, ...this.choices.map(({ agent, key }) => named(key, agent.dependencies))),
    );
  }

  async run(
    settings: Settings,
    log: Log,
    chosen: AgentChoice,
    unit: DataUnitAddress,
    conditions: TrialConditions = {},
  ): Promise<Trial> {
    const { withoutLabels = false } = conditions;
    const stop = new AbortController();
    let dry: DryRun;
    try {
      dry = await within(this.#limits.run, `"${chosen.agent.name}"`, stop, async () =>
        dryRunWith(this.#frames, chosen.agent, {
          ...(await reading(settings, log, stop.signal)),
          ...unit,
          ...conditions,
          as: chosen.as,
          log: log.with({ agent: chosen.agent.name, dryRun: true }),
        }),
      );
    } catch (error) {
      const reason = errorText(error);
      return { choice: chosen, withoutLabels, variables: [], result: null, error: reason, picture: null };
    }
    // The picture is fetched separately: its cost is not the agent's.
    const { picture: draw, ...result } = { ...dry, effort: { ...dry.effort } };
    const picture = await pictured(stop, this.#limits.picture, () => draw(undefined, LONGEST_SIDE));
    const variables = chosen.variables.map((variable) => ({
      name: variable.name,
      value: dry.variables[variable.name] ?? variable.fallback,
      deployed: deployedValue(variable),
    }));
    return { choice: chosen, withoutLabels, variables, result, error: dry.error, picture };
  }

  /** The frame with the labels that it has in Encord now. */
  currentPicture(settings: Settings, log: Log, unit: DataUnitAddress): Promise<TrialPicture> {
    const stop = new AbortController();
    return pictured(stop, this.#limits.picture, async () =>
      currentPicture(this.#frames, {
        ...(await reading(settings, log, stop.signal)),
        ...unit,
        maxSide: LONGEST_SIDE,
      }),
    );
  }
}

function choice(agent: TaskAgent | EditorAgent, as: CallMode): AgentChoice {
  const named = [...variablesIn(agent.dependencies).values()].map((each) => [each.name, each] as const);
  const variables = [...new Map(named).values()];
  return { key: `${as === "stage" ? "stage" : "editor"}:${agent.name}`, agent, as, variables };
}

/** A variable's value in this deployment; null if that is not valid. */
export function deployedValue(variable: Variable): VariableValue | null {
  try {
    return readVariable(variable);
  } catch {
    return null;
  }
}

/** Dependencies under names that are unique among all agents. */
function named(key: string, needs: AgentChoice["agent"]["dependencies"]) {
  return Object.fromEntries(Object.entries(needs).map(([name, need]) => [`${key} ${name}`, need]));
}

async function reading(settings: Settings, log: Log, signal: AbortSignal) {
  const assets: AssetAccess = {
    allowInsecureLoopback: settings.development,
    onTransfer: () => {},
    onFrame: () => {},
  };
  return { client: await connect(settings, { log }), assets, signal };
}

async function pictured(
  stop: AbortController,
  limitMs: number,
  make: () => Promise<Uint8Array>,
): Promise<TrialPicture> {
  try {
    const png = await within(limitMs, "Reading and drawing the picture", stop, make);
    return { url: `data:image/png;base64,${base64(png)}` };
  } catch (error) {
    return { error: errorText(error) };
  }
}

function within<T>(limitMs: number, what: string, stop: AbortController, work: () => Promise<T>): Promise<T> {
  const late = () => new AgentError("too-long", `${what} did not end within ${limitMs / 1000} seconds.`);
  return withDeadline(limitMs, null, late, (signal) => {
    signal.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
    return work();
  });
}
