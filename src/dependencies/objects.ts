import { dependency } from "../agent/dependency.ts";
import { EditorAgentError } from "../agent/errors.ts";
import type { Invocation } from "../agent/invocation.ts";
import type { LabelRow, ObjectInstance } from "../encord/index.ts";
import { labelRow } from "./label-row.ts";

/**
 * The objects that the annotator had selected, none if nothing was selected; in a task agent, where nobody selects anything,
 * all objects of the label row. They belong to the label row of the invocation: change them and save the row.
 *
 * @throws EditorAgentError, for the annotator, when a selected object is not in the saved labels
 * @example
 * editorAgent({
 *   name: "recolor",
 *   dependencies: { objects },
 *   run: ({ objects }) => ({ message: objects.map((each) => each.objectName).join(", ") }),
 * });
 */
export const objects = dependency({ labelRow }, ({ labelRow }, invocation): readonly ObjectInstance[] =>
  invocation.mode === "task" ? labelRow.getObjectInstances() : (selectedObjects(labelRow, invocation) ?? []),
);

/** The selected objects; null when nothing was sent, which is not the same as an empty selection. */
export function selectedObjects(row: LabelRow, { frameData }: Invocation): ObjectInstance[] | null {
  const hashes = frameData?.objectHashes;
  if (!hashes || hashes.length === 0) return null;
  const byHash = new Map(row.getObjectInstances().map((each) => [each.objectHash, each]));
  return hashes.map((hash) => {
    const found = byHash.get(hash);
    if (found) return found;
    throw new EditorAgentError(
      `The object ${hash} is not in the saved labels. Save in the Label Editor first, then call the agent.`,
    );
  });
}
