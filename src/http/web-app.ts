/** Hono with only the router that these routes need; the default one contains three and chooses among them. */

import type { Env } from "hono";
import { HonoBase } from "hono/hono-base";
import { TrieRouter } from "hono/router/trie-router";

export class WebApp<E extends Env> extends HonoBase<E> {
  constructor() {
    super();
    this.router = new TrieRouter();
  }
}
