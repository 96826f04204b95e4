import { builtIn } from "../agent/dependency.ts";

/**
 * The project, with its ontology and Workflow. Two requests, shared by a whole batch of tasks.
 *
 * @example
 * editorAgent({
 *   name: "about",
 *   dependencies: { project },
 *   run: ({ project }) => ({ message: `${project.title}: ${project.workflow.stages.length} stages` }),
 * });
 */
export const project = builtIn({
  modes: ["editor", "task"],
  make: (invocation) => invocation.sources.project(),
});
