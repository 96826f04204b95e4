/** Steps that collect calls and send them together. */

import { Bundle, InvalidArgumentsError } from "../../../src/encord/index.ts";
import { bundledRows, bundleLabelCall } from "./label-steps.ts";
import type { Operations } from "./replay.ts";
import { bundleStorageCalls } from "./storage-steps.ts";
import { bundleTaskCall } from "./task-steps.ts";
import type { JsonRecord } from "./trace.ts";

const STORAGE: ReadonlySet<unknown> = new Set(["initialiseStorageItem", "itemUpdate"]);
const TASKS: ReadonlySet<unknown> = new Set(["taskProceed", "taskMove"]);

export const bundleSteps: Operations = {
  async bundle(session, args, step) {
    const size = args.bundleSize;
    const bundle = new Bundle(typeof size === "number" ? { size } : {});
    const calls = [args.calls].flat() as JsonRecord[];
    const storage = bundleStorageCalls(session, calls);
    await storage.add(bundle);
    for (const call of calls) {
      if (TASKS.has(call.op)) await bundleTaskCall(session, call, bundle);
      else if (!STORAGE.has(call.op)) await bundleLabelCall(session, call, bundle);
    }
    if (step.error?.message === "user code failed") {
      // In Python an error inside the `with` block cancels the bundle; here nothing is sent unless it is executed.
      bundle.cancel();
      await bundle.execute();
      throw new InvalidArgumentsError("user code failed");
    }
    await bundle.execute();
    return calls.some((call) => STORAGE.has(call.op)) ? storage.result() : bundledRows(session, step);
  },
};
