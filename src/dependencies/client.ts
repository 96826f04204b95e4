import { builtIn } from "../agent/dependency.ts";

/**
 * The Encord client of this invocation. Costs nothing until it is used.
 *
 * @example
 * taskAgent({
 *   name: "remember",
 *   stage: "Agent 1",
 *   dependencies: { client, project },
 *   async run({ client, project, task }) {
 *     const dataset = await client.getDataset((await project.listDatasets())[0]?.datasetHash ?? "");
 *     return dataset.dataRows.some((row) => row.uid === task.dataHash) ? "First dataset" : "Others";
 *   },
 * });
 */
export const client = builtIn({ modes: ["editor", "task"], make: (invocation) => invocation.client });
