/**
 * The editor agents of the Python library, as recorded behind FastAPI, Google Cloud Functions and AWS Lambda, acted out by this
 * package's endpoint: each recorded call is made again, Encord answers as it did then, and what the caller gets is compared.
 * Where this endpoint answers otherwise on purpose, a table says how, and why. Part of `npm test`; `npm run conformance agents`
 * runs it with the others of its kind.
 */

import { createExecutionContext } from "cloudflare:test";
import {
  defineAgents,
  EditorAgentError,
  editorAgent,
  frameData,
  labelRow,
  objects,
  project,
  storageItem,
} from "encord-edge-agents";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import {
  type Exchange,
  isRecord,
  type Json,
  type JsonRecord,
  loadTrace,
  type Step,
  type Trace,
} from "../encord/conformance/trace.ts";
import vectors from "../fixtures/vectors/auth.json";

/** What a caller got. The libraries write it in their ways: as HTTP, as a Flask answer, as a Lambda result. */
interface Answer {
  readonly status: number;
  /** The message in the body; null when it says nothing. */
  readonly says: string | null;
  /** Whether the page that called may read the answer; undefined where the recording does not tell. */
  readonly readable?: boolean;
}

/** What this endpoint answers instead on some calls, named by trace and step. */
interface Different extends Partial<Answer> {
  readonly calls: readonly string[];
  readonly why: string;
}

const TRACES = ["42-editor-agent-fastapi", "43-editor-agent-gcp", "44-editor-agent-aws"] as const;
const FAILED = "The agent failed. The log of the deployment says why.";

const DIFFERENT: readonly Different[] = [
  {
    calls: ["42 12", "42 13", "42 20", "43 6"],
    status: 500,
    says: FAILED,
    readable: true,
    why: "a failure says nothing of the inside, and says it as JSON that the page may read",
  },
  { calls: ["44 6"], status: 500, says: FAILED, why: "a failure says nothing of the inside" },
  {
    calls: ["42 9"],
    status: 400,
    says: "The object missing is not in the saved labels. Save in the Label Editor first, then call the agent.",
    readable: true,
    why: "the annotator can mend it, and is told how",
  },
  {
    calls: ["43 11", "44 15"],
    status: 500,
    says: FAILED,
    why: "an error that leaves the agent is answered here, not by the platform around",
  },
  {
    calls: ["42 6"],
    says: "asset-1",
    why: "agents answer with a message or a decision, as the editor reads it, not with JSON of their own",
  },
  { calls: ["42 7"], says: "Demo project", why: "the same" },
  { calls: ["42 8"], says: "objEdit1", why: "the same" },
  {
    calls: ["42 15"],
    says: "The body does not fit: projectHash must be a UUID; frame must be a whole number, 0 or more.",
    why: "what does not fit is told in a sentence for people, beside the list",
  },
  {
    calls: ["42 16"],
    says: "The body does not fit: dataHash must be a UUID, as text.",
    why: "the same; older callers leave the frame out, so it is 0",
  },
  {
    calls: ["42 17", "42 18", "44 9", "44 10", "44 12"],
    status: 400,
    says: "The body is not JSON.",
    why: "what is no JSON at all is another fault than JSON that does not fit",
  },
  {
    calls: ["43 9"],
    status: 422,
    says: "The body does not fit: projectHash must be a UUID; dataHash must be a UUID, as text.",
    why: "a body that does not fit is answered, not raised",
  },
  {
    calls: ["44 11"],
    status: 422,
    says: "The body does not fit: projectHash must be a UUID; dataHash must be a UUID, as text; frame must be a whole number, 0 or more.",
    why: "422 wherever the endpoint runs, and told in a sentence for people",
  },
  { calls: ["43 10"], status: 415, why: "a body of another media type is answered" },
  {
    calls: ["42 19"],
    readable: true,
    why: "a page can read only answers that carry the headers, those to test requests too",
  },
  {
    calls: ["42 21"],
    status: 404,
    says: 'There is no agent named "nowhere" here.',
    readable: true,
    why: "a test request is there to find a misspelt URL",
  },
  { calls: ["42 22", "42 29"], says: "Agents are called with POST.", why: "it says what to do" },
  { calls: ["43 15", "43 16"], status: 405, why: "what is no call of an agent is refused, not raised" },
  { calls: ["42 23"], says: 'There is no agent named "nowhere" here.', why: "it says what is not found" },
  { calls: ["42 24", "42 25"], status: 204, says: null, why: "a preflight has no body" },
  { calls: ["42 26"], status: 403, says: null, why: "the origin is refused, not the request's form" },
  {
    calls: ["42 27", "42 28"],
    status: 204,
    says: null,
    why: "the answer lists what is allowed; the browser compares",
  },
  {
    calls: ["44 0", "44 4", "44 13", "44 14"],
    status: 200,
    says: null,
    why: "nothing to say is 200 and null, wherever the endpoint runs",
  },
  { calls: ["44 7"], status: 403, says: "project is not yours", why: "what Encord said is passed on" },
  { calls: ["44 8"], status: 403, says: "item is not yours", why: "the same" },
];

