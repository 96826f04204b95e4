/**
 * The smallest possible task agent: it takes every task of the stage "Agent 1" and sends it on to review.
 * Change: the titles of the stage and the pathway, and what happens in between.
 */

import { taskAgent } from "encord-edge-agents";

export const generalExample = taskAgent({
  name: "general-example",
  stage: "Agent 1",
  pathways: ["continue to Review"],
  run({ task }, { log }) {
    log.info("task_seen", { title: task.dataTitle });
    return "continue to Review";
  },
});
