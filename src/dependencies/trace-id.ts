import { builtIn } from "../agent/dependency.ts";

/**
 * 32 hex digits shared by everything that is done for one call or task. In an editor agent they come from the call's
 * `X-Cloud-Trace-Context`, and the requests to Encord carry them too; otherwise they are random. Pass them on to your own
 * services.
 *
 * @example
 * editorAgent({
 *   name: "ask-elsewhere",
 *   dependencies: { traceId },
 *   async run({ traceId }, { signal }) {
 *     const headers = { "x-cloud-trace-context": `${traceId}/1;o=1` };
 *     const answer = await fetch("https://model.example.com/", { method: "POST", headers, signal });
 *     return { message: await answer.text() };
 *   },
 * });
 */
export const traceId = builtIn({
  modes: ["editor", "task"],
  make: (invocation): string => invocation.traceId,
});