const agents = defineAgents({
  agents: [
    editorAgent({ name: "silent", run: () => null }),
    editorAgent({ name: "hello", run: () => ({ message: "hello" }) }),
    editorAgent({ name: "unset", run: () => ({}) }),
    editorAgent({
      name: "echo",
      dependencies: { frameData },
      run: ({ frameData: { frame, objectHashes } }) => ({
        message: `frame ${frame} objects [${(objectHashes ?? []).map((hash) => `'${hash}'`).join(", ")}]`,
      }),
    }),
    editorAgent({
      name: "label",
      dependencies: { labelRow },
      run: async ({ labelRow }) => {
        await labelRow.save();
        return null;
      },
    }),
    editorAgent({
      name: "item",
      dependencies: { storageItem },
      run: ({ storageItem }) => ({ message: storageItem.name }),
    }),
    editorAgent({
      name: "project",
      dependencies: { project },
      run: ({ project }) => ({ message: project.title }),
    }),
    editorAgent({
      name: "objects",
      dependencies: { objects },
      run: ({ objects }) => ({ message: objects.map(({ objectHash }) => objectHash).join(" ") }),
    }),
    editorAgent({
      name: "refusing",
      run: () => {
        throw new EditorAgentError("please select an object");
      },
    }),
    editorAgent({
      name: "crash",
      run: () => {
        throw new Error("what happened");
      },
    }),
  ],
});

/** The recorded agents, by path or by name. */
const AGENTS: Readonly<Record<string, string>> = {
  "/plain": "silent",
  "/echo": "echo",
  "/empty-response": "unset",
  "/label": "label",
  "/item": "item",
  "/project": "project",
  "/objects": "objects",
  "/agent-error": "refusing",
  "/crash": "crash",
  "/nowhere": "nowhere",
  "returns None": "silent",
  "returns EditorAgentResponse": "hello",
  "returns EditorAgentResponse without message": "unset",
  "body as object": "hello",
  labels: "label",
  "storage item only": "item",
  EncordEditorAgentException: "refusing",
  crash: "crash",
  "forbidden project": "project",
  "forbidden item": "item",
  "no label row": "label",
};

const app = createApp(agents);
const ENVIRONMENT = {
  ENCORD_SSH_KEY: vectors.key.opensshPrivateKey,
  ENCORD_PROJECTS: "aaaa0001-0000-4000-8000-000000000001, aaaa0009-0000-4000-8000-000000000009",
};

/** Answers by trace. */
interface Count {
  readonly id: string;
  readonly calls: number;
  same: number;
  different: number;
}

const counts: Count[] = [];

