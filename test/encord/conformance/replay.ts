/**
 * Replays a trace through the client: each step of the user's code is done with our API against the recorded server, and its
 * result, its error and its waits are compared with the recorded ones. What an operation does stands in the tables of
 * `*-steps.ts`; an operation that no table knows is a failure, never skipped in silence.
 */

import { CliError } from "../../../src/cli/cli-error.ts";
import {
  type ClientOptions,
  EncordClient,
  EncordError,
  type LabelRow,
  type Project,
} from "../../../src/encord/index.ts";
import vectors from "../../fixtures/vectors/auth.json";
import { RecordedServer } from "./recorded-server.ts";
import {
  differences,
  isRecord,
  isVolatile,
  type Json,
  type JsonRecord,
  lacks,
  type Step,
  type Trace,
} from "./trace.ts";

/** What the steps of one trace share: the client, and what earlier steps fetched. */
export class Session {
  readonly trace: Trace;
  readonly server: RecordedServer;
  readonly client: EncordClient;
  readonly sleeps: number[];
  /** Set by `getProject`. */
  #project: Project | null = null;
  /** Set by `listLabelRows`. */
  rows: LabelRow[] = [];
  /** Things that steps keep for later ones, by a name of theirs. */
  readonly kept = new Map<string, unknown>();

  private constructor(trace: Trace, server: RecordedServer, client: EncordClient, sleeps: number[]) {
    this.trace = trace;
    this.server = server;
    this.client = client;
    this.sleeps = sleeps;
  }

  static async start(trace: Trace): Promise<Session> {
    const server = new RecordedServer(trace);
    const sleeps: number[] = [];
    const client = await EncordClient.withSshKey({
      sshKey: vectors.key.opensshPrivateKey,
      ...recordedOptions(trace, server, sleeps),
    });
    return new Session(trace, server, client, sleeps);
  }

  get project(): Project {
    if (!this.#project) throw new Error("No step of this trace has fetched the project yet.");
    return this.#project;
  }

  set project(project: Project) {
    this.#project = project;
  }

  get hasProject(): boolean {
    return this.#project !== null;
  }

  /** Options of another client of the same recording. */
  options(): ClientOptions {
    return recordedOptions(this.trace, this.server, this.sleeps);
  }

  /** Something an earlier step kept. */
  recall<T>(name: string): T {
    if (!this.kept.has(name)) throw new Error(`No earlier step kept "${name}".`);
    return this.kept.get(name) as T;
  }
}

function recordedOptions(trace: Trace, server: RecordedServer, sleeps: number[]): ClientOptions {
  const now = Date.parse(trace.clock);
  return {
    domain: "http://api.test",
    fetch: server.fetch as typeof fetch,
    now: () => now,
    sleep: async (ms) => {
      sleeps.push(ms / 1000);
    },
    traceId: server.traceContext,
  };
}

/** What a step gives that goes well where Python refuses, and means to; it is counted apart, and the reason is printed. */
export class OnPurpose {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** Does one step; gives its result as plain JSON. */
export type Operation = (session: Session, args: JsonRecord, step: Step) => Promise<unknown> | unknown;
export type Operations = Readonly<Record<string, Operation>>;

export interface Replay {
  readonly id: string;
  readonly steps: number;
  /** Why some steps go well where Python refuses. */
  readonly onPurpose: readonly string[];
  readonly exchanges: number;
  readonly bodies: { readonly compared: number; readonly identical: number };
  readonly problems: readonly string[];
}

/** Replays all steps of a trace. Collects what differs; throws nothing. */
export async function replaySteps(trace: Trace, operations: Operations): Promise<Replay> {
  const session = await Session.start(trace);
  const problems: string[] = [];
  const onPurpose: string[] = [];
  for (const [index, step] of trace.steps.entries()) {
    const name = `step ${index} (${step.op})`;
    const operation = operations[step.op];
    if (!operation) {
      problems.push(`${name}: no operation of this name is known here`);
      break;
    }
    const before = session.server.played;
    session.sleeps.length = 0;
    const outcome = await run(operation, session, step);
    if (outcome.ok && outcome.result instanceof OnPurpose && step.error) {
      onPurpose.push(outcome.result.why);
      continue;
    }
    for (const problem of check(outcome, step, session)) problems.push(`${name}: ${problem}`);
    const last = step.exchanges?.at(-1);
    if (last !== undefined && session.server.played !== last + 1) {
      problems.push(
        `${name}: played exchanges ${before} to ${session.server.played - 1}, expected up to ${last}`,
      );
    }
    // A step that lost its way would drag all others along.
    if (problems.length > 0) break;
  }
  if (problems.length === 0 && session.server.played < trace.exchanges.length) {
    problems.push(`only ${session.server.played} of ${trace.exchanges.length} exchanges were played`);
  }
  problems.unshift(...session.server.problems);
  return {
    id: trace.id,
    steps: trace.steps.length,
    onPurpose,
    exchanges: session.server.played,
    bodies: session.server.bodies,
    problems,
  };
}

type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: unknown };

async function run(operation: Operation, session: Session, step: Step): Promise<Outcome> {
  try {
    return { ok: true, result: await operation(session, step.args, step) };
  } catch (error) {
    return { ok: false, error };
  }
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;

/** Python writes the same moment with microseconds and an offset, where a `Date` knows milliseconds. */
function comparable(value: Json): Json {
  if (typeof value === "string") return ISO_TIME.test(value) ? new Date(value).toISOString() : value;
  if (Array.isArray(value)) return value.map(comparable);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, comparable(each)]));
}

