/**
 * Models that run at Cloudflare, through the binding `AI` (in wrangler.jsonc: `"ai": { "binding": "AI" }`): a language model
 * that looks at one picture, and Whisper for speech. No key, no other service.
 */

import { env } from "cloudflare:workers";
import { dependency } from "encord-edge-agents";
import { jsonInstruction, type LanguageModel, modelSized } from "./question.ts";

/** The part of the binding that is used. */
export interface AiBinding {
  run(model: string, input: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/** @throws (when asked) TypeError for more than one image, and for documents, which these models do not read */
export function workersAi(ai: AiBinding, model = "@cf/meta/llama-3.2-11b-vision-instruct"): LanguageModel {
  return async ({ system, prompt, images = [], documents = [], jsonSchema }) => {
    if (images.length > 1 || documents.length > 0) {
      throw new TypeError(`${model} takes one image and no documents. Use another model for this agent.`);
    }
    const [image] = images;
    const answer = await ai.run(model, {
      messages: [
        { role: "system", content: system },
        { role: "user", content: jsonSchema ? `${prompt}\n\n${jsonInstruction(jsonSchema)}` : prompt },
      ],
      ...(image ? { image: [...(await modelSized(image).encode("jpeg"))] } : {}),
    });
    const { response } = answer as { readonly response?: unknown };
    // Some models parse their own JSON.
    if (typeof response === "object" && response !== null) return JSON.stringify(response);
    if (typeof response !== "string") throw new Error(`${model} returned no text.`);
    return response;
  };
}

/** Turns speech into text. */
export type SpeechModel = (bytes: Uint8Array) => Promise<string>;

/** Whisper, through the binding. */
export const speechModel = dependency({}, (): SpeechModel => {
  const { AI } = env as { readonly AI?: AiBinding };
  if (!AI) {
    throw new TypeError(
      'There is no speech model. Add "ai": { "binding": "AI" } to wrangler.jsonc, or write another one in agents/models.',
    );
  }
  return async (bytes) => {
    const answer = (await AI.run("@cf/openai/whisper", { audio: [...bytes] })) as { readonly text?: unknown };
    if (typeof answer.text !== "string") throw new Error("Whisper returned no text.");
    return answer.text.trim();
  };
});