beforeEach(() => {
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

for (const id of TRACES) {
  const trace = await loadTrace(id);
  const count = { id, calls: trace.steps.length, same: 0, different: 0 };
  counts.push(count);
  describe(id, () => {
    it.each(trace.steps.map((step, index) => [index, named(step), step] as const))(
      "%i: %s",
      async (index, _, step) => {
        vi.spyOn(globalThis, "fetch").mockImplementation(encordOf(trace, step));
        const given = await call(step);
        const recorded = recordedAnswer(step);
        const different = DIFFERENT.find(({ calls }) => calls.includes(`${id.slice(0, 2)} ${index}`));
        if (different) {
          const { calls: _, why: __, ...own } = different;
          count.different += 1;
          expect(given).toMatchObject({ ...recorded, ...own });
          expect({ ...recorded, ...own }, "a difference that is none").not.toEqual(recorded);
        } else {
          expect(recorded, "an answer was recorded").not.toBeNull();
          expect(given).toMatchObject({ ...recorded });
          count.same += 1;
        }
      },
    );
  });
}

afterAll(() => {
  const lines = counts.map(
    ({ id, calls, same, different }) =>
      `${id.padEnd(26)} ${calls} calls: ${same} answered the same, ${different} otherwise on purpose`,
  );
  console.log(`Editor agents against the traces:\n${lines.join("\n")}`);
});

function named({ args }: Step): string {
  return [args.method, args.path ?? args.agent, args.note].filter(Boolean).join(" ");
}

/** The call as it reached the agent, or as a Lambda was told of it. */
function requestOf({ args }: Step): Request {
  const event = args.event as JsonRecord | undefined;
  const {
    method = "POST",
    headers,
    body,
    raw,
  } = (event ?? args) as {
    method?: string;
    headers?: Record<string, string>;
    body?: Json;
    raw?: string;
  };
  const text = raw ?? (typeof body === "string" ? body : body ? JSON.stringify(body) : "");
  return new Request(`https://worker.test/agents/${AGENTS[String(args.path ?? args.agent)] ?? "silent"}`, {
    method,
    headers: {
      // The recorded Flask calls leave out what every browser's preflight says.
      ...(method === "OPTIONS" && args.agent && headers?.Origin
        ? { "access-control-request-method": "POST" }
        : {}),
      ...(raw === undefined ? { "content-type": "application/json" } : {}),
      ...headers,
    },
    ...(method === "POST" ? { body: text } : {}),
  });
}

async function call(step: Step): Promise<Answer> {
  const request = requestOf(step);
  const response = await app.fetch(request, ENVIRONMENT, createExecutionContext());
  return {
    status: response.status,
    says: messageIn(parsed(await response.text())),
    readable: isReadable(request.headers.get("origin"), response.headers.get("access-control-allow-origin")),
  };
}

function isReadable(origin: string | null, allowed: string | null | undefined): boolean {
  return origin !== null && (allowed === "*" || allowed === origin);
}

/** Null for an error that left the wrapper: what the platform made of it is not recorded. */
function recordedAnswer({ args, result }: Step): Answer | null {
  if (!isRecord(result)) return null;
  const headers = result.headers as Record<string, string> | undefined;
  const requestHeaders = (args.headers ?? {}) as JsonRecord;
  return {
    status: Number(result.status ?? result.statusCode),
    says: messageIn(result.bodyText === undefined ? (result.body ?? null) : parsed(String(result.bodyText))),
    ...(headers
      ? {
          readable: isReadable(
            String(requestHeaders.Origin ?? "") || null,
            headers["access-control-allow-origin"],
          ),
        }
      : {}),
  };
}

function messageIn(body: Json): string | null {
  if (!isRecord(body)) return typeof body === "string" && body !== "" ? body : null;
  return typeof body.message === "string" ? body.message : null;
}

function parsed(text: string): Json {
  try {
    return text === "" ? null : (JSON.parse(text) as Json);
  } catch {
    return text;
  }
}

/** Encord as it answered during the step; in whatever order it is asked. */
function encordOf(trace: Trace, step: Step): typeof fetch {
  const during = (step.exchanges ?? []).map((seq) => trace.exchanges[seq]);
  return async (input, init) => {
    const request = new Request(input as RequestInfo, init as RequestInit);
    const asked = what(new URL(request.url).pathname, request.method, parsed(await request.text()));
    const exchange = [...during, ...trace.exchanges].find((each) => each && askedFor(each) === asked);
    if (!exchange) return Response.json({ message: `The recording has no ${asked}.` }, { status: 404 });
    return Response.json(exchange.responseBody, { status: exchange.status ?? 500 });
  };
}

function askedFor({ method, path, requestBody }: Exchange): string {
  return what(path, method, requestBody);
}

function what(path: string, method: string, body: Json): string {
  const query = isRecord(body) && "query_type" in body ? `${body.query_type} ${body.query_method}` : "";
  return `${method} ${path} ${query}`;
}
