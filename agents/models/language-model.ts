/**
 * The language model of the examples. It is a dependency, so that tests can replace it with a recorded one. To use another
 * model, change one line below: `openAi(...)`, `workersAi(...)`, or `aiSdk(...)` for everything that the AI SDK supports
 * (OpenAI, Anthropic, Google, ...).
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

/** OpenAI if the deployment has a key (`wrangler secret put OPENAI_API_KEY`), else Workers AI through the binding `AI`. */
export const languageModel = dependency({ model: openAiModel }, ({ model }): LanguageModel => {
  const { OPENAI_API_KEY, AI } = env as ModelSettings;
  if (OPENAI_API_KEY) return openAi({ apiKey: OPENAI_API_KEY, model });
  if (AI) return workersAi(AI);
  throw new TypeError(
    'There is no language model. Set the secret OPENAI_API_KEY, or add "ai": { "binding": "AI" } to wrangler.jsonc.',
  );
});
