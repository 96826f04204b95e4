/**
 * Finds out what kind of document a PDF or text file is: a language model reads it and answers the classification
 * "Document type", nested questions included.
 * Change: the stage, the classification, and the model (`models/language-model.ts`), which must be able to read your PDFs.
 */

import { asset, labelRow, ontologyModel, skip, storageItem, taskAgent } from "encord-edge-agents";
import { languageModel } from "./models/language-model.ts";

const DOCUMENT_TYPE = "Document type";
const SYSTEM = "You sort office documents.";
/** Characters of a text that are shown to the model: the beginning says what kind it is. */
const LONGEST_TEXT = 20_000;

export const documentClassification = taskAgent({
  name: "document-classification",
  description: "Classifies PDF and text files with a language model",
  stage: "Classify documents",
  pathways: ["Classified"],
  dependencies: { labelRow, asset, item: storageItem, model: languageModel },
  ontology: [DOCUMENT_TYPE],
  batchSize: 4,
  async run({ labelRow, asset, item, model }, { signal }) {
    const isPdf = item.itemType === "pdf";
    if (!isPdf && item.itemType !== "plainText") throw skip(`"${item.name}" is neither PDF nor text.`);
    const bytes = await asset.bytes();
    const text = isPdf ? "" : new TextDecoder().decode(bytes).slice(0, LONGEST_TEXT);
    const documents = isPdf ? [{ name: item.name, mimeType: "application/pdf", bytes }] : [];
    const questions = ontologyModel(labelRow, { classifications: [DOCUMENT_TYPE] });
    const answer = await questions.ask((feedback) =>
      model({
        system: SYSTEM,
        prompt: ["What kind of document is this?", text, feedback ?? ""].join("\n\n").trim(),
        documents,
        jsonSchema: questions.jsonSchema,
        signal,
      }),
    );
    questions.addTo(labelRow, answer, { force: true });
    return { pathway: "Classified", labelRow };
  },
});
