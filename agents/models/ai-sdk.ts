/**
 * Any model of the AI SDK (version 7). The SDK is not a dependency of this template; install it with the provider of your
 * choice, and pass both in:
 *
 *     npm install ai@7 @ai-sdk/anthropic@4
 *
 *     import { anthropic } from "@ai-sdk/anthropic";
 *     import { generateText } from "ai";
 *     export const languageModel = dependency({}, () => aiSdk(generateText, anthropic("claude-sonnet-4-5")));
 *
 * With `workers-ai-provider`, `createWorkersAI({ binding: env.AI })("@cf/...")` is such a model too.
 */

import { jsonInstruction, type LanguageModel, modelSized } from "./question.ts";

/** A part of a message, in the SDK's form. */
type Part =
  | { type: "text"; text: string }
  | { type: "file"; data: Uint8Array; mediaType: string; filename?: string };

/** The part of the SDK's `generateText` that is used. */
export type GenerateText<Model> = (options: {
  model: Model;
  instructions: string;
  messages: { role: "user"; content: Part[] }[];
  abortSignal: AbortSignal;
}) => PromiseLike<{ readonly text: string }>;

export function aiSdk<Model>(generateText: GenerateText<Model>, model: Model): LanguageModel {
  return async ({ system, prompt, images = [], documents = [], jsonSchema, signal }) => {
    const pictures = images.map(
      async (image): Promise<Part> => ({
        type: "file",
        data: await modelSized(image).encode("jpeg"),
        mediaType: "image/jpeg",
      }),
    );
    const text = jsonSchema ? `${prompt}\n\n${jsonInstruction(jsonSchema)}` : prompt;
    const content: Part[] = [
      { type: "text", text },
      ...(await Promise.all(pictures)),
      ...documents.map(
        ({ name, mimeType, bytes }): Part => ({
          type: "file",
          data: bytes,
          mediaType: mimeType,
          filename: name,
        }),
      ),
    ];
    const answer = await generateText({
      model,
      instructions: system,
      messages: [{ role: "user", content }],
      abortSignal: signal,
    });
    return answer.text;
  };
}
