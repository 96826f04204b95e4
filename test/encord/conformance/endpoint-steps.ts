/** Steps of the command line that calls an agent: addresses are read by ours, what it sends is sent to an endpoint of ours. */

import { createExecutionContext } from "cloudflare:test";
import { parseLabelEditorUrl } from "../../../src/cli/label-editor-url.ts";
import { createApp } from "../../../src/http/app.ts";
import { defineAgents, editorAgent, type FrameData } from "../../../src/index.ts";
import vectors from "../../fixtures/vectors/auth.json";
import { OnPurpose, type Operations } from "./replay.ts";
import { differences } from "./trace.ts";

/** The hosts that the Python command line takes; ours takes every one that speaks https. */
const PYTHONS_HOSTS: ReadonlySet<string> = new Set(["https://app.encord.com", "https://app.us.encord.com"]);

export const endpointSteps: Operations = {
  async hitEndpoint(session, args) {
    const exchange = session.server.next;
    if (!exchange) throw new Error("The recording has no request for this step.");
    session.server.skip();
    const received: FrameData[] = [];
    const agent = editorAgent({
      name: "my-agent",
      run({ frameData }) {
        received.push(frameData);
        return null;
      },
    });
    const app = createApp(defineAgents({ agents: [agent] }));
    const request = new Request("https://worker.test/agents/my-agent", {
      method: exchange.method,
      headers: exchange.requestHeaders,
      body: JSON.stringify(exchange.requestBody),
    });
    const environment = {
      ENCORD_SSH_KEY: vectors.key.opensshPrivateKey,
      ENCORD_PROJECTS: "aaaa0001-0000-4000-8000-000000000001",
    };
    const response = await app.fetch(request, environment, createExecutionContext());
    const expected = args.testHeader === true ? [] : [args.payload ?? null];
    session.server.problems.push(
      ...differences(response.status, exchange.status, "status"),
      ...differences(await response.json(), exchange.responseBody, "answer"),
      ...differences(JSON.parse(JSON.stringify(received)), expected, "frame data"),
    );
  },
  parseEditorUrl(_session, args) {
    const { origin, payload } = parseLabelEditorUrl(String(args.url));
    if (!PYTHONS_HOSTS.has(origin)) {
      return new OnPurpose(`${origin} is taken: Encord also runs on domains of its customers`);
    }
    return { domain: origin, payload };
  },
};
