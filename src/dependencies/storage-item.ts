import { builtIn } from "../agent/dependency.ts";

/**
 * The storage item behind the data unit: file type, size, client metadata, signed URL. The items of a batch of tasks are
 * fetched together.
 *
 * @example
 * taskAgent({
 *   name: "mark-as-seen",
 *   stage: "Agent 1",
 *   dependencies: { storageItem },
 *   async run({ storageItem }) {
 *     await storageItem.update({ clientMetadata: { ...storageItem.clientMetadata, seen: true } });
 *     return (storageItem.fileSize ?? 0) > 10_000_000 ? "Large" : "Small";
 *   },
 * });
 */
export const storageItem = builtIn({
  modes: ["editor", "task"],
  prefetch: { storageItem: true },
  make: (invocation) => invocation.sources.storageItem(),
});
