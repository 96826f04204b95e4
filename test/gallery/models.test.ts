/** The adapters of the examples: what is sent to a model, and what is made of its answer. */

import { Frame } from "encord-edge-agents/media";
import { describe, expect, it } from "vitest";
import { aiSdk } from "../../agents/models/ai-sdk.ts";
import { openAi } from "../../agents/models/openai.ts";
import { modelSized, type Question } from "../../agents/models/question.ts";
import { workersAi } from "../../agents/models/workers-ai.ts";
import { RetryLaterError } from "../../src/agent/errors.ts";

const gray = (width: number, height: number) =>
  new Frame({ frame: 0, width, height, data: new Uint8Array(width * height * 3).fill(128) });

const question: Question = {
  system: "You are brief.",
  prompt: "What is this?",
  images: [gray(8, 4)],
  documents: [{ name: "a.pdf", mimeType: "application/pdf", bytes: new TextEncoder().encode("%PDF") }],
  jsonSchema: { type: "object" },
  signal: new AbortController().signal,
};

describe("OpenAI", () => {
  const model = (answer: () => Response, sent: { url: string; init: RequestInit }[] = []) =>
    openAi({
      apiKey: "sk-test",
      model: "gpt-4o-mini",
      fetch: async (url, init) => {
        sent.push({ url, init });
        return answer();
      },
    });

  it("is sent pictures and documents beside the text, and asked for JSON", async () => {
    const sent: { url: string; init: RequestInit }[] = [];
    const answer = () => Response.json({ choices: [{ message: { content: '{"a":1}' } }] });
    expect(await model(answer, sent)(question)).toBe('{"a":1}');
    const [{ url, init } = { url: "", init: {} }] = sent;
    expect(url).toBe("https://api.openai.com/v1/chat/completions");
    expect(new Headers(init.headers).get("authorization")).toBe("Bearer sk-test");
    const body = JSON.parse(String(init.body));
    expect(body).toMatchObject({
      model: "gpt-4o-mini",
      response_format: { type: "json_object" },
      messages: [{ role: "system", content: "You are brief." }, { role: "user" }],
    });
    const [text, picture, file] = body.messages[1].content;
    expect(text.text).toMatch(/^What is this\?\n\nAnswer with JSON only.*\{"type":"object"\}$/s);
    expect(picture.image_url.url).toMatch(/^data:image\/jpeg;base64,\/9j\//);
    expect(file).toEqual({
      type: "file",
      file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERg==" },
    });
  });

  it("that is busy or down is asked again later; that refuses is not", async () => {
    const status =
      (code: number, headers = {}) =>
      () =>
        new Response("no", { status: code, headers });
    const busy = await model(status(429, { "retry-after": "7" }))(question).catch((error) => error);
    expect(busy).toBeInstanceOf(RetryLaterError);
    expect(busy.retryAfterMs).toBe(7000);
    const down = await model(status(503))(question).catch((error) => error);
    expect(down.retryAfterMs).toBe(30_000);
    const refused = await model(status(401))(question).catch((error) => error);
    expect(refused).not.toBeInstanceOf(RetryLaterError);
    expect(refused.message).toBe("OpenAI answered with the status 401.");
    const why = () => Response.json({ error: { message: "no such model" } }, { status: 404 });
    await expect(model(why)(question)).rejects.toThrow("OpenAI answered with the status 404: no such model.");
    await expect(model(() => Response.json({ choices: [] }))(question)).rejects.toThrow(/has no text/);
  });
});

describe("Workers AI", () => {
  it("is sent one picture as bytes; what it cannot read is said", async () => {
    const ran: unknown[] = [];
    const ai = {
      async run(model: string, input: Readonly<Record<string, unknown>>) {
        ran.push([model, Object.keys(input)]);
        return { response: { parsed: true } };
      },
    };
    expect(await workersAi(ai)({ ...question, documents: [] })).toBe('{"parsed":true}');
    expect(ran).toEqual([["@cf/meta/llama-3.2-11b-vision-instruct", ["messages", "image"]]]);
    await expect(workersAi(ai)(question)).rejects.toThrow(/takes one image and no documents/);
    const mute = { run: async () => ({}) };
    await expect(workersAi(mute)({ ...question, documents: [] })).rejects.toThrow(/returned no text/);
  });
});

describe("the AI SDK", () => {
  it("is handed the question in its own words", async () => {
    const given: unknown[] = [];
    const model = aiSdk(async (options) => {
      given.push(options);
      return { text: "a street" };
    }, "any model");
    expect(await model(question)).toBe("a street");
    expect(given[0]).toMatchObject({
      model: "any model",
      instructions: "You are brief.",
      messages: [
        {
          role: "user",
          content: [
            { type: "text" },
            { type: "file", mediaType: "image/jpeg" },
            { type: "file", mediaType: "application/pdf", filename: "a.pdf" },
          ],
        },
      ],
    });
  });
});

it("pictures are made no larger than models look at", () => {
  const sizes = [gray(2048, 512), gray(100, 2048), gray(64, 64)].map((each) => modelSized(each));
  expect(sizes.map(({ width, height }) => [width, height])).toEqual([
    [1024, 256],
    [50, 1024],
    [64, 64],
  ]);
});
