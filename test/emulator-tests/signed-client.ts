/**
 * A bare client for the emulator's tests: signs requests with Node-style crypto from the key's own text, shares nothing with
 * the project's client, and hands back status and JSON.
 */

import type { InProcessEmulator } from "../emulator/index.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape
  readonly json: any;
}

export interface SignedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

type Target = Pick<InProcessEmulator, "fetch" | "domain" | "sshKey">;

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** The seed and the public key of an unencrypted OpenSSH key. */
function keyPair(sshKey: string): { seed: Uint8Array; publicKey: Uint8Array } {
  const armour = sshKey.replace(/-----[^-]+-----|\s/g, "");
  const bytes = Uint8Array.from(atob(armour), (character) => character.charCodeAt(0));
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  // The private block repeats the public key after the type name, then holds 64 bytes: seed and public key.
  const at = text.lastIndexOf("ssh-ed25519") + "ssh-ed25519".length;
  const publicKey = bytes.slice(at + 4, at + 36);
  return { seed: bytes.slice(at + 40, at + 72), publicKey };
}

async function signer(sshKey: string) {
  const { seed, publicKey } = keyPair(sshKey);
  const prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
  const key = await crypto.subtle.importKey(
    "pkcs8",
    Uint8Array.from([...prefix, ...seed]),
    "Ed25519",
    false,
    ["sign"],
  );
  const sign = async (message: Uint8Array) =>
    new Uint8Array(await crypto.subtle.sign("Ed25519", key, Uint8Array.from(message)));
  return { keyId: hex(publicKey), sign };
}

/** @param path with query; @param nowMs when the request claims to be made */
export async function signV2(
  target: Pick<Target, "domain" | "sshKey">,
  method: string,
  path: string,
  body: unknown = undefined,
  nowMs = Date.now(),
): Promise<SignedRequest> {
  const { keyId, sign } = await signer(target.sshKey);
  const text = body === undefined ? null : JSON.stringify(body);
  const bytes = new TextEncoder().encode(text ?? "");
  const digest = `sha-256=:${base64(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))}:`;
  const requestTarget = `/v2/public/${path}`;
  const created = Math.floor(nowMs / 1000) - 30;
  const parameters = `("@method" "@request-target" "content-digest");created=${created};keyid="${keyId}";alg="ed25519"`;
  const toSign = [
    `"@method": ${method}`,
    `"@request-target": ${requestTarget}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${parameters}`,
  ].join("\n");
  return {
    url: `${target.domain}${requestTarget}`,
    method,
    headers: {
      "Content-Digest": digest,
      "Signature-Input": `encord-sig=${parameters}`,
      Signature: `encord-sig=:${base64(await sign(new TextEncoder().encode(toSign)))}:`,
      ...(text === null ? {} : { "Content-Type": "application/json" }),
    },
    body: text,
  };
}

export async function signLegacy(
  target: Pick<Target, "domain" | "sshKey">,
  resource: readonly [type: string, id: string],
  query: readonly [type: string, method: string],
  uid: unknown,
  payload: unknown,
): Promise<SignedRequest> {
  const { keyId, sign } = await signer(target.sshKey);
  const [query_type, query_method] = query;
  const body = JSON.stringify({ query_type, query_method, values: { uid, payload } });
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body)));
  return {
    url: `${target.domain}/public`,
    method: "POST",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      ResourceType: resource[0],
      ResourceID: resource[1],
      Authorization: `${keyId}:${hex(await sign(digest))}`,
    },
    body,
  };
}

export async function send(target: Pick<Target, "fetch">, request: SignedRequest): Promise<Answer> {
  const { url, ...init } = request;
  const response = await target.fetch(new Request(url, init));
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === "" ? null : JSON.parse(text) };
}

/** Signs now and sends. */
export async function v2(target: Target, method: string, path: string, body?: unknown): Promise<Answer> {
  return send(target, await signV2(target, method, path, body));
}

/** Signs and sends; the answer is the envelope. */
export async function legacy(
  target: Target,
  resource: readonly [type: string, id: string],
  query: readonly [type: string, method: string],
  uid: unknown,
  payload: unknown,
): Promise<Answer> {
  return send(target, await signLegacy(target, resource, query, uid, payload));
}

/** The payload of a listing, with every key that the Python SDK sends. */
export function listing(changed: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    edited_before: null,
    edited_after: null,
    label_statuses: null,
    shadow_data_state: null,
    include_uninitialised_labels: true,
    data_hashes: null,
    label_hashes: null,
    data_title_eq: null,
    data_title_like: null,
    workflow_graph_node_title_eq: null,
    workflow_graph_node_title_like: null,
    include_client_metadata: false,
    include_images_data: false,
    include_children: false,
    include_workflow_graph_node: true,
    include_all_label_branches: false,
    branch_name: null,
    ...changed,
  };
}
