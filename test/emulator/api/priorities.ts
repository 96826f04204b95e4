/** `POST /projects/P/priorities`: pairs of data hash and number from 0 to 1. */

import { asArray, asObject, asUuid, type Call, projectOf } from "../call.ts";
import { Refusal, unprocessable } from "../refusal.ts";

export function setPriorities(call: Call): null {
  const project = projectOf(call);
  const pairs = asArray(asObject(call.body).priorities, "priorities").map((value, index) => {
    const [dataHash, priority] = asArray(value, "priorities", index);
    if (typeof priority !== "number" || !(priority >= 0 && priority <= 1)) {
      throw unprocessable(["body", "priorities", index, 1], "A number from 0 to 1 is expected.");
    }
    const hash = asUuid(dataHash, "priorities", index, 0);
    const rows = call.state.rowsOfData(hash).filter((row) => row.projectHash === project.projectHash);
    if (rows.length === 0) {
      throw new Refusal(400, `Project ${project.projectHash} has no data unit ${hash}.`);
    }
    return { rows, priority };
  });
  for (const { rows, priority } of pairs) {
    for (const row of rows) call.state.putRow({ ...row, priority });
  }
  return null;
}
