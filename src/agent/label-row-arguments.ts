/**
 * How much of a label row an agent wants: what the listing includes, and which labels are fetched. An invocation has one
 * label row; when several of its dependencies ask for it, it holds at least what each of them asked for.
 */

import type { InitialiseOptions, LabelRowFilters } from "../encord/index.ts";

/** What the listing includes beyond the defaults; `LabelRowMetadataIncludeArgs` of the Python library. */
export type LabelRowIncludes = Pick<
  LabelRowFilters,
  | "includeWorkflowGraphNode"
  | "includeClientMetadata"
  | "includeImagesData"
  | "includeChildren"
  /** A label branch other than the task's (or, in an editor agent, other than `main`). */
  | "branchName"
>;

/** Which labels are fetched; `LabelRowInitialiseLabelsArgs` of the Python library. */
export type LabelRowInitialise = Omit<InitialiseOptions, "bundle" | "overwrite">;

/** What `labelRow.with` takes. */
export interface LabelRowArguments {
  readonly include?: LabelRowIncludes;
  readonly initialise?: LabelRowInitialise;
}

/**
 * The arguments that give both sides what they asked for: whatever either of them includes, and a filter on kinds only if
 * both have one.
 *
 * @throws TypeError when they ask for different label branches
 */
export function mergeLabelRowArguments(a: LabelRowArguments, b: LabelRowArguments): LabelRowArguments {
  return {
    include: mergeIncludes(a.include ?? {}, b.include ?? {}),
    initialise: mergeInitialise(a.initialise ?? {}, b.initialise ?? {}),
  };
}

function mergeIncludes(a: LabelRowIncludes, b: LabelRowIncludes): LabelRowIncludes {
  if (a.branchName !== undefined && b.branchName !== undefined && a.branchName !== b.branchName) {
    throw new TypeError(
      `One agent asks for the label branches "${a.branchName}" and "${b.branchName}"; its label row has one. ` +
        "List the rows of the other branch with project.listLabelRows.",
    );
  }
  // Included by default: it is left out only if both say no.
  const graphNode = (a.includeWorkflowGraphNode ?? true) || (b.includeWorkflowGraphNode ?? true);
  return {
    ...either(a, b, ["includeClientMetadata", "includeImagesData", "includeChildren"]),
    ...(graphNode ? {} : { includeWorkflowGraphNode: false }),
    ...(a.branchName === undefined ? {} : { branchName: a.branchName }),
    ...(b.branchName === undefined ? {} : { branchName: b.branchName }),
  };
}

function mergeInitialise(a: LabelRowInitialise, b: LabelRowInitialise): LabelRowInitialise {
  return {
    ...either(a, b, ["includeSignedUrl", "includeReviews", "includeArchived"]),
    ...both(a, b, "includeObjectFeatureHashes"),
    ...both(a, b, "includeClassificationFeatureHashes"),
  };
}

function either<Key extends string>(
  a: { readonly [K in Key]?: boolean },
  b: { readonly [K in Key]?: boolean },
  keys: readonly Key[],
): { [K in Key]?: true } {
  const wanted: { [K in Key]?: true } = {};
  for (const key of keys) if (a[key] || b[key]) wanted[key] = true;
  return wanted;
}

type KindFilter = "includeObjectFeatureHashes" | "includeClassificationFeatureHashes";

function both(a: LabelRowInitialise, b: LabelRowInitialise, key: KindFilter): LabelRowInitialise {
  const [ofA, ofB] = [a[key], b[key]];
  if (ofA === undefined || ofB === undefined) return {};
  return { [key]: [...new Set([...ofA, ...ofB])] };
}
