/**
 * Why a language model cannot be asked about an ontology, or its answer cannot be used. If another answer might do, the error
 * is `retryable`, and `feedback` is a text to send to the model that says what was wrong, and where.
 */

export type OntologyModelErrorCode =
  /** Nothing was named to ask about, or both objects and classifications. */
  | "nothing-asked"
  /** A name or hash that the ontology does not have. */
  | "not-in-ontology"
  /** An attribute that a model cannot be asked for: a number. */
  | "unsupported-attribute"
  /** An object whose shape covers no area: a line, a point, a skeleton, ... */
  | "unsupported-shape"
  /** The model's answer is not as the schema asks. */
  | "invalid-answer"
  /** Dynamic attributes are answered per frame: the object must be placed first, with `addTo`. */
  | "frames-needed";

/** One thing that is wrong with an answer. */
export interface AnswerIssue {
  readonly code: "not-json" | "missing" | "wrong-value" | "wrong-type" | "too-long" | "unknown-choice";
  /** Where, from the outermost field inwards; empty for the answer as a whole. */
  readonly path: readonly (string | number)[];
  /** What was expected there, for the model and for people. */
  readonly message: string;
}

/** The error of this module; `code` says which. */
export class OntologyModelError extends Error {
  readonly code: OntologyModelErrorCode;
  readonly retryable: boolean;
  /** What is wrong with the answer; empty unless `code` is `invalid-answer`. */
  readonly issues: readonly AnswerIssue[];

  constructor(
    code: OntologyModelErrorCode,
    message: string,
    options: { readonly issues?: readonly AnswerIssue[]; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OntologyModelError";
    this.code = code;
    this.retryable = code === "invalid-answer";
    this.issues = options.issues ?? [];
  }

  /** The message to send back to the model, asking for another answer. */
  get feedback(): string {
    const faults = this.issues.map(({ path, message }) => `- ${path.join(".") || "the answer"}: ${message}`);
    return ["Your answer cannot be used. Correct this, and answer again with JSON only:", ...faults].join(
      "\n",
    );
  }
}
