/**
 * A language model is a function from a question to the text of an answer. Here is also what all of them share: images of a
 * sensible size, the instruction to answer in JSON, and errors that say whether to try again.
 */

import { retryLater } from "encord-edge-agents";
import type { Frame } from "encord-edge-agents/media";

/** A file that a model reads as it is, such as a PDF. */
export interface DocumentPart {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

/** What a model is asked. */
export interface Question {
  /** Who the model is, and how it answers. */
  readonly system: string;
  readonly prompt: string;
  readonly images?: readonly Frame[];
  readonly documents?: readonly DocumentPart[];
  /** The form of the answer, as JSON Schema; without one it is plain text. */
  readonly jsonSchema?: object;
  readonly signal: AbortSignal;
}

/** Answers a question. @throws RetryLaterError when the service is busy */
export type LanguageModel = (question: Question) => Promise<string>;

/** Tells a model to answer in JSON of this form. */
export function jsonInstruction(jsonSchema: object): string {
  return `Answer with JSON only, in the form of this JSON Schema:\n${JSON.stringify(jsonSchema)}`;
}

/** The error for a failed request: the task is tried again later when the service is busy or down. */
export function modelError(service: string, { status, headers }: Response, reason = ""): Error {
  const message = `${service} answered with the status ${status}${reason && `: ${reason}`}.`;
  if (status !== 429 && status < 500) return new Error(message);
  const seconds = Math.min(3600, Math.max(1, Math.ceil(Number(headers.get("retry-after") ?? 30)) || 30));
  return retryLater(`${seconds} seconds`, message);
}

/** The image, scaled down to the size that models look at anyway: larger ones only cost more. */
export function modelSized(frame: Frame, side = 1024): Frame {
  if (Math.max(frame.width, frame.height) <= side) return frame;
  return frame.width >= frame.height ? frame.resize({ width: side }) : frame.resize({ height: side });
}
