/**
 * All errors of this client, with one base class. The names are those of the Python SDK (`...Exception` became `...Error`).
 * `reason` is the bare text, the server's own where the SDK shows it; `message` adds the endpoint, and the trace id that
 * Encord's support asks for. No message holds a key, a token, or the query of a URL.
 *
 * Two flags answer what a caller asks: `retryable` (may the same call succeed later?) and `refusal` (did the server
 * understand the request and object to its content? Then a smaller request without the culprit may pass).
 */

/** Where and when it happened. */
export interface ErrorContext {
  /** HTTP status of the last answer; for the legacy API the `status` inside its envelope. */
  readonly status?: number | undefined;
  /** What was called, such as `GET /v2/public/projects/<uuid>`; never with a query. */
  readonly endpoint?: string | undefined;
  /** From the request's `X-Cloud-Trace-Context`. */
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly domain?: string | undefined;
  readonly cause?: unknown;
}

interface Verdict {
  readonly code: string;
  readonly retryable?: boolean;
  readonly refusal?: boolean;
  /** What to do next; only in the message. */
  readonly hint?: string;
}

/** Matches a whole URL at a time, so that the time stays proportional to the text's length. */
const URLS = /\bhttps?:\/\/[^\s"'<>]+/gi;

/** A text from outside as it may stand in a message: URLs without their query (signatures live there), at most 500 characters. */
export function quotable(text: string): string {
  const clean = text.replace(URLS, (url) => url.replace(/\?.*/, ""));
  return clean.length > 500 ? `${clean.slice(0, 500)}…` : clean;
}

/** Base of all errors of this client. */
export class EncordError extends Error {
  /** Written out, because a minifier renames classes. */
  override name = "EncordError";
  /** A stable name for programs, such as `resource-not-found`. */
  readonly code: string;
  /** Whether the same call may succeed later. The transport has already used up its own retries. */
  readonly retryable: boolean;
  /** Whether the server (or this client) objects to the content of this request, rather than being unable to serve any. */
  readonly refusal: boolean;
  /** The text without its context; the same as the Python SDK's message where it has one. */
  readonly reason: string;
  readonly status?: number;
  readonly endpoint?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly domain?: string;

  constructor(reason: string, verdict: Verdict, context: ErrorContext = {}) {
    super(
      withContext(verdict.hint ? `${reason} ${verdict.hint}` : reason, context),
      context.cause === undefined ? undefined : { cause: context.cause },
    );
    this.code = verdict.code;
    this.retryable = verdict.retryable ?? false;
    this.refusal = verdict.refusal ?? false;
    this.reason = reason;
    if (context.status !== undefined) this.status = context.status;
    if (context.endpoint !== undefined) this.endpoint = context.endpoint;
    if (context.traceId !== undefined) this.traceId = context.traceId;
    if (context.spanId !== undefined) this.spanId = context.spanId;
    if (context.domain !== undefined) this.domain = context.domain;
  }
}

function withContext(reason: string, context: ErrorContext): string {
  const facts = [
    context.endpoint,
    context.status === undefined ? undefined : `status ${context.status}`,
    context.domain,
    context.traceId === undefined ? undefined : `trace ${context.traceId}/${context.spanId ?? ""}`,
  ].filter((fact) => fact !== undefined);
  return facts.length === 0 ? reason : `${reason} (${facts.join(", ")})`;
}

// --- Answers of both APIs -----------------------------------------------------------------------------------------------

/** The request is wrong in itself: status 400, or INVALID_ARGUMENTS_ERROR. Also thrown here, before anything is sent. */
export class InvalidArgumentsError extends EncordError {
  override name = "InvalidArgumentsError";

  constructor(reason = "Provided payload is invalid and can't be processed.", context?: ErrorContext) {
    super(reason, { code: "invalid-arguments", refusal: true }, context);
  }
}

/** Encord does not know the key or the token (401). */
export class AuthenticationError extends EncordError {
  override name = "AuthenticationError";

  constructor(
    reason = "You are not authenticated to access the Encord platform.",
    context?: ErrorContext,
    hint = "Register the public key in Encord, and check that the domain is the region of the account.",
  ) {
    super(reason, { code: "authentication", hint }, context);
  }
}

/** The key's owner may not do this here (403). Often: the service account was not added to the project. */
export class AuthorisationError extends EncordError {
  override name = "AuthorisationError";

  constructor(reason = "You are not authorised to access this asset.", context?: ErrorContext) {
    const hint = "Add the owner of the key to the project, with the rights that the call needs.";
    super(reason, { code: "authorisation", hint }, context);
  }
}

/** It does not exist, or the key's owner may not see it (404). */
export class ResourceNotFoundError extends EncordError {
  override name = "ResourceNotFoundError";

  constructor(reason = "The requested resource was not found.", context?: ErrorContext) {
    const hint =
      "Check the id, and that the domain is the region of the account (api.encord.com or api.us.encord.com).";
    super(reason, { code: "resource-not-found", refusal: true, hint }, context);
  }
}

/** The endpoint does not take this method (405). */
export class MethodNotAllowedError extends EncordError {
  override name = "MethodNotAllowedError";

  constructor(reason = "HTTP method is not allowed.", context?: ErrorContext) {
    super(reason, { code: "method-not-allowed" }, context);
  }
}

/** The request is too big (413); send fewer things at once. */
export class PayloadTooLargeError extends EncordError {
  override name = "PayloadTooLargeError";

  constructor(reason = "Payload too large.", context?: ErrorContext) {
    super(reason, { code: "payload-too-large", refusal: true }, context);
  }
}

/** Too many requests (429), also after the retries. */
export class RateLimitExceededError extends EncordError {
  override name = "RateLimitExceededError";
  /** How long Encord asks to wait, in seconds; null when it does not say. */
  readonly retryAfterSeconds: number | null;

  constructor(retryAfterSeconds: number | null, context?: ErrorContext) {
    const wait = retryAfterSeconds === null ? "" : ` Retry after ${retryAfterSeconds} seconds.`;
    super(`Rate limit exceeded.${wait}`, { code: "rate-limit-exceeded", retryable: true }, context);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Any other status of the v2 API, and UNKNOWN_ERROR of the legacy one (`UnknownException` in Python). Worth another try
 * when the status says that the server failed (5xx, 408, 425), or, in the legacy API, whenever it is UNKNOWN_ERROR.
 */
export class UnknownError extends EncordError {
  override name = "UnknownError";

  constructor(reason = "An unknown error occurred.", context: ErrorContext = {}, retryable?: boolean) {
    const status = context.status ?? 500;
    const serverFailed = status >= 500 || status === 408 || status === 425;
    const refusal = retryable !== true && status >= 400 && !serverFailed;
    super(reason, { code: "unknown", retryable: retryable ?? serverFailed, refusal }, context);
  }
}

/** No usable answer: the connection failed, it took too long, or the body was not JSON (`RequestException` in Python). */
export class RequestError extends EncordError {
  override name = "RequestError";

  constructor(reason: string, context?: ErrorContext, retryable = true) {
    super(reason, { code: "request-failed", retryable }, context);
  }
}

/** A JSON answer that does not have the documented shape; says which field. Nothing of it was used. */
export class UnexpectedAnswerError extends EncordError {
  override name = "UnexpectedAnswerError";

  constructor(reason: string, context?: ErrorContext) {
    super(reason, { code: "unexpected-answer" }, context);
  }
}

// --- Codes of the legacy API only ---------------------------------------------------------------------------------------

/** OPERATION_NOT_ALLOWED */
export class OperationNotAllowedError extends EncordError {
  override name = "OperationNotAllowedError";

  constructor(context?: ErrorContext) {
    super(
      "The read/write operation is not allowed by the API key.",
      { code: "operation-not-allowed" },
      context,
    );
  }
}

/** ANSWER_DICTIONARY_ERROR: an object or classification of a saved label row has no entry among the answers. */
export class AnswerDictionaryError extends EncordError {
  override name = "AnswerDictionaryError";

  constructor(context?: ErrorContext) {
    const reason = "An object or classification is missing in the answer dictionaries.";
    super(reason, { code: "answer-dictionary", refusal: true }, context);
  }
}

/** CORRUPTED_LABEL_ERROR: Encord cannot store this label row. */
export class CorruptedLabelError extends EncordError {
  override name = "CorruptedLabelError";

  constructor(reason: string, context?: ErrorContext) {
    super(reason, { code: "corrupted-label", refusal: true }, context);
  }
}

/** FEATURE_DOES_NOT_EXIST_ERROR: the labels use something that the project's ontology does not have (any more). */
export class FeatureDoesNotExistError extends EncordError {
  override name = "FeatureDoesNotExistError";

  constructor(context?: ErrorContext) {
    const reason = "The passed feature does not exist in the project ontology.";
    super(reason, { code: "feature-does-not-exist", refusal: true }, context);
  }
}

/** RESOURCE_EXISTS_ERROR */
export class ResourceExistsError extends EncordError {
  override name = "ResourceExistsError";

  constructor(reason: string, context?: ErrorContext) {
    super(reason, { code: "resource-exists", refusal: true }, context);
  }
}

/** DUPLICATE_SSH_KEY_ERROR */
export class DuplicateSshKeyError extends EncordError {
  override name = "DuplicateSshKeyError";

  constructor(context?: ErrorContext) {
    const reason = "The used SSH key exists more than once. Please create a unique user SSH key.";
    super(reason, { code: "duplicate-ssh-key" }, context);
  }
}

/** SSH_KEY_NOT_FOUND_ERROR */
export class SshKeyNotFoundError extends EncordError {
  override name = "SshKeyNotFoundError";

  constructor(context?: ErrorContext) {
    const reason =
      "The used SSH key does not exist on the Encord platform. Please add this SSH key to your user profile.";
    super(reason, { code: "ssh-key-not-found" }, context);
  }
}

/** MULTI_LABEL_LIMIT_ERROR: more label rows in one request than allowed. */
export class MultiLabelLimitError extends EncordError {
  override name = "MultiLabelLimitError";
  readonly maximumLabelsAllowed: number;

  constructor(maximumLabelsAllowed: number, context?: ErrorContext) {
    const reason =
      `Too many labels were requested. The limit is ${maximumLabelsAllowed}. ` +
      "Please reduce the amount of requested labels to stay under the reported limit.";
    super(reason, { code: "multi-label-limit", refusal: true }, context);
    this.maximumLabelsAllowed = maximumLabelsAllowed;
  }
}

/**
 * Every other code of the legacy API. `serverCode` is Encord's own word for it, such as INVALID_DATE_FORMAT_ERROR; the
 * codes for uploads and model training, which no agent meets, are told apart by it and have no class of their own.
 */
export class GenericServerError extends EncordError {
  override name = "GenericServerError";
  readonly serverCode: string | null;

  constructor(serverCode: string | null, reason: string, context: ErrorContext = {}) {
    const status = context.status ?? 500;
    const refusal = status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
    super(reason, { code: "server-error", retryable: status >= 500, refusal }, context);
    this.serverCode = serverCode;
  }
}

/** The call does not fit the project: WRONG_PROJECT_TYPE_ERROR, or a Workflow call on a project without one. */
export class WrongProjectTypeError extends EncordError {
  override name = "WrongProjectTypeError";

  constructor(reason = "Operation is not supported by the project type", context?: ErrorContext) {
    super(reason, { code: "wrong-project-type", refusal: true }, context);
  }
}

// --- Thrown by this client without asking the server ----------------------------------------------------------------------

/** The private key cannot be used. The text never quotes the key. */
export class SshKeyError extends EncordError {
  override name = "SshKeyError";

  constructor(reason: string, cause?: unknown) {
    super(reason, { code: "ssh-key" }, { cause });
  }
}

/** Something is not in the ontology, or there more than once. */
export class OntologyError extends EncordError {
  override name = "OntologyError";

  constructor(reason: string, context?: ErrorContext) {
    super(reason, { code: "ontology", refusal: true }, context);
  }
}

/** A label row is not in the state that the call needs, or its content does not fit. */
export class LabelRowError extends EncordError {
  override name = "LabelRowError";

  constructor(reason: string, context?: ErrorContext) {
    super(reason, { code: "label-row", refusal: true }, context);
  }
}

/** The Workflow has no such stage, or one of another kind. */
export class StageError extends EncordError {
  override name = "StageError";

  constructor(reason: string) {
    super(reason, { code: "stage", refusal: true });
  }
}
