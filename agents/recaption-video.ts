/**
 * Rephrases a caption three times: takes the text classification "Caption" that a person wrote on the current frame, shows a
 * language model some of the frames that the caption covers, and writes "Caption 1" to "Caption 3" on the same frames.
 * Change: the titles of the classifications, how many frames are shown, and the model (`models/language-model.ts`).
 */

import { EditorAgentError, editorAgent, labelRow, ontologyModel, videoSampler } from "encord-edge-agents";
import type { RangePair } from "encord-edge-agents/encord";
import type { Frame } from "encord-edge-agents/media";
import { languageModel } from "./models/language-model.ts";

const ORIGINAL = "Caption";
const REPHRASED = ["Caption 1", "Caption 2", "Caption 3"];
const SHOWN_FRAMES = 4;

const SYSTEM = "You write captions for videos. Say the same as the given caption, in other words each time.";

export const recaptionVideo = editorAgent({
  name: "recaption-video",
  description: "Rephrases the caption of a video with a language model",
  dependencies: { labelRow, sample: videoSampler, model: languageModel },
  ontology: [ORIGINAL, ...REPHRASED],
  async run({ frameData, labelRow, sample, model }, { signal }) {
    const [caption] = labelRow
      .getClassificationInstances({ filterFrames: frameData.frame })
      .filter((each) => each.classificationName === ORIGINAL);
    const text = caption?.getAnswer();
    if (!caption || typeof text !== "string" || text.trim() === "")
      throw new EditorAgentError(`There is no "${ORIGINAL}" on this frame. Write one, and save.`);
    const ranges = caption.rangeList;
    const images: Frame[] = [];
    for await (const frame of sample(spread(ranges), { width: 512 })) images.push(frame);

    const questions = ontologyModel(labelRow, { classifications: REPHRASED });
    const answer = await questions.ask((feedback) =>
      model({
        system: SYSTEM,
        prompt: [`The caption: ${text}`, feedback ?? ""].join("\n"),
        images,
        jsonSchema: questions.jsonSchema,
        signal,
      }),
    );
    const frames = ranges.map(([start, end]) => ({ start, end }));
    questions.addTo(labelRow, answer, { frames, force: true });
    await labelRow.save();
    return { message: `Wrote ${REPHRASED.length} captions from ${images.length} frames` };
  },
});

/** Some frames, as far apart as the ranges allow. */
function spread(ranges: readonly RangePair[]): number[] {
  const frames = ranges.flatMap(([start, end]) =>
    Array.from({ length: end - start + 1 }, (_, i) => start + i),
  );
  const count = Math.min(SHOWN_FRAMES, frames.length);
  return Array.from(
    { length: count },
    (_, i) => frames[Math.floor(((i + 0.5) * frames.length) / count)] ?? 0,
  );
}
