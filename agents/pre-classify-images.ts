/**
 * Sorts images before anybody labels them: a language model says whether an image shows a cat, a dog or something else, and
 * the answer becomes a classification and the pathway.
 * Change: the stage, the question, the classification "Animal" and its options, and the model (`models/language-model.ts`).
 */

import { labelRow, singleFrame, taskAgent } from "encord-edge-agents";
import * as z from "zod/mini";
import { languageModel } from "./models/language-model.ts";

const ANIMAL = "Animal";
const PATHWAYS = { cat: "Cat", dog: "Dog", other: "Other" } as const;

const SYSTEM = "You look at photographs of pets and say which animal they show.";
const PROMPT = 'Does this picture show a cat, a dog, or neither? Say "cat", "dog" or "other".';

const answerSchema = z.object({ classification: z.enum(["cat", "dog", "other"]) });

export const preClassifyImages = taskAgent({
  name: "pre-classify-images",
  description: "Cat, dog or other: asks a language model, and routes",
  stage: "Pre-classify",
  pathways: ["Cat", "Dog", "Other"],
  dependencies: { labelRow, frame: singleFrame, model: languageModel },
  ontology: [ANIMAL],
  async run({ labelRow, frame, model }, { signal }) {
    const text = await model({
      system: SYSTEM,
      prompt: PROMPT,
      images: [frame],
      jsonSchema: z.toJSONSchema(answerSchema),
      signal,
    });
    // An answer that does not fit throws, and the task is tried again.
    const { classification } = answerSchema.parse(JSON.parse(text.toLowerCase()));
    const pathway = PATHWAYS[classification];
    if (pathway === "Other") return pathway;

    const animal = labelRow.ontologyStructure.getChildByTitle(ANIMAL, "classification");
    const instance = labelRow.createClassificationInstance(animal);
    instance.setAnswer(animal.getChildByTitle(pathway, "option"));
    instance.setForFrames({ manualAnnotation: false });
    labelRow.addClassificationInstance(instance, { force: true });
    return { pathway, labelRow };
  },
});
