/**
 * Times in labels. Encord writes several forms. The SDK, and this client, write one: `Sun, 01 Jun 2025 12:00:00 UTC`, in
 * whole seconds with fractions cut off. A text without a zone is UTC.
 */

const LONG_FORM =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d UTC$/;
const BASIC_ISO = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d:?\d\d)?)?$/;
const HAS_ZONE = /(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?:\s*\([^)]*\))?$/i;
const ISO_LIKE = /^(\d{4}-\d\d-\d\d)(?:[T ](.+))?$/;

/** The time that a text stands for; null when it cannot be read as one. */
export function parseLabelTime(text: string): Date | null {
  const date = new Date(withZone(text.trim()));
  return Number.isNaN(date.getTime()) ? null : date;
}

function withZone(text: string): string {
  const basic = BASIC_ISO.exec(text);
  if (basic) {
    const [, year, month, day, hour = "00", minute = "00", second = "00", zone = "Z"] = basic;
    return `${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`;
  }
  const iso = ISO_LIKE.exec(text);
  if (iso) {
    const [, day, time = "00:00:00"] = iso;
    return HAS_ZONE.test(time) ? `${day}T${time.replace(/\s+(?=\S+$)/, "")}` : `${day}T${time}Z`;
  }
  return HAS_ZONE.test(text) ? text : `${text} UTC`;
}

/** The long form. */
export function formatLabelTime(date: Date): string {
  return date.toUTCString().replace("GMT", "UTC");
}

/**
 * A time in the long form; a text that has it already is returned as it is.
 * @returns null when the text cannot be read as a time
 */
export function toLongForm(text: string): string | null {
  if (isLongForm(text)) return text;
  if (text.endsWith(" GMT")) {
    const long = `${text.slice(0, -3)}UTC`;
    if (isLongForm(long)) return long;
  }
  const time = parseLabelTime(text);
  return time && formatLabelTime(time);
}

/** Whether a text is in the long form already. */
export function isLongForm(text: string): boolean {
  return text.length === 29 && LONG_FORM.test(text);
}
