/**
 * The language model of the examples. Agents ask for it as a dependency, so that tests hand them a recorded one. To use another
 * model, change one line below: `openAi(...)`, `workersAi(...)`, or `aiSdk(...)` for everything that the AI SDK knows (OpenAI,
 * Anthropic, Google, ...).
 */

import { env } from "cloudflare:workers";
import { dependency, variable } from "encord-edge-agents";
import { openAi } from "./openai.ts";
import type { LanguageModel } from "./question.ts";
import { workersAi } from "./workers-ai.ts";

interface ModelSettings {
  readonly OPENAI_API_KEY?: string;
  readonly AI?: Parameters<typeof workersAi>[0];
}

const openAiModel = variable("OPENAI_MODEL", "gpt-4o-mini", { description: "With a key of OpenAI" });

/** The model that the deployment has: OpenAI with a key (`wrangler secret put OPENAI_API_KEY`), else the binding `AI`. */
export const languageModel = dependency({ model: openAiModel }, ({ model }): LanguageModel => {
  const { OPENAI_API_KEY, AI } = env as ModelSettings;
  if (OPENAI_API_KEY) return openAi({ apiKey: OPENAI_API_KEY, model });
  if (AI) return workersAi(AI);
  throw new TypeError(
    'There is no language model. Set the secret OPENAI_API_KEY, or add "ai": { "binding": "AI" } to wrangler.jsonc.',
  );
});
