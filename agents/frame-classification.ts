/**
 * Answers the ontology's classifications for the frame that the annotator looks at, with a language model. Existing answers
 * on the frame are replaced.
 * Change: which classifications are asked for, the instruction, and the model (`models/language-model.ts`).
 */

import { EditorAgentError, editorAgent, labelRow, ontologyModel, singleFrame } from "encord-edge-agents";
import type { Classification } from "encord-edge-agents/encord";
import { languageModel } from "./models/language-model.ts";

const SYSTEM = "You label pictures for machine learning. Answer only with what you can see.";

export const frameClassification = editorAgent({
  name: "frame-classification",
  description: "Classifies the current frame with a language model",
  dependencies: { labelRow, frame: singleFrame, model: languageModel },
  async run({ labelRow, frame, model }, { signal }) {
    const classifications = labelRow.ontologyStructure.classifications.filter(isAsked);
    if (classifications.length === 0)
      throw new EditorAgentError("The ontology has no classification that a language model can answer.");
    const questions = ontologyModel(labelRow, { classifications });
    const answer = await questions.ask((feedback) =>
      model({
        system: SYSTEM,
        prompt: ["Answer each question about this picture.", feedback ?? ""].join("\n"),
        images: [frame],
        jsonSchema: questions.jsonSchema,
        signal,
      }),
    );
    const made = questions.addTo(labelRow, answer, { frames: frame.frame, force: true });
    await labelRow.save();
    return {
      message: `Classified frame ${frame.frame}: ${made.map((each) => each.classificationName).join(", ")}`,
    };
  },
});

/** A model cannot be asked for numbers, and archived questions are no longer asked. */
function isAsked(classification: Classification): boolean {
  return (
    !classification.archived && classification.allAttributes.every((each) => each.kind !== "numericAttribute")
  );
}
