import { builtIn } from "../agent/dependency.ts";

/**
 * The label row of the data unit at hand, initialised: its labels can be read and edited at once. In a task agent, return
 * it (`{ labelRow }`) to have it saved together with the others of the batch; in an editor agent, call `save()`.
 */
export const labelRow = builtIn({
  modes: ["editor", "task"],
  prefetch: { labelRow: true },
  make: (invocation) => invocation.sources.labelRow(),
});
