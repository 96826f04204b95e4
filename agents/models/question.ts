/**
 * What a language model is here: a function from a question to the text of an answer; and what every one of them needs to be
 * asked: pictures of a sensible size, words for the form of the answer, and an error that says whether to come again.
 */

import { retryLater } from "encord-edge-agents";
import type { Frame } from "encord-edge-agents/media";

/** A file that a model reads as it is, such as a PDF. */
export interface DocumentPart {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

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

/** Answers a question; throws `retryLater` when it is only busy. */
export type LanguageModel = (question: Question) => Promise<string>;

/** What to say to a model that shall answer in JSON. */
export function jsonInstruction(jsonSchema: object): string {
  return `Answer with JSON only, in the form of this JSON Schema:\n${JSON.stringify(jsonSchema)}`;
}

/** The error for an answer that is none: worth another try later when the service is busy or down. */
export function modelError(service: string, { status, headers }: Response, reason = ""): Error {
  const message = `${service} answered with the status ${status}${reason && `: ${reason}`}.`;
  if (status !== 429 && status < 500) return new Error(message);
  const seconds = Math.min(3600, Math.max(1, Math.ceil(Number(headers.get("retry-after") ?? 30)) || 30));
  return retryLater(`${seconds} seconds`, message);
}

/** A picture no larger than models look at anyway, which is what they charge for. */
export function modelSized(frame: Frame, side = 1024): Frame {
  if (Math.max(frame.width, frame.height) <= side) return frame;
  return frame.width >= frame.height ? frame.resize({ width: side }) : frame.resize({ height: side });
}
