/**
 * The door of the emulator's process: passes every request on to the Worker behind it, and breaks the connection where the
 * emulator says that it broke. A Worker cannot do that itself: what it answers always has a head.
 */

import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";

/** With this header the emulator marks an answer that must never arrive. */
const DROPPED = "x-emulator-connection";

/** Bytes: some clients name a thousand data units in one URL. */
const LONGEST_HEAD = 64 * 1024;

export interface EmulatorFront {
  readonly url: string;
  close(): void;
}

/** @param behind origin of the Worker */
export async function openFront(behind: string, port: number): Promise<EmulatorFront> {
  const target = new URL(behind);
  const server = createServer({ maxHeaderSize: LONGEST_HEAD }, (incoming, outgoing) => {
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
        // An answer that breaks off behind breaks off in front.
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