/** As JSON, undefined as null. */
export function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null));
}

function check(outcome: Outcome, step: Step, session: Session): string[] {
  const problems: string[] = [];
  if (step.error) {
    if (outcome.ok) problems.push(`went well, expected ${step.error.type}`);
    else problems.push(...compareErrors(outcome.error, step));
  } else if (!outcome.ok) {
    problems.push(`threw ${describe(outcome.error)}`);
  } else if (step.result !== undefined) {
    const found = lacks(comparable(plain(outcome.result)), comparable(step.result));
    problems.push(
      ...found.filter((each) => !isVolatile(session.trace, each)).map((each) => `result ${each}`),
    );
  }
  // The first retry of a request does not wait, and is not recorded.
  const sleeps = session.sleeps.filter((seconds) => seconds > 0);
  problems.push(...differences(sleeps, [...(step.retrySleepsSeconds ?? [])], "waits"));
  return problems;
}

/** Python's name of an error, and ours. */
const ERROR_NAMES: Readonly<Record<string, readonly string[]>> = {
  UnknownException: ["UnknownError"],
  RequestException: ["RequestError"],
  EncordException: ["UnexpectedAnswerError"],
  OperationNotAllowed: ["OperationNotAllowedError"],
  SshKeyNotFound: ["SshKeyNotFoundError"],
  FileTypeNotSupportedError: ["GenericServerError"],
  FileSizeNotSupportedError: ["GenericServerError"],
  ModelWeightsInconsistentError: ["GenericServerError"],
  ModelFeaturesInconsistentError: ["GenericServerError"],
  UploadOperationNotSupportedError: ["GenericServerError"],
  DetectionRangeInvalidError: ["GenericServerError"],
  InvalidDateFormatError: ["GenericServerError"],
  // Thrown by Python itself or by its assertions, without asking the server: ours are typed.
  ValueError: ["InvalidArgumentsError", "StageError", "LabelRowError", "OntologyError"],
  AssertionError: ["StageError", "WrongProjectTypeError"],
  NotImplementedError: ["InvalidArgumentsError"],
  // A user's own error inside a bundle, acted out by the step; and what the command line cannot read.
  RuntimeError: ["InvalidArgumentsError", "CliError"],
  // A download that failed: acted out by the step.
  HTTPError: ["RequestError"],
  // The command line's way of showing an error to a person.
  PrintableError: ["AuthenticationError"],
  TypeError: ["OntologyError", "InvalidArgumentsError", "LabelRowError"],
};

/** Errors that carry the server's words, or words for them, which must be the same; for the others the wording is ours. */
const OWN_WORDS: ReadonlySet<string> = new Set([
  "RequestException",
  "EncordException",
  "ValueError",
  "AssertionError",
  "TypeError",
  "OntologyError",
  "LabelRowError",
  "GenericServerError",
  "PrintableError",
]);

function compareErrors(error: unknown, step: Step): string[] {
  const expected = step.error;
  if (!expected) return [];
  if (error instanceof CliError) return compareNames(error, expected.type);
  if (!(error instanceof EncordError)) return [`threw ${describe(error)}, which is no EncordError`];
  const problems = compareNames(error, expected.type);
  if (!isOwnWording(step)) {
    const message = typeof expected.message === "string" ? expected.message : null;
    // A list of complaints (422) is shown as its JSON.
    const actual = message === null ? (JSON.parse(error.reason) as Json) : error.reason;
    problems.push(...differences(actual, expected.message, "error message"));
  }
  if (expected.traceId !== undefined)
    problems.push(...differences(error.traceId ?? null, expected.traceId, "traceId"));
  if (expected.spanId !== undefined)
    problems.push(...differences(error.spanId ?? null, expected.spanId, "spanId"));
  if (expected.retryAfter !== undefined) {
    const seconds = "retryAfterSeconds" in error ? (error.retryAfterSeconds as number | null) : null;
    problems.push(...differences(seconds, expected.retryAfter, "retryAfter"));
  }
  return problems;
}

function compareNames(error: Error, expected: string): string[] {
  const names = ERROR_NAMES[expected] ?? [expected];
  return names.includes(error.name) ? [] : [`threw ${describe(error)}, expected ${expected}`];
}

function isOwnWording(step: Step): boolean {
  const { type, traceId, message } = step.error ?? { type: "", message: "" };
  // Without a trace id nothing was sent: the sentence is the client's.
  return OWN_WORDS.has(type) || traceId === undefined || String(message).startsWith("<");
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
