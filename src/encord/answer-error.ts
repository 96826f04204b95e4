/**
 * Turns a failed answer into the error that says why: by HTTP status for the v2 API, by the code inside the envelope for
 * the legacy one, with the texts that the Python SDK shows.
 */

import {
  AnswerDictionaryError,
  AuthenticationError,
  AuthorisationError,
  CorruptedLabelError,
  DuplicateSshKeyError,
  type EncordError,
  type ErrorContext,
  FeatureDoesNotExistError,
  GenericServerError,
  InvalidArgumentsError,
  MethodNotAllowedError,
  MultiLabelLimitError,
  OperationNotAllowedError,
  PayloadTooLargeError,
  quotable,
  RateLimitExceededError,
  ResourceExistsError,
  ResourceNotFoundError,
  SshKeyNotFoundError,
  UnknownError,
  WrongProjectTypeError,
} from "./errors.ts";
import { isObject, parseJson } from "./json.ts";
import { retryAfterSeconds } from "./retry.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly context: ErrorContext;
}

/** The error of a v2 answer that is not a success. */
export function v2Error(answer: Answer, nowMs: number): EncordError {
  const context = { ...answer.context, status: answer.status };
  const text = serverText(answer.text);
  switch (answer.status) {
    case 400:
      return new InvalidArgumentsError(text, context);
    case 401:
      return new AuthenticationError(text, context, wrongClock(answer.headers, nowMs));
    case 403:
      return new AuthorisationError(text, context);
    case 404:
      return new ResourceNotFoundError(undefined, context);
    case 405:
      return new MethodNotAllowedError(undefined, context);
    case 413:
      return new PayloadTooLargeError(text, context);
    case 429:
      return rateLimitError(answer, context, nowMs);
    default:
      return new UnknownError(text, context);
  }
}

/** Signatures are dated. What to do when the clock here is wrong; undefined when it agrees with Encord's. */
function wrongClock(headers: Headers, nowMs: number): string | undefined {
  const minutes = Math.round((nowMs - Date.parse(headers.get("Date") ?? "")) / 60_000);
  // NaN when the answer has no date to compare with.
  if (Number.isNaN(minutes) || Math.abs(minutes) < 5) return undefined;
  const how = minutes > 0 ? "ahead of" : "behind";
  return `The clock of this computer is ${Math.abs(minutes)} minutes ${how} Encord's; set it right.`;
}

function rateLimitError(answer: Answer, context: ErrorContext, nowMs: number): RateLimitExceededError {
  const header = answer.headers.get("Retry-After");
  return new RateLimitExceededError(header === null ? null : retryAfterSeconds(header, nowMs), context);
}

/** `message` of the body, else `detail`, which may be a list of complaints. */
function serverText(body: string): string | undefined {
  const json = parseJson(body);
  if (!json.ok || !isObject(json.value)) return undefined;
  const said = json.value.message || json.value.detail;
  if (!said) return undefined;
  return quotable(typeof said === "string" ? said : JSON.stringify(said));
}

/** The error of a legacy answer whose envelope does not say 200. */
export function legacyError(
  answer: Answer,
  envelope: Readonly<Record<string, unknown>>,
  nowMs: number,
): EncordError {
  const status = typeof envelope.status === "number" ? envelope.status : answer.status;
  const context = { ...answer.context, status };
  const codes = Array.isArray(envelope.response) ? envelope.response : [];
  const code = codes.length === 1 ? codes[0] : null;
  const payload = envelope.payload;
  const text = typeof payload === "string" && payload !== "" ? quotable(payload) : undefined;
  switch (code) {
    case "AUTHENTICATION_ERROR":
      return new AuthenticationError(undefined, context);
    case "AUTHORISATION_ERROR":
      return new AuthorisationError(undefined, context);
    case "RESOURCE_NOT_FOUND_ERROR":
      return new ResourceNotFoundError(
        text ?? "The requested resource was not found in the database.",
        context,
      );
    case "METHOD_NOT_ALLOWED_ERROR":
      return new MethodNotAllowedError(undefined, context);
    case "UNKNOWN_ERROR":
      return new UnknownError(undefined, context, true);
    case "OPERATION_NOT_ALLOWED":
      return new OperationNotAllowedError(context);
    case "ANSWER_DICTIONARY_ERROR":
      return new AnswerDictionaryError(context);
    case "CORRUPTED_LABEL_ERROR":
      return new CorruptedLabelError(corruption(text), context);
    case "FEATURE_DOES_NOT_EXIST_ERROR":
      return new FeatureDoesNotExistError(context);
    case "RESOURCE_EXISTS_ERROR": {
      const shown = payload === undefined || payload === null ? "None" : quotable(JSON.stringify(payload));
      return new ResourceExistsError(
        `Trying to create a resource that already exists. Payload for this failure is: ${shown}`,
        context,
      );
    }
    case "DUPLICATE_SSH_KEY_ERROR":
      return new DuplicateSshKeyError(context);
    case "SSH_KEY_NOT_FOUND_ERROR":
      return new SshKeyNotFoundError(context);
    case "INVALID_ARGUMENTS_ERROR":
      return new InvalidArgumentsError(
        text ?? "Some of the arguments to the SDK function were invalid.",
        context,
      );
    case "MULTI_LABEL_LIMIT_ERROR": {
      const limit = isObject(payload) ? payload.maximum_labels_allowed : undefined;
      return new MultiLabelLimitError(typeof limit === "number" ? limit : 100, context);
    }
    case "WRONG_PROJECT_TYPE_ERROR":
      return new WrongProjectTypeError(text, context);
    default:
      if (code === null && answer.status === 429) return rateLimitError(answer, context, nowMs);
      return otherError(codes, payload, context);
  }
}

function corruption(detail: string | undefined): string {
  return detail === undefined
    ? "The label blurb is corrupted. This could be due to the number of frame labels exceeding the number of frames in the labelled video."
    : `The label blurb is corrupted.\n${detail}`;
}

const OTHER_CODES: Readonly<Record<string, string>> = {
  FILE_TYPE_NOT_SUPPORTED_ERROR: "Supported file types are: image/jpeg, image/png, video/webm, video/mp4.",
  FILE_SIZE_NOT_SUPPORTED_ERROR: "The combined size of the input files is larger than the supported limit",
  MODEL_WEIGHTS_INCONSISTENT_ERROR: "The passed model weights are incompatible with the selected model.",
  MODEL_FEATURES_INCONSISTENT_ERROR: "The passed features are incompatible with the selected model.",
  UPLOAD_OPERATION_NOT_SUPPORTED_ERROR:
    "Uploading a file to an external (e.g. S3/GCP/Azure) dataset is not permitted.",
  DETECTION_RANGE_INVALID_ERROR:
    "The detection range is invalid (e.g. less than 0, or higher than num frames in the video)",
  INVALID_DATE_FORMAT_ERROR: "Invalid date format supplied as input",
};

function otherError(codes: readonly unknown[], payload: unknown, context: ErrorContext): GenericServerError {
  const code = codes.length === 1 && typeof codes[0] === "string" ? codes[0] : null;
  const known = code === null ? undefined : OTHER_CODES[code];
  const shown = quotable(JSON.stringify(codes));
  const detail =
    payload === undefined || payload === null ? "" : ` with the payload ${quotable(JSON.stringify(payload))}`;
  return new GenericServerError(
    code,
    known ?? `Encord reported an error of the type ${shown}${detail}, which this client does not know.`,
    context,
  );
}
