/**
 * Lets a language model judge labels: it sees the image with the objects drawn on it, and a list of the labels, and says
 * whether they are right. In the Label Editor the annotator reads its opinion; in a Workflow it decides where the task goes.
 * Change: the instruction, the stage, the outcomes, and the model (`models/language-model.ts`).
 */

import { agent, drawLabels, labelRow, singleFrame } from "encord-edge-agents";
import type { Answer, LabelRow } from "encord-edge-agents/encord";
import * as z from "zod/mini";
import { languageModel } from "./models/language-model.ts";

const SYSTEM =
  "You check the work of annotators. Be strict about what is wrong or missing, and silent about matters of taste.";

const verdictSchema = z.object({ correct: z.boolean(), reason: z.string() });

export const judge = agent({
  name: "judge",
  description: "A language model judges the labels of a frame",
  modes: ["editor", "node", "stage"],
  stage: "Judge",
  outcomes: ["accept", "reject"],
  dependencies: { labelRow, frame: singleFrame, model: languageModel },
  async run({ labelRow, frame, model }, { signal }) {
    const text = await model({
      system: SYSTEM,
      prompt: `You see the picture as it is, and with its labels drawn on it. These are the labels:\n${listed(labelRow, frame.frame)}\nAre they correct?`,
      images: [frame, drawLabels(frame, labelRow)],
      jsonSchema: z.toJSONSchema(verdictSchema),
      signal,
    });
    const { correct, reason } = verdictSchema.parse(JSON.parse(text));
    return { outcome: correct ? "accept" : "reject", message: reason };
  },
});

/** The labels on the frame, one per line. */
function listed(row: LabelRow, frame: number): string {
  const objects = row
    .getObjectInstances({ filterFrames: frame })
    .map((each) => `- object ${each.objectName}`);
  const classifications = row
    .getClassificationInstances({ filterFrames: frame })
    .map((each) => `- ${each.classificationName}: ${shown(each.getAnswer())}`);
  return [...objects, ...classifications].join("\n") || "- nothing";
}

function shown(answer: Answer | null): string {
  if (answer === null) return "not answered";
  if (typeof answer !== "object") return String(answer);
  return "label" in answer ? answer.label : answer.map((option) => option.label).join(", ");
}
