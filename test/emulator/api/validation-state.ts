/** `GET /projects/P/labels/L/validation-state`: what Encord found wrong with saved labels. */

import { type Call, parameter, projectOf } from "../call.ts";
import { Refusal } from "../refusal.ts";

export function getValidationState(call: Call): unknown {
  const project = projectOf(call);
  const labelHash = parameter(call, "label");
  const row = call.state.rowOfLabel(labelHash);
  if (row?.projectHash !== project.projectHash) {
    throw new Refusal(404, `Project ${project.projectHash} has no labels ${labelHash}.`);
  }
  return {
    labelHash,
    branchName: row.branchName,
    version: row.version,
    isValid: row.validationErrors.length === 0,
    errors: row.validationErrors,
  };
}
