/**
 * A dependency is a value that an agent asks for by name: it has a type, the dependencies that it needs itself, and a
 * function that makes it. The graph of dependencies is plain data: it is known before an agent runs what must be fetched,
 * so a batch of tasks is fetched in bulk. Dependencies are made once per invocation, in the order of declaration, depth
 * first. One that is an async generator cleans up after its `yield`, in reverse order, even after an error.
 */

import type { LabelRow } from "../encord/index.ts";
import { checkNeeds } from "./definition.ts";
import type { Invocation } from "./invocation.ts";
import { type LabelRowArguments, mergeLabelRowArguments } from "./label-row-arguments.ts";
import type { Variable } from "./variable.ts";

/** How an agent is called: by the Label Editor or a Workflow node over HTTPS, or by the queue for a stage's task. */
export type AgentMode = "editor" | "task";

/** What a batch of tasks can fetch in bulk for a dependency before any agent runs. */
export interface Prefetch {
  /** The label row with its labels; `{}` for the defaults. */
  readonly labelRow?: LabelRowArguments;
  /** The storage item, with a signed URL. */
  readonly storageItem?: boolean;
}

/**
 * @typeParam Value what the agent receives
 * @typeParam Mode the modes in which it can be made; a dependency that needs a `task` cannot serve an editor agent,
 *   which is a compile error there (the parameter is contravariant on purpose)
 */
export interface Dependency<Value, Mode extends AgentMode = AgentMode> {
  readonly needs: Needs;
  readonly modes: readonly AgentMode[];
  readonly prefetch: Prefetch;
  /** Whether it needs so much CPU time or memory that each task should have an invocation of its own. */
  readonly heavy?: boolean;
  /**
   * Draws a frame of the data unit, from its value. It is part of the dependency so that a Worker without frames carries no
   * drawing code.
   */
  readonly picture?: PictureMaker;
  /** The Worker's variable that its value comes from, if it does. */
  readonly variable?: Variable;
  readonly make: (needs: never, invocation: Invocation) => Making<Value>;
  /** Carries `Mode` in the type only; never present at run time. */
  readonly __mode?: (mode: Mode) => void;
}

/** Which picture to draw: a frame with the labels on it. */
export interface PictureWish {
  readonly frame: number;
  /** Initialised. */
  readonly row: LabelRow;
  /** Hashes of objects to be drawn with thicker lines. */
  readonly emphasised: ReadonlySet<string>;
  /** The most pixels on a side; null: the frame's own size. */
  readonly maxSide: number | null;
}

/** Makes the PNG. @throws what reading and decoding throw */
export type PictureMaker = (value: never, wish: PictureWish) => Promise<Uint8Array>;

/** The dependencies of an agent or of another dependency, by the name under which `run` or `make` receives the value. */
export type Needs<Mode extends AgentMode = never> = Readonly<Record<string, Dependency<unknown, Mode>>>;

/** What a `make` function may return: the value, a promise of it, or a generator that yields it once and then cleans up. */
export type Making<Value> = Value | Promise<Value> | AsyncGenerator<Value, void, void>;

/** The values that a set of dependencies resolves to. */
export type Resolved<N extends Needs> = {
  readonly [Name in keyof N]: N[Name] extends Dependency<infer Value, never> ? Value : never;
};

/** The modes in which all of these dependencies can be made. */
type CommonMode<N extends Needs> = [keyof N] extends [never]
  ? AgentMode
  : N[keyof N] extends Dependency<unknown, infer Mode>
    ? Mode
    : never;

/**
 * Makes a dependency out of other dependencies.
 *
 * @param options.heavy gives each task that needs it an invocation of its own, with its own CPU time and memory
 * @param options.picture draws a frame of the data unit with labels on it, from the value
 * @example
 * export const thumbnail = dependency({ frame: singleFrame }, ({ frame }) => frame.resize({ width: 256 }));
 *
 * @example
 * export const timer = dependency({ task }, async function* ({ task }) {
 *   const started = Date.now();
 *   try { yield { started } } finally { console.log(task.uuid, Date.now() - started) }
 * });
 */
export function dependency<N extends Needs, Value>(
  needs: N,
  make: (needs: Resolved<N>, invocation: Invocation) => Making<Value>,
  options: {
    readonly heavy?: boolean;
    readonly picture?: (value: Value, wish: PictureWish) => Promise<Uint8Array>;
  } = {},
): Dependency<Value, CommonMode<N>> {
  checkNeeds("dependency(...)", needs);
  const all = Object.values(needs);
  return {
    needs,
    modes: MODES.filter((mode) => all.every((need) => need.modes.includes(mode))),
    prefetch: {},
    heavy: options.heavy ?? false,
    ...(options.picture ? { picture: options.picture } : {}),
    make: make as Dependency<Value>["make"],
  };
}

/** Whether any of these dependencies, or any that they need, is heavy. */
export function isHeavy(needs: Needs): boolean {
  return Object.values(needs).some((need) => need.heavy || isHeavy(need.needs));
}

/** The first of these dependencies, or of those that they need, that can draw frames; null when none can. */
export function pictureSource(needs: Needs): Dependency<unknown, never> | null {
  for (const need of Object.values(needs)) {
    const found = need.picture ? need : pictureSource(need.needs);
    if (found) return found;
  }
  return null;
}

const MODES: readonly AgentMode[] = ["editor", "task"];

/** Makes a built-in dependency: one that takes its value from the invocation itself. */
export function builtIn<Value, Mode extends AgentMode>(options: {
  readonly modes: readonly Mode[];
  readonly prefetch?: Prefetch;
  readonly make: (invocation: Invocation) => Making<Value>;
}): Dependency<Value, Mode> {
  return {
    needs: {},
    modes: options.modes,
    prefetch: options.prefetch ?? {},
    make: (_needs: never, invocation: Invocation) => options.make(invocation),
  };
}

/** What to fetch before an agent runs. */
export interface Wanted {
  /** Null when no label row is needed. */
  readonly labelRow: LabelRowArguments | null;
  readonly storageItem: boolean;
}

/**
 * Everything that these dependencies, and all that they need, want to have fetched.
 *
 * @throws TypeError when two of them want different branches of the label row
 */
export function prefetchOf(needs: Needs): Wanted {
  let labelRow: LabelRowArguments | null = null;
  let storageItem = false;
  for (const need of Object.values(needs)) {
    const nested = prefetchOf(need.needs);
    for (const wish of [nested.labelRow, need.prefetch.labelRow]) {
      if (wish) labelRow = labelRow ? mergeLabelRowArguments(labelRow, wish) : wish;
    }
    storageItem ||= nested.storageItem || (need.prefetch.storageItem ?? false);
  }
  return { labelRow, storageItem };
}

/** @throws TypeError naming the first dependency that cannot be made in `mode` */
export function assertModes(agent: string, needs: Needs, mode: AgentMode): void {
  for (const [name, need] of Object.entries(needs)) {
    if (!need.modes.includes(mode)) {
      throw new TypeError(
        `Agent "${agent}": the dependency "${name}" does not exist for ${mode} agents. ` +
          (mode === "editor"
            ? "A call from the Label Editor has no task; use `frameData` instead."
            : "A task has no frame data; use `task` instead."),
      );
    }
  }
}
