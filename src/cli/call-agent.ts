/**
 * `encord-edge test`: calls an editor agent as the Label Editor would, from the address of a data unit in the Label Editor,
 * and shows the request and the answer. With `--sign` it calls as a Workflow node does.
 */

import { signRequest } from "../http/signature.ts";
import { type CliContext, print, printJson } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";
import { labelEditorLink, parseLabelEditorUrl } from "./label-editor-url.ts";

export interface CallOptions {
  /** Base address of a deployment, or the whole address of an agent; the local Worker when left out. */
  readonly endpoint?: string;
  /** Of the local Worker. */
  readonly port: string;
  /** Only asks "are you there". */
  readonly testHeader?: boolean;
  readonly json?: boolean;
  /** Signs with it, as Encord's servers do; null: calls as a browser does. */
  readonly secret: string | null;
}

interface AgentAnswer {
  readonly status: number;
  readonly milliseconds: number;
  readonly body: string;
  /** Whether a page of Encord's app may read this answer. */
  readonly readableByEditor: boolean;
}

/** @returns exit status: 0 when the agent answered with success */
export async function callAgent(
  context: CliContext,
  agent: string,
  labelEditorUrl: string,
  options: CallOptions,
): Promise<number> {
  const editor = parseLabelEditorUrl(labelEditorUrl);
  const url = agentUrl(agent, options);
  const body = JSON.stringify(editor.payload);
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (options.testHeader) headers["x-encord-agent"] = "test-header";
  if (options.secret === null) {
    headers["origin"] = editor.origin;
  } else {
    const timestamp = Math.floor(context.now() / 1000);
    headers["x-encord-timestamp"] = String(timestamp);
    headers["x-encord-signature"] = await signRequest(
      options.secret,
      timestamp,
      new TextEncoder().encode(body),
    );
  }
  const answer = await send(context, url, headers, body);
  const link = labelEditorLink(editor);
  const curl = curlLine(url, headers, body);
  if (options.json) {
    const request = { method: "POST", url, headers, body: editor.payload };
    printJson(context, { request, answer: { ...answer, body: parsed(answer.body) }, editor: link, curl });
  } else {
    print(
      context,
      `POST ${url}`,
      ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`),
      `  ${body}`,
      "",
      `${answer.status} in ${answer.milliseconds.toFixed(0)} ms`,
      `  ${answer.body || "(empty)"}`,
      "",
      `Label Editor  ${link}`,
      `Again         ${curl}`,
    );
    if (answer.status === 404) {
      print(
        context,
        "",
        "npx encord-edge agents lists the agents that can be called. To run the agent of a stage: npx encord-edge run",
      );
    }
    if (options.secret === null && !answer.readableByEditor) {
      print(
        context,
        "",
        `The Label Editor at ${editor.origin} could not read this answer: no CORS header allows it. Set ENCORD_CORS_ORIGINS.`,
      );
    }
  }
  return answer.status < 300 ? 0 : 1;
}

function agentUrl(agent: string, { endpoint, port }: CallOptions): string {
  const base = endpoint ?? `http://127.0.0.1:${port}`;
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
    throw new CliError("endpoint", `"${base}" is not an address such as https://agents.example.workers.dev.`);
  }
  const url = new URL(base);
  return url.pathname === "/" ? new URL(`/agents/${encodeURIComponent(agent)}`, url).href : url.href;
}

async function send(
  context: CliContext,
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<AgentAnswer> {
  const started = context.now();
  const response = await context.fetch(url, { method: "POST", headers, body }).catch((error: unknown) => {
    throw new CliError(
      "no-answer",
      `Nothing answers at ${url}. Is the Worker running? Start it with \`npm start\` or \`npm run dev\`, or name a deployment: --endpoint https://...`,
      { retryable: true, cause: error },
    );
  });
  const allowed = response.headers.get("access-control-allow-origin");
  return {
    status: response.status,
    body: await response.text(),
    milliseconds: context.now() - started,
    readableByEditor: allowed === "*" || (allowed !== null && allowed === headers["origin"]),
  };
}

/** A command for a POSIX shell; its signature is valid for five minutes. */
function curlLine(url: string, headers: Readonly<Record<string, string>>, body: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const parts = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  return ["curl -X POST", quoted(url), ...parts, "-d", quoted(body)].join(" ");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
