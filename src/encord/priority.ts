/** Setting priorities: by data hash, not by task, many in one request. 0 is a priority like any other: the lowest. */

import type { Operation } from "./bundle.ts";
import { InvalidArgumentsError } from "./errors.ts";
import type { Transport } from "./transport.ts";

/** A data hash and its priority, from 0 to 1, as the request holds them. */
export type PriorityCall = readonly [dataHash: string, priority: number];

/** @throws InvalidArgumentsError when the priority is not a number from 0 to 1 */
export function priorityCall(dataHash: string, priority: number): PriorityCall {
  if (!(priority >= 0 && priority <= 1)) {
    throw new InvalidArgumentsError(
      `The priority of ${dataHash} must be a number from 0 to 1; it is ${priority}.`,
    );
  }
  return [dataHash, priority];
}

/** Calls of one project share requests. */
export function priorityOperation(transport: Transport, projectHash: string): Operation<PriorityCall> {
  return {
    key: `priorities:${projectHash}`,
    limit: 1000,
    async send(calls) {
      const path = `projects/${projectHash}/priorities`;
      await transport.v2({ method: "POST", path, body: { priorities: calls }, expects: "nothing" });
    },
  };
}
