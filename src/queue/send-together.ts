import type { Bundle } from "../encord/index.ts";
import { OwnedBundle } from "./owned-bundle.ts";
import type { Work } from "./task-state.ts";

/**
 * Sends what each task adds, in shared requests. A task that goes alone has had trouble before: should it be what Encord
 * stumbles over, without a refusal that would tell the culprit, it takes no neighbour along again.
 *
 * @returns what went wrong, by task
 */
export async function sendTogether<W extends Work>(
  works: readonly W[],
  size: number | undefined,
  goesAlone: (work: W) => boolean,
  add: (work: W, bundle: Bundle) => Promise<void>,
): Promise<ReadonlyMap<W, unknown>> {
  const errors = new Map<W, unknown>();
  for (const [alone, group] of Map.groupBy(works, goesAlone)) {
    const bundle = new OwnedBundle<W>({ size: alone ? 1 : size });
    for (const work of group) {
      await bundle.addFor(work, () => add(work, bundle)).catch((error) => errors.set(work, error));
    }
    for (const [work, error] of await bundle.settleOwned()) errors.set(work, error);
  }
  return errors;
}

export function failedBefore({ lease }: Work): boolean {
  return lease.attempt > 1;
}
