/**
 * Durations in words: `"90 seconds"`, `"5 minutes"`, `"1 hour"`. Anything else is refused when the agent is defined, with
 * the accepted forms.
 */

const MILLISECONDS = { millisecond: 1, second: 1000, minute: 60_000, hour: 3_600_000 } as const;

type Unit = keyof typeof MILLISECONDS;

/** A positive number and a unit, singular or plural: `"30 seconds"`, `"1.5 hours"`. */
export type Duration = `${number} ${Unit}` | `${number} ${Unit}s`;

/** The duration in milliseconds. @throws TypeError naming `what` when the text is not a duration */
export function toMilliseconds(duration: Duration, what: string): number {
  const match = /^(\d+(?:\.\d+)?) (millisecond|second|minute|hour)s?$/.exec(duration);
  const milliseconds = match ? Number(match[1]) * MILLISECONDS[match[2] as Unit] : 0;
  if (!(milliseconds > 0)) {
    throw new TypeError(
      `${what} must be a positive duration such as "30 seconds", "5 minutes" or "1 hour"; it is ${JSON.stringify(duration)}.`,
    );
  }
  return milliseconds;
}
