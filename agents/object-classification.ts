/**
 * Identifies generic objects: each object named "Generic" that the annotator selected (or all of them on the frame) is cropped,
 * shown to a language model, and becomes the kind of object that the model names, with its attributes. It stays where it is.
 * Change: the name of the generic object, the instruction, and the model (`models/language-model.ts`).
 */

import {
  EditorAgentError,
  editorAgent,
  labelRow,
  type ObjectCrop,
  objectCrops,
  ontologyModel,
} from "encord-edge-agents";
import type { LabelRow } from "encord-edge-agents/encord";
import { languageModel } from "./models/language-model.ts";

const GENERIC = "Generic";
const SYSTEM = "You look at crops of pictures and say what each of them shows.";

export const objectClassification = editorAgent({
  name: "object-classification",
  description: "Identifies the generic objects on the frame with a language model",
  dependencies: { labelRow, crops: objectCrops({ only: [GENERIC] }), model: languageModel },
  ontology: [GENERIC],
  async run({ labelRow, crops, model }, { signal }) {
    if (crops.length === 0) throw new EditorAgentError(`There is no "${GENERIC}" object to look at here.`);
    const named: string[] = [];
    for (const crop of crops) {
      const questions = ontologyModel(labelRow, { objects: kindsFor(crop, labelRow) });
      const answer = await questions.ask((feedback) =>
        model({
          system: SYSTEM,
          prompt: ["What is this, and what are its attributes?", feedback ?? ""].join("\n"),
          images: [crop],
          jsonSchema: questions.jsonSchema,
          signal,
        }),
      );
      named.push(questions.replaceOn(labelRow, crop.instance, answer).objectName);
    }
    await labelRow.save();
    return { message: `Found: ${named.join(", ")}` };
  },
});

/** What it may be: the ontology's other objects with the same shape. */
function kindsFor({ instance }: ObjectCrop, labelRow: LabelRow) {
  const { shape } = instance.ontologyItem;
  return labelRow.ontologyStructure.objects.filter(
    (object) => object.shape === shape && object.name !== GENERIC && !object.archived,
  );
}
