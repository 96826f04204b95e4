/**
 * The zod schema of a model's answers. Unknown keys are ignored; everything else must be as asked. zod's issues become
 * sentences here, because `zod/mini` has no messages of its own.
 */

import * as z from "zod/mini";
import { LONGEST_TEXT, unique } from "./answer-json-schema.ts";
import type { Choice, ClassificationField, Field, ObjectQuestion } from "./answer-plan.ts";
import type { AnswerIssue } from "./ontology-model-error.ts";

export type AnswerSchema = z.ZodMiniType<Readonly<Record<string, unknown>>>;

export function classificationSchema(fields: readonly ClassificationField[]): AnswerSchema {
  return z.object(Object.fromEntries(fields.map(({ field }) => [field.key, fieldSchema(field)])));
}

export function objectSchema(question: ObjectQuestion): AnswerSchema {
  return z.object({
    choice:
      question.kind === "names"
        ? z.enum(unique(question.objects.map((object) => object.name)))
        : alternatives(question.choices, false),
  });
}

function fieldSchema(field: Field): z.ZodMiniType {
  const feature_node_hash = z.literal(field.attribute.featureNodeHash);
  switch (field.kind) {
    case "text":
      return z.object({ feature_node_hash, value: z.string().check(z.maxLength(LONGEST_TEXT)) });
    case "checklist":
      return z.object({
        feature_node_hash,
        ...Object.fromEntries(field.options.map(({ key }) => [key, z.boolean()])),
      });
    case "radio":
      return z.object({
        feature_node_hash,
        choice: z.enum(unique(field.attribute.options.map((option) => option.label))),
      });
    case "nested-radio":
      return z.object({ feature_node_hash, choice: alternatives(field.choices, true) });
  }
}

function alternatives(choices: readonly Choice<unknown>[], titled: boolean) {
  const [first, ...rest] = choices.map(({ hash, title, fields }) =>
    z.object({
      feature_node_hash: z.literal(hash),
      ...(titled && fields.length === 0 ? { title: z.optional(z.literal(title)) } : {}),
      ...Object.fromEntries(fields.map((field) => [field.key, fieldSchema(field)])),
    }),
  );
  // An ontology with no option to choose cannot be answered.
  return first ? z.discriminatedUnion("feature_node_hash", [first, ...rest]) : z.never();
}

/** What is wrong with an answer, in sentences. */
export function answerIssues(error: z.core.$ZodError, answer: unknown): AnswerIssue[] {
  return error.issues.map((issue) => {
    const path = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
    if (valueAt(answer, path) === undefined) return { code: "missing", path, message: "is missing." };
    switch (issue.code) {
      case "invalid_value":
        return { code: "wrong-value", path, message: `must be ${oneOf(issue.values)}.` };
      case "too_big":
        return { code: "too-long", path, message: `must have at most ${issue.maximum} characters.` };
      case "invalid_union":
        return { code: "unknown-choice", path, message: "names none of the alternatives." };
      default:
        return { code: "wrong-type", path, message: `must be ${expectedType(issue)}.` };
    }
  });
}

function expectedType(issue: z.core.$ZodIssue): string {
  return issue.code === "invalid_type" ? `of the type ${issue.expected}` : "as the schema says";
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return shown.length === 1 ? `exactly ${shown[0]}` : `one of ${shown.join(", ")}`;
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let inner = value;
  for (const step of path) inner = (inner as Record<string | number, unknown> | null | undefined)?.[step];
  return inner;
}
