import { builtIn } from "../agent/dependency.ts";

/** The project at hand, with its ontology and Workflow. Two requests, shared by a whole batch of tasks. */
export const project = builtIn({
  modes: ["editor", "task"],
  make: (invocation) => invocation.sources.project(),
});
