/** Why a request is refused, as the caller is told. Each API has its own envelope for that. */

/** A refusal by the v2 API: an HTTP status and a JSON body with `message` (or, for 422, `detail`). */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, message: string, body: unknown = { message }) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/** A refusal by the legacy API: HTTP 200 with an error code in the envelope. */
export class LegacyRefusal extends Error {
  override readonly name = "LegacyRefusal";
  readonly status: number;
  readonly code: string;
  readonly payload: unknown;

  constructor(code: string, payload?: unknown, status = 400) {
    super(code);
    this.status = status;
    this.code = code;
    this.payload = payload;
  }
}

/** Refuses a body or query that does not have the shape that the endpoint takes, in FastAPI's form. */
export function unprocessable(location: readonly (string | number)[], problem: string): Refusal {
  return new Refusal(422, problem, { detail: [{ loc: location, msg: problem, type: "value_error" }] });
}
