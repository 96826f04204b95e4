import { builtIn } from "../agent/dependency.ts";

/** The storage item behind the data unit at hand: file type, size, client metadata, signed URL. */
export const storageItem = builtIn({
  modes: ["editor", "task"],
  prefetch: { storageItem: true },
  make: (invocation) => invocation.sources.storageItem(),
});
