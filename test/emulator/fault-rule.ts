/**
 * Checks that a fault rule can have an effect: a rule with a misspelt endpoint or type would never fire, and its test would
 * pass. Rules come over HTTP too, so nothing about their form is assumed.
 */

import type { FaultRule } from "./faults.ts";
import { words } from "./words.ts";

/** For each type of fault: whether its own fields are valid, and what they should be. */
const FAULTS: Readonly<
  Record<string, readonly [valid: (fault: Record<string, unknown>) => boolean, wanted: string]>
> = {
  latency: [({ ms }) => isCount(ms), "ms"],
  status: [
    ({ status }) => Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599,
    "status from 200 to 599",
  ],
  "drop-before": [() => true, ""],
  "drop-after": [() => true, ""],
  "cut-body": [() => true, ""],
  html: [() => true, ""],
  "stale-task": [() => true, ""],
  "expired-url": [() => true, ""],
  "ignore-range": [() => true, ""],
  "slow-bytes": [
    ({ bytesPerPiece, pauseMs }) => isCount(bytesPerPiece) && Number(bytesPerPiece) >= 1 && isCount(pauseMs),
    "bytesPerPiece and pauseMs",
  ],
};

/** @throws Error saying what does not fit, and what is valid */
export function checkFaultRule(rule: FaultRule, endpoints: ReadonlySet<string>): void {
  const { endpoint, faults, times, probability } = rule ?? {};
  if (typeof endpoint !== "string" || !isKnown(endpoint, endpoints)) {
    throw new Error(
      `No endpoint is called ${JSON.stringify(endpoint)}. There are ${[...endpoints].join(", ")}; ` +
        "tasks.* stands for a group and * for all.",
    );
  }
  const row: readonly unknown[] = Array.isArray(faults) ? faults : [faults];
  if (row.length === 0) throw new Error(`The fault rule for ${endpoint} has no faults.`);
  for (const fault of row) if (fault !== null || !Array.isArray(faults)) checkFault(endpoint, fault);
  if (times !== undefined && !(isCount(times) && times >= 1)) {
    throw new Error(`The fault rule for ${endpoint} has the times ${times}; a number from 1 is expected.`);
  }
  if (probability !== undefined && !(probability >= 0 && probability <= 1)) {
    throw new Error(
      `The fault rule for ${endpoint} has the probability ${probability}; a number from 0 to 1 is expected.`,
    );
  }
}

function checkFault(endpoint: string, value: unknown): void {
  const fault = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const type = words(fault.type);
  const known = Object.hasOwn(FAULTS, type) ? FAULTS[type] : undefined;
  if (!known) {
    throw new Error(
      `The fault rule for ${endpoint} has the fault ${JSON.stringify(value)}. The types are ` +
        `${Object.keys(FAULTS).join(", ")}.`,
    );
  }
  const [valid, wanted] = known;
  if (!valid(fault)) {
    throw new Error(`The fault ${JSON.stringify(value)} for ${endpoint} needs ${wanted}.`);
  }
}

function isKnown(pattern: string, endpoints: ReadonlySet<string>): boolean {
  if (pattern === "*" || endpoints.has(pattern)) return true;
  return pattern.endsWith(".*") && [...endpoints].some((name) => name.startsWith(pattern.slice(0, -1)));
}

/** Whether the value is a number of milliseconds or times; infinity means always. */
function isCount(value: unknown): boolean {
  return typeof value === "number" && value >= 0;
}
