/** One line of `encord-edge doctor`: what was checked, the result, and what to do about it. */

export type Verdict = "ok" | "note" | "fault" | "skipped";

export interface Finding {
  /** What was checked, in a few words. */
  readonly subject: string;
  readonly verdict: Verdict;
  /** The result, in one line. */
  readonly detail: string;
  /** What to do; null when there is nothing to do. */
  readonly todo: string | null;
}

export const ok = (subject: string, detail: string): Finding => ({
  subject,
  verdict: "ok",
  detail,
  todo: null,
});

/** It works, but somebody may want to know. */
export const note = (subject: string, detail: string, todo: string): Finding => ({
  subject,
  verdict: "note",
  detail,
  todo,
});

/** It does not work like this. */
export const fault = (subject: string, detail: string, todo: string | null): Finding => ({
  subject,
  verdict: "fault",
  detail,
  todo,
});

/** It could not be checked, because of an earlier fault. */
export const skipped = (subject: string, detail: string): Finding => ({
  subject,
  verdict: "skipped",
  detail,
  todo: null,
});

const MARKS: Readonly<Record<Verdict, string>> = { ok: "ok  ", note: "note", fault: "BAD ", skipped: "-   " };

export function findingLine({ subject, verdict, detail, todo }: Finding): string {
  const line = `${MARKS[verdict]} ${subject}: ${detail}${todo === null ? "" : ` → ${todo}`}`;
  return line.replaceAll(/\s+/g, " ");
}
