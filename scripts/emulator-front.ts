/**
 * The HTTP server in front of the emulator: passes every request on to the Worker behind it, and breaks the connection if the emulator
 * asks for that. A Worker cannot do that itself, because its answers always have a head.
 */

import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";

/** The header with which the emulator marks an answer that must not arrive. */
const DROPPED = "x-emulator-connection";

/** Some clients name a thousand data units in one URL. */
const LONGEST_HEAD_BYTES = 64 * 1024;

/** A running front. */
export interface EmulatorFront {
  readonly url: string;
  close(): void;
}

/** Starts listening. @param behind origin of the Worker @param port 0 for any */
export async function openFront(behind: string, port: number): Promise<EmulatorFront> {
  const target = new URL(behind);
  const server = createServer({ maxHeaderSize: LONGEST_HEAD_BYTES }, (incoming, outgoing) => {
    const passedOn = forward(
      {
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (answer) => {
        if (answer.headers[DROPPED] === "dropped") {
          incoming.socket.destroy();
          answer.destroy();
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(outgoing);
        // An answer that the Worker breaks off is broken off here too.
        answer.on("error", () => incoming.socket.destroy());
        answer.on("aborted", () => incoming.socket.destroy());
      },
    );
    passedOn.on("error", () => incoming.socket.destroy());
    incoming.pipe(passedOn);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
