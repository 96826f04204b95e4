/**
 * Does something for several tasks at once. When that fails without saying for which of them, it is tried for half of them
 * at a time, until the one at fault stands alone and the others have gone through. Nothing is divided while Encord serves
 * nobody, or asks to wait: then no task is at fault.
 */

import {
  AuthenticationError,
  AuthorisationError,
  EncordError,
  RateLimitExceededError,
} from "../encord/index.ts";
import { forgetReads } from "./read-cache.ts";
import type { BatchOptions } from "./task-batch.ts";

/** For whom it was not done, and why. */
export interface Undone<W> {
  /** It is about this very task. */
  readonly own: Map<W, unknown>;
  /** It is not known to be about any of them. */
  readonly shared: Map<W, unknown>;
}

/** After so many failures alone and no success, the tasks are not the cause. */
const ENOUGH_ALONE = 3;

/**
 * @param send does it for some. What it throws goes for all of them; what it returns is by task. Of that, a refusal is
 *   about the task; anything else of Encord's may be about a neighbour in the same request
 */
export async function divided<W>(
  options: Pick<BatchOptions, "client" | "project" | "stage">,
  works: readonly W[],
  send: (some: readonly W[]) => Promise<ReadonlyMap<W, unknown>>,
): Promise<Undone<W>> {
  const own = new Map<W, unknown>();
  const shared = new Map<W, unknown>();
  const alone = new Map<W, unknown>();
  const groups: (readonly W[])[] = works.length > 0 ? [works] : [];
  let through = false;
  let served: Promise<boolean> | null = null;
  const isUp = () => {
    served ??= isServed(options);
    return served;
  };
  for (let some = groups.pop(); some; some = groups.pop()) {
    let thrown = false;
    const errors = await send(some).catch((error) => {
      thrown = true;
      return new Map((some ?? []).map((work) => [work, error]));
    });
    through ||= errors.size < some.length;
    const unclear: W[] = [];
    for (const [work, error] of errors) {
      if (concernsAll(error) || (thrown && error instanceof AuthorisationError)) shared.set(work, error);
      else if (isOwn(error) && !thrown) own.set(work, error);
      else if (some.length > 1) unclear.push(work);
      else if (works.length === 1 && !thrown) own.set(work, error);
      else if (isOwn(error) && (through || (await isUp()))) own.set(work, error);
      else alone.set(work, error);
    }
    const inVain = shared.size > 0 || (!through && alone.size >= ENOUGH_ALONE);
    if (inVain || (unclear.length > 0 && !(await isUp()))) {
      const reason = errors.values().next().value;
      for (const work of unclear) shared.set(work, errors.get(work));
      for (const work of groups.splice(0).flat()) shared.set(work, reason);
    } else if (unclear.length > 0) {
      const half = Math.ceil(unclear.length / 2);
      // A single one of a bigger group is asked for again, by itself.
      for (const part of [unclear.slice(half), unclear.slice(0, half)])
        if (part.length > 0) groups.push(part);
    }
  }
  for (const [work, error] of alone) (through ? own : shared).set(work, error);
  return { own, shared };
}

/** About the very task that was asked for: neither an outage nor a refusal that everybody may get. */
function isOwn(error: unknown): boolean {
  return !(error instanceof EncordError) || error.refusal;
}

/** The next request would get the same answer, whatever it asks for. */
export function concernsAll(error: unknown): boolean {
  return error instanceof RateLimitExceededError || error instanceof AuthenticationError;
}

/** Whether Encord still shows us the project with this stage. If so, a refusal is about what was asked, not about who asked. */
async function isServed({
  client,
  project,
  stage,
}: Pick<BatchOptions, "client" | "project" | "stage">): Promise<boolean> {
  forgetReads();
  try {
    const { stages } = await client.getWorkflow(project.projectHash);
    return stages.some(({ uuid }) => uuid === stage.uuid);
  } catch {
    return false;
  }
}
