/**
 * The line between the client and the network: everything above it asks for values, everything below it sends requests.
 * A `Transport` can be wrapped, to record, withhold or fake requests.
 */

/** Values of a query; undefined, null and empty lists are left out, lists repeat the key, booleans become True and False. */
export type Query = Readonly<
  Record<string, string | number | boolean | readonly string[] | null | undefined>
>;

/** A request of the v2 REST API. */
export interface V2Request {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/v2/public`, without a leading slash, such as `projects/<uuid>`. */
  readonly path: string;
  readonly query?: Query | undefined;
  /** Sent as JSON; fields that are undefined are left out. */
  readonly body?: unknown;
  /** Whether the request may arrive twice, so that it can be sent again; by default GET and POST may. */
  readonly repeatable?: boolean;
  /** `nothing`: an answer without content (204) is fine and gives null. By default it is an error. */
  readonly expects?: "content" | "nothing";
}

/** Fetches items by their UUIDs. It only reads, and is a POST because so many UUIDs would not fit into a URL. */
export const ITEMS_IN_BULK = "storage/items/get-bulk";

/** Whether a request of the v2 API changes nothing at Encord. */
export function onlyReads({ method, path }: V2Request): boolean {
  return method === "GET" || path === ITEMS_IN_BULK;
}

/** A request of the legacy API: `POST /public`. */
export interface LegacyRequest {
  readonly resource: { readonly type: "project" | "dataset"; readonly id: string } | null;
  /** `user`: a question about the key's owner, which goes to `/public/user`. */
  readonly scope?: "user";
  readonly queryType: string;
  readonly queryMethod: "GET" | "PUT" | "POST";
  readonly uid: string | readonly string[] | null;
  readonly payload: unknown;
  /** Whether a lost or failed attempt may be repeated; one that never connected always may. */
  readonly retryable: boolean;
  /**
   * Which answers are refused: `object` neither empty nor null, `list` not null (else ResourceNotFoundError), `written`
   * not null (else RequestError).
   */
  readonly expects: "object" | "list" | "written";
}

/** The two APIs of Encord. Both throw an `EncordError` and nothing else. */
export interface Transport {
  /** Origin of the API, such as `https://api.encord.com`. */
  readonly domain: string;
  /** The v2 REST API: the parsed body of the answer, not checked any further. */
  v2(request: V2Request): Promise<unknown>;
  /** The legacy API, `POST /public`: the `response` of the answer's envelope, not checked any further. */
  legacy(request: LegacyRequest): Promise<unknown>;
}
