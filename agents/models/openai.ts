/**
 * OpenAI's chat completions, and every service with the same API (set `baseUrl`). One request per question, without a library;
 * when the service is busy or down, the queue tries the task again later.
 */

import { jsonInstruction, type LanguageModel, modelError, modelSized, type Question } from "./question.ts";

/** Which model to ask, and where. */
export interface OpenAiOptions {
  readonly apiKey: string;
  readonly model: string;
  readonly baseUrl?: string;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

export function openAi(options: OpenAiOptions): LanguageModel {
  const { apiKey, model, baseUrl = "https://api.openai.com/v1" } = options;
  const send = options.fetch ?? ((url: string, init: RequestInit) => fetch(url, init));
  return async (question) => {
    const { system, jsonSchema, signal } = question;
    const response = await send(`${baseUrl}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({
        model,
        messages: [
          { role: "system", content: system },
          { role: "user", content: await contentOf(question) },
        ],
        ...(jsonSchema ? { response_format: { type: "json_object" } } : {}),
      }),
      signal,
    });
    if (!response.ok) {
      const refusal = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
      throw modelError("OpenAI", response, refusal?.error?.message);
    }
    const answer = (await response.json()) as {
      readonly choices?: readonly { readonly message?: { readonly content?: string | null } }[];
    };
    const text = answer.choices?.[0]?.message?.content;
    if (typeof text !== "string") throw new Error("OpenAI's answer has no text.");
    return text;
  };
}

async function contentOf({ prompt, images = [], documents = [], jsonSchema }: Question) {
  const text = jsonSchema ? `${prompt}\n\n${jsonInstruction(jsonSchema)}` : prompt;
  const pictures = images.map((image) => modelSized(image).toBase64({ outputFormat: "openai" }));
  const files = documents.map(({ name, mimeType, bytes }) => ({
    type: "file",
    file: { filename: name, file_data: `data:${mimeType};base64,${base64(bytes)}` },
  }));
  return [{ type: "text", text }, ...(await Promise.all(pictures)), ...files];
}

/** Built up in pieces, because a function call takes only so many arguments. */
function base64(bytes: Uint8Array): string {
  const piece = 0x8000;
  let binary = "";
  for (let at = 0; at < bytes.length; at += piece)
    binary += String.fromCharCode(...bytes.subarray(at, at + piece));
  return btoa(binary);
}
