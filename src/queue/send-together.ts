import type { Bundle } from "../encord/index.ts";
import { concernsAll, divided, type Undone } from "./divided.ts";
import { OwnedBundle } from "./owned-bundle.ts";
import type { BatchOptions } from "./task-batch.ts";
import type { Work } from "./task-state.ts";

/**
 * Sends what each task adds, in shared requests, which are divided when one of them fails. A task that had trouble before goes
 * alone: should it be what makes Encord fail, it takes no neighbour along again.
 *
 * @param beforeAgain called with those of a request that failed before they are sent again: it may have been carried out
 */
export async function sendTogether<W extends Work>(
  options: Pick<BatchOptions, "client" | "project" | "stage">,
  works: readonly W[],
  size: number | undefined,
  goesAlone: (work: W) => boolean,
  add: (work: W, bundle: Bundle) => Promise<void>,
  beforeAgain: (works: readonly W[]) => Promise<void> = async () => {},
): Promise<Undone<W>> {
  const send = async (some: readonly W[], most: number | undefined) => {
    const errors = new Map<W, unknown>();
    const bundle = new OwnedBundle<W>({ size: most });
    for (const work of some) {
      await bundle.addFor(work, () => add(work, bundle)).catch((error) => errors.set(work, error));
    }
    for (const [work, error] of await bundle.settleOwned()) errors.set(work, error);
    return errors;
  };
  const together = works.filter((work) => !goesAlone(work));
  const undone = await divided(options, together, async (some) => {
    if (some !== together) await beforeAgain(some);
    return send(some, size);
  });
  for (const [work, error] of await send(works.filter(goesAlone), 1)) {
    (concernsAll(error) ? undone.shared : undone.own).set(work, error);
  }
  return undone;
}

export function failedBefore({ lease }: Work): boolean {
  return lease.attempt > 1;
}
