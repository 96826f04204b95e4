/** A language model that answers from a list, and remembers what it was asked. */

import type { LanguageModel, Question } from "../../agents/models/question.ts";

export interface RecordedModel {
  readonly model: LanguageModel;
  readonly asked: readonly Question[];
}

/** @param answers one after the other; the last one again and again. Objects are answered as JSON */
export function recordedModel(...answers: readonly (string | object)[]): RecordedModel {
  const asked: Question[] = [];
  return {
    asked,
    async model(question) {
      const answer = answers[Math.min(asked.length, answers.length - 1)] ?? "";
      asked.push(question);
      return typeof answer === "string" ? answer : JSON.stringify(answer);
    },
  };
}
