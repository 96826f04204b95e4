/** Points in time and durations, for people: relative to read, absolute (UTC) to look up. */

/** "12 s ago", "in 3 min". */
export function relative(at: number, now: number): string {
  const ms = at - now;
  const text = duration(Math.abs(ms));
  if (Math.abs(ms) < 1000) return "just now";
  return ms < 0 ? `${text} ago` : `in ${text}`;
}

/** "2026-11-21 08:31:04 UTC". */
export function absolute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "08:31:04.120": the time of day, UTC. */
export function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

/** "840 ms", "12 s", "3 min", "5 h", "2 d". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 48 * 3_600_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}

/** "1.4 MB". */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

/** @param props.both shows the absolute time below, not only as a tooltip */
export function Moment({ at, now, both }: { at: number | null; now: number; both?: boolean }) {
  if (at === null) return <span class="quiet">never</span>;
  return (
    <>
      <time datetime={new Date(at).toISOString()} title={absolute(at)}>
        {relative(at, now)}
      </time>
      {both && <div class="quiet">{absolute(at)}</div>}
    </>
  );
}
