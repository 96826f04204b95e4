import { builtIn, type Dependency } from "../agent/dependency.ts";
import type { LabelRowArguments } from "../agent/label-row-arguments.ts";
import type { LabelRow } from "../encord/index.ts";

/**
 * The label row of the data unit, initialised: its labels can be read and edited at once. In a task agent, return it
 * (`{ labelRow }`) to have it saved together with the others of the batch; in an editor agent, call `save()`.
 *
 * `labelRow.with(...)` fetches more of it, or less. The rows of a batch are fetched together either way.
 *
 * @example
 * taskAgent({
 *   name: "by-camera",
 *   stage: "Agent 1",
 *   dependencies: { labelRow: labelRow.with({ include: { includeClientMetadata: true } }) },
 *   run: ({ labelRow }) => (labelRow.clientMetadata?.["camera"] === "front" ? "Front" : "Other"),
 * });
 */
export const labelRow: LabelRowDependency = { ...labelRowWith({}), with: labelRowWith };

/** The label row; `with` asks for it with other arguments. */
export interface LabelRowDependency extends Dependency<LabelRow> {
  /**
   * The label row, listed and initialised with these arguments; `LabelRowMetadataIncludeArgs` and
   * `LabelRowInitialiseLabelsArgs` of the Python library. When several dependencies of an agent ask for the row, it has what
   * each of them asked for. A row that was read with a filter on kinds loses the other kinds when it is saved.
   */
  with(wish: LabelRowArguments): Dependency<LabelRow>;
}

function labelRowWith(wish: LabelRowArguments): Dependency<LabelRow> {
  return builtIn({
    modes: ["editor", "task"],
    prefetch: { labelRow: wish },
    make: (invocation) => invocation.sources.labelRow(),
  });
}
