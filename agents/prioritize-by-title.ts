/**
 * Sets the priority of each task by the name of its file: the first rule that matches wins. Nothing is downloaded.
 * Change: the stage, the rules (priorities go from 0, last, to 1, first), and the pathway.
 */

import { taskAgent } from "encord-edge-agents";

const RULES: readonly { readonly title: RegExp; readonly priority: number }[] = [
  { title: /urgent|accident/i, priority: 1 },
  { title: /\bnight\b/i, priority: 0.8 },
  { title: /\.(?:tiff?|bmp)$/i, priority: 0.2 },
];
const OTHERWISE = 0.5;

export const prioritizeByTitle = taskAgent({
  name: "prioritize-by-title",
  description: "Sets priorities by file names",
  stage: "Prioritize",
  pathways: ["Annotate"],
  batchSize: 300,
  run({ task }) {
    const rule = RULES.find(({ title }) => title.test(task.dataTitle));
    return { pathway: "Annotate", labelRowPriority: rule?.priority ?? OTHERWISE };
  },
});
