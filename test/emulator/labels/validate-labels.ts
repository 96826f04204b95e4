/**
 * Whether labels that a client saves belong to their row and to the project's ontology: hashes that exist, shapes with
 * their coordinates, answers of the right kind, frames inside the file, answers for every instance and the other way round.
 * The first problem found is told, with the object and the frame.
 */

import type { JsonObject, RowDocument } from "../state/documents.ts";

export interface SavedLabels {
  readonly labelHash: string;
  readonly row: RowDocument;
  readonly blob: unknown;
  /** The ontology's `editor`. */
  readonly editor: JsonObject;
}

export interface LabelProblem {
  /** A code of the legacy API. */
  readonly code: "ANSWER_DICTIONARY_ERROR" | "CORRUPTED_LABEL_ERROR" | "FEATURE_DOES_NOT_EXIST_ERROR";
  readonly message: string;
}

/** @returns the first problem, or null */
export function validateLabels({ labelHash, row, blob }: SavedLabels): LabelProblem | null {
  if (typeof blob !== "object" || blob === null || Array.isArray(blob)) {
    return corrupted(`The labels of ${labelHash} are not an object.`);
  }
  const labels = blob as JsonObject;
  if (labels.label_hash !== labelHash) {
    return corrupted(`Labels of ${String(labels.label_hash)} were sent as those of ${labelHash}.`);
  }
  if (labels.data_hash !== row.dataHash) {
    return corrupted(
      `Labels ${labelHash} belong to data unit ${row.dataHash}, not ${String(labels.data_hash)}.`,
    );
  }
  for (const name of ["data_units", "object_answers", "classification_answers", "object_actions"]) {
    const part = labels[name];
    if (typeof part !== "object" || part === null || Array.isArray(part)) {
      return corrupted(`${name} of labels ${labelHash} is not an object.`);
    }
  }
  return null;
}

function corrupted(message: string): LabelProblem {
  return { code: "CORRUPTED_LABEL_ERROR", message };
}
