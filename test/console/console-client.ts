/** A browser without JavaScript for the console: keeps cookies, sends forms as pages do. */

import { createExecutionContext } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { defineAgents, editorAgent, variable } from "encord-edge-agents";
import { createApp } from "../../src/http/app.ts";
import { settings } from "../queue/emulated-project.ts";
import { scriptedAgents } from "../queue/scripted-agents.ts";

export const OPERATOR_TOKEN = "operator-token-of-the-console-tests";
export const VIEWER_TOKEN = "viewer-token-of-the-console-tests";
export const PROJECT = settings.ENCORD_PROJECTS as string;

const greeter = editorAgent({
  name: "greeter",
  description: "Says hello",
  decisions: ["Good", "Reject"],
  dependencies: {
    word: variable("GREETING", "Hello", { choices: ["Hello", "Good <day>"] }),
    times: variable("GREETING_TIMES", 1, { description: "How often" }),
    loud: variable("GREETING_LOUD", false),
  },
  run({ frameData, word, times, loud }) {
    const greeting = Array.from({ length: times }, () => word).join(" ");
    return { message: `${greeting}, frame ${frameData.frame}${loud ? "!" : ""}` };
  },
});

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface ClientOptions {
  readonly origin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The platform's word on Cloudflare Access. */
  readonly access?: { readonly aud: string; readonly email?: string };
  readonly headers?: Readonly<Record<string, string>>;
}

export class ConsoleClient {
  readonly origin: string;
  cookie = "";
  readonly #options: ClientOptions;
  readonly #app = createApp(defineAgents({ agents: [...scriptedAgents, greeter] }));

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.origin = options.origin ?? "https://agents.test";
  }

  /** Local development on the loopback interface: open. */
  static local(): ConsoleClient {
    return new ConsoleClient({
      origin: "http://127.0.0.1:8787",
      environment: { ...settings, ENVIRONMENT: "development" },
    });
  }

  static async signedIn(role: "operator" | "viewer"): Promise<ConsoleClient> {
    const client = new ConsoleClient();
    await client.submit("/console/sign-in", { token: role === "operator" ? OPERATOR_TOKEN : VIEWER_TOKEN });
    return client;
  }

  get(path: string): Promise<Answer> {
    return this.send(new Request(this.origin + path));
  }

  /** Sends a form of the page `from`, with the token that stands in it. */
  async act(from: string, path: string, fields: Fields): Promise<Answer> {
    const csrf = /name="csrf" value="([^"]+)"/.exec((await this.get(from)).text)?.[1] ?? "";
    return this.submit(path, { csrf, ...fields });
  }

  submit(path: string, fields: Fields, headers: Record<string, string> = {}): Promise<Answer> {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
      for (const each of typeof value === "string" ? [value] : value) form.append(name, each);
    }
    return this.send(
      new Request(this.origin + path, {
        method: "POST",
        body: form,
        redirect: "manual",
        headers: { origin: this.origin, "sec-fetch-site": "same-origin", ...headers },
      }),
    );
  }

  async send(request: Request): Promise<Answer> {
    const response = await this.fetch(request);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** The answer with its body still to be read. */
  async fetch(request: Request): Promise<Response> {
    if (this.cookie !== "") request.headers.set("cookie", this.cookie);
    for (const [name, value] of Object.entries(this.#options.headers ?? {})) request.headers.set(name, value);
    const { access } = this.#options;
    const context = Object.assign(createExecutionContext(), {
      exports,
      ...(access ? { access: { aud: access.aud, getIdentity: async () => ({ email: access.email }) } } : {}),
    });
    const environment = this.#options.environment ?? {
      ...settings,
      ADMIN_TOKEN: OPERATOR_TOKEN,
      CONSOLE_VIEWER_TOKEN: VIEWER_TOKEN,
    };
    const response = await this.#app.fetch(request, environment, context);
    const cookie = response.headers.get("set-cookie");
    if (cookie !== null) this.cookie = cookie.split(";")[0] ?? "";
    return response;
  }
}

type Fields = Readonly<Record<string, string | readonly string[]>>;
