/**
 * Every batch reads the same project and ontology; for some seconds it gets the answer to the last such request. Only these
 * two kinds of answers are kept, only successes, and only their text: nothing that belongs to another invocation.
 */

interface Kept {
  readonly text: string;
  readonly until: number;
}

const KEPT_PATH = /^\/v2\/public\/(?:projects|ontologies)\/[0-9a-f-]{36}$/;
const KEEP_MS = 15_000;
const MOST = 100;

const kept = new Map<string, Kept>();

/** Forgets everything: what was kept may have been changed at Encord. */
export function forgetReads(): void {
  kept.clear();
}

/** A `fetch` that answers repeated reads of a project or an ontology by itself. */
export function cachedReads(now: () => number = Date.now): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    const method = init?.method ?? (input instanceof Request ? input.method : "GET");
    if (method !== "GET" || url.search !== "" || !KEPT_PATH.test(url.pathname)) return fetch(input, init);
    const known = kept.get(url.href);
    if (known && known.until > now())
      return new Response(known.text, { headers: { "content-type": "application/json" } });
    const response = await fetch(input, init);
    if (response.status !== 200) return response;
    const text = await response.text();
    if (isJson(text)) {
      if (kept.size >= MOST) kept.clear();
      kept.set(url.href, { text, until: now() + KEEP_MS });
    }
    return new Response(text, response);
  };
}

/** An HTML page, or an answer that was cut short, must not be kept. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
