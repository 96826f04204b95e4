/** URLs that open one file for a while, as cloud storage makes them: expiry and signature are in the query. */

import { toHex } from "../auth/byte-text.ts";
import { pathText } from "../path-text.ts";

export const MEDIA_PATH = "/storage/";

export class UrlSigner {
  readonly #secret: string;
  readonly #now: () => number;
  readonly #lifetimeMs: number;
  #key: ReturnType<typeof crypto.subtle.importKey> | undefined;

  constructor(secret: string, now: () => number, lifetimeMs: number) {
    this.#secret = secret;
    this.#now = now;
    this.#lifetimeMs = lifetimeMs;
  }

  async sign(origin: string, name: string, lifetimeMs = this.#lifetimeMs): Promise<string> {
    const expires = Math.floor((this.#now() + lifetimeMs) / 1000);
    const signature = await this.#signature(name, String(expires));
    return `${origin}${MEDIA_PATH}${encodeURIComponent(name)}?expires=${expires}&signature=${signature}`;
  }

  /** @returns the file's name, or why the URL opens nothing */
  async check(url: URL): Promise<{ readonly name: string } | { readonly refused: string }> {
    const name = pathText(url.pathname.slice(MEDIA_PATH.length));
    const expires = url.searchParams.get("expires") ?? "";
    if (url.searchParams.get("signature") !== (await this.#signature(name, expires))) {
      return { refused: "The signature does not match." };
    }
    if (Number(expires) * 1000 < this.#now()) return { refused: "The URL has expired." };
    return { name };
  }

  async #signature(name: string, expires: string): Promise<string> {
    const encode = (text: string) => new TextEncoder().encode(text);
    this.#key ??= crypto.subtle.importKey(
      "raw",
      encode(this.#secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const mac = await crypto.subtle.sign("HMAC", await this.#key, encode(`${name}\n${expires}`));
    return toHex(new Uint8Array(mac));
  }
}
