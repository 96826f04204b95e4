/**
 * Transcribes an audio file with Whisper on Workers AI, into the text classification "Transcript" about the whole file. Files
 * above Whisper's limit of 25 MB are left for people.
 * Change: the stage, the title of the classification, the pathways, and the speech model (`models/workers-ai.ts`).
 */

import { audio, labelRow, taskAgent } from "encord-edge-agents";
import { speechModel } from "./models/workers-ai.ts";

const TRANSCRIPT = "Transcript";
const LONGEST_BYTES = 25 * 1024 * 1024;

export const audioTranscription = taskAgent({
  name: "audio-transcription",
  description: "Speech to text, as a classification",
  stage: "Transcribe",
  pathways: ["Transcribed", "No speech", "Too long"],
  dependencies: { labelRow, audio, listen: speechModel },
  ontology: [TRANSCRIPT],
  batchSize: 4,
  async run({ labelRow, audio, listen }) {
    if ((audio.size ?? 0) > LONGEST_BYTES) return "Too long";
    const text = await listen(await audio.bytes());
    if (text === "") return "No speech";
    const transcript = labelRow.createClassificationInstance(
      labelRow.ontologyStructure.getChildByTitle(TRANSCRIPT, "classification"),
    );
    transcript.setAnswer(text);
    if (!transcript.isGlobal) transcript.setForFrames({ manualAnnotation: false });
    labelRow.addClassificationInstance(transcript, { force: true });
    return { pathway: "Transcribed", labelRow };
  },
});
