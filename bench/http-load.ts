/** Puts load on a server on this computer: some kept-alive connections, each with one request at a time, on bare sockets. */

import { connect } from "node:net";

/** What to send, and for how long. */
export interface Load {
  readonly port: number;
  /** The next request of a connection, as bytes of HTTP/1.1. */
  readonly request: (at: number) => Uint8Array;
  /** The status that every answer must have. */
  readonly status: number;
  readonly connections: number;
  readonly seconds: number;
}

/** What was measured. */
export interface LoadResult {
  readonly perSecond: number;
  /** Milliseconds that half of all requests took at most, and 99 % of them. */
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
}

/** Sends requests until the time is up. @throws Error if an answer has another status */
export async function load(options: Load): Promise<LoadResult> {
  const times: number[] = [];
  const started = performance.now();
  const end = started + options.seconds * 1000;
  let at = 0;
  await Promise.all(
    Array.from({ length: options.connections }, () =>
      connection(
        options,
        end,
        () => at++,
        (ms) => times.push(ms),
      ),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const quantile = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return {
    perSecond: times.length / seconds,
    p50: quantile(0.5),
    p99: quantile(0.99),
    requests: times.length,
  };
}

function connection(
  { port, request, status }: Load,
  end: number,
  next: () => number,
  took: (milliseconds: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let sent = 0;
    let received = "";
    const send = () => {
      received = "";
      sent = performance.now();
      socket.write(request(next()));
    };
    socket.setEncoding("latin1");
    socket.once("connect", send);
    socket.once("error", reject);
    socket.on("data", (text) => {
      received += text;
      if (!isComplete(received)) return;
      took(performance.now() - sent);
      if (!received.startsWith(`HTTP/1.1 ${status} `)) {
        socket.destroy();
        reject(new Error(`Expected the status ${status}, got: ${received.slice(0, 300)}`));
      } else if (performance.now() < end) send();
      else {
        socket.destroy();
        resolve();
      }
    });
  });
}

function isComplete(received: string): boolean {
  const head = received.indexOf("\r\n\r\n");
  if (head < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, head + 2))?.[1];
  if (length !== undefined) return received.length >= head + 4 + Number(length);
  return received.endsWith("\r\n0\r\n\r\n") || /^HTTP\/1\.1 204/.test(received);
}
