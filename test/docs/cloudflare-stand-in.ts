/**
 * As much of Cloudflare's API as wrangler needs to deploy a Worker, set its secrets, list and roll back deployments, and tail its log. It
 * remembers what was sent, and answers that it is done; it does not run the Worker.
 */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";

export interface CloudflareRequest {
  readonly method: string;
  /** Without the account's part. */
  readonly path: string;
  readonly body: string;
}

const ACCOUNT = "a0000000000000000000000000000001";
export const VERSION_ID = "00000000-0000-4000-8000-000000000001";
/** The constant of the WebSocket protocol, RFC 6455, section 1.3. */
const WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const at = "2026-01-01T00:00:00Z";
const metadata = { created_on: at, modified_on: at, author_email: "ada@example.com", source: "wrangler" };
const deployment = {
  ...{ ...metadata, id: VERSION_ID, strategy: "percentage", annotations: {} },
  versions: [{ version_id: VERSION_ID, percentage: 100 }],
};
const version = {
  ...{ id: VERSION_ID, number: 1, metadata, annotations: {} },
  resources: { bindings: [], script: {}, script_runtime: {} },
};

export class CloudflareStandIn {
  readonly requests: CloudflareRequest[] = [];
  /** The line that a tail receives from the Worker's log. */
  logLine = "{}";
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = (await buffer(request)).toString();
      const path = (request.url ?? "").replace(`/accounts/${ACCOUNT}/workers`, "");
      this.requests.push({ method: request.method ?? "", path, body });
      const result = this.#answer(request.method ?? "", path);
      const errors = result === null ? [{ code: 10_090, message: "There is no such Worker." }] : [];
      response.writeHead(result === null ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify({ success: result !== null, errors, messages: [], result }));
    });
    this.#server.on("upgrade", (request, socket) => this.#tail(request, socket));
  }

  static async start(): Promise<CloudflareStandIn> {
    const standIn = new CloudflareStandIn();
    await new Promise<void>((resolve) => standIn.#server.listen(0, "127.0.0.1", resolve));
    return standIn;
  }

  /** Variables that make wrangler use this server. */
  get environment(): Readonly<Record<string, string>> {
    return {
      CLOUDFLARE_API_BASE_URL: `http://${this.#host}`,
      CLOUDFLARE_API_TOKEN: "token-of-nobody",
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    };
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  get #host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer(method: string, path: string): unknown {
    // As on the first deploy: there is no Worker of this name yet.
    if (path.startsWith("/services/")) return null;
    if (path === "/subdomain") return { subdomain: "example" };
    if (path.startsWith("/workers/")) return { subdomain: { enabled: true, previews_enabled: false } };
    if (path.endsWith("/deployments")) return method === "GET" ? { deployments: [deployment] } : deployment;
    if (path.includes("/versions/")) return version;
    if (path.endsWith("/tails")) return { id: "tail", url: `ws://${this.#host}/tail`, expires_at: at };
    return {};
  }

  /** Sends one event, and then nothing. */
  #tail(request: IncomingMessage, socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    const key = `${request.headers["sec-websocket-key"]}${WEBSOCKET}`;
    socket.write(
      [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        `Sec-WebSocket-Accept: ${createHash("sha1").update(key).digest("base64")}`,
        `Sec-WebSocket-Protocol: ${request.headers["sec-websocket-protocol"]}`,
        "\r\n",
      ].join("\r\n"),
    );
    const logs = [{ message: [this.logLine], level: "log", timestamp: 1 }];
    const event = {
      outcome: "ok",
      scriptName: "agents",
      exceptions: [],
      logs,
      eventTimestamp: 1,
      event: null,
    };
    const text = Buffer.from(JSON.stringify(event));
    // A text frame of 126 to 65535 bytes, unmasked.
    socket.write(Buffer.concat([Buffer.from([0x81, 126, text.length >> 8, text.length & 255]), text]));
  }
}
