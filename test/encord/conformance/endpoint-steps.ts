/** Steps of the command line that calls an agent: what it sends is sent to an agent's endpoint of ours. */

import { createExecutionContext } from "cloudflare:test";
import { createApp } from "../../../src/http/app.ts";
import { defineAgents, editorAgent, type FrameData } from "../../../src/index.ts";
import vectors from "../../fixtures/vectors/auth.json";
import { NOT_THE_CLIENTS, type Operations } from "./replay.ts";
import { differences } from "./trace.ts";

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
  parseEditorUrl: () => NOT_THE_CLIENTS,
};
