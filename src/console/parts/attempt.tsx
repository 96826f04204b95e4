/**
 * One attempt at a task: how it ended and why, its phases as a bar and in numbers, what it cost, and what it logged. The bar only
 * repeats the numbers, so it is hidden from screen readers.
 */

import type { AttemptLine, AttemptLog } from "../../queue/attempt-log.ts";
import type { AttemptRow } from "../../queue/stage-history.ts";
import { absolute, bytes, clock, duration, Moment } from "./moment.tsx";
import { number } from "./state.tsx";

const OUTCOMES: Readonly<Record<string, string>> = {
  moved: "Moved on",
  stayed: "Left in its stage",
  superseded: "Superseded",
  postponed: "Postponed",
  failed: "Failed",
  timedOut: "Timed out",
  canceled: "Canceled",
};

/** @param newest whether this is the latest attempt, whose log is open from the start if the attempt went wrong */
export function Attempt({ attempt, now, newest }: { attempt: AttemptRow; now: number; newest: boolean }) {
  const { effort, log } = attempt;
  const bad = attempt.outcome === "failed" || attempt.outcome === "timedOut";
  const key = `${attempt.visit}-${attempt.attempt}-${attempt.endedAt}`;
  return (
    <li class={`attempt ${bad ? "is-bad" : ""}`} data-key={key}>
      <div class="attempt-head">
        <b>{OUTCOMES[attempt.outcome] ?? attempt.outcome}</b>
        <span class="quiet">
          visit {attempt.visit}, attempt {attempt.attempt}, <Moment at={attempt.endedAt} now={now} /> (
          {absolute(attempt.claimedAt)} to {absolute(attempt.endedAt).slice(11)},{" "}
          {duration(Math.max(0, attempt.endedAt - attempt.claimedAt))})
        </span>
      </div>
      {attempt.detail !== null && <p class="message">{attempt.detail}</p>}
      <Phases phases={phasesOf(attempt)} />
      {effort !== null && (
        <p class="quiet">
          {bytes(effort.fetchedBytes)} of media fetched, {count(effort.decodedFrames, "frame")} decoded,{" "}
          {effort.requests.toFixed(1)} requests to Encord
        </p>
      )}
      {log !== null && <Log log={log} open={newest && bad} id={`log-${key}`} />}
    </li>
  );
}

interface Phase {
  /** Drawn with the style sheet's `fill-<name>`. */
  readonly name: "waited" | "fetched" | "ran" | "saved" | "moved" | "held";
  readonly label: string;
  /** null if it was not reached, or is not known. */
  readonly ms: number | null;
}

/** The phases in order; last, the waiting inside the batch, which happens between all of them. */
function phasesOf({ claimedAt, endedAt, waitedMs, effort }: AttemptRow): Phase[] {
  const held = Math.max(0, endedAt - claimedAt);
  const waited: Phase = { name: "waited", label: "Waited", ms: waitedMs };
  if (effort === null) return [waited, { name: "held", label: "With a worker", ms: held }];
  const work: Phase[] = [
    { name: "fetched", label: "Fetched ahead", ms: effort.fetchMs },
    { name: "ran", label: "Agent ran", ms: effort.runMs },
    { name: "saved", label: "Saved", ms: effort.saveMs },
    { name: "moved", label: "Moved", ms: effort.moveMs },
  ];
  const rest = held - work.reduce((sum, { ms }) => sum + (ms ?? 0), 0);
  return [waited, ...work, { name: "held", label: "Waited in its batch", ms: Math.max(0, rest) }];
}

const WIDTH = 600;
const GAP = 2;
/** The least width at which a phase can be seen. */
const LEAST = 4;

function Phases({ phases }: { phases: readonly Phase[] }) {
  const work = phases.reduce((sum, { name, ms }) => sum + (name === "waited" ? 0 : (ms ?? 0)), 0);
  // The work should be visible even if it took seconds after a wait of hours.
  const longestWait = Math.max(1, work);
  const drawn = phases
    .map((phase) => ({
      ...phase,
      drawn: phase.name === "waited" ? Math.min(phase.ms ?? 0, longestWait) : phase.ms,
    }))
    .filter((phase): phase is typeof phase & { drawn: number } => phase.drawn !== null && phase.drawn > 0);
  const total = drawn.reduce((sum, phase) => sum + phase.drawn, 0);
  const room = WIDTH - drawn.length * (LEAST + GAP);
  let x = 0;
  return (
    <>
      <svg
        class="bar tall"
        viewBox={`0 0 ${WIDTH} 10`}
        preserveAspectRatio="none"
        aria-hidden="true"
        focusable="false"
      >
        {drawn.length === 0 && <rect class="fill-none" width={WIDTH} height="10" />}
        {drawn.map((phase) => {
          const width = LEAST + (room * phase.drawn) / total;
          x += width + GAP;
          return (
            <rect
              class={`fill-${phase.name}`}
              x={(x - width - GAP).toFixed(1)}
              width={width.toFixed(1)}
              height="10"
            />
          );
        })}
      </svg>
      <dl class="facts phases">
        {phases.map(({ name, label, ms }) => (
          <div>
            <dt>
              <span class={`dot fill-${name}`} aria-hidden="true" />
              {label}
            </dt>
            <dd>
              {ms !== null && duration(ms)}
              {ms === null && <span aria-hidden="true">—</span>}
              {ms === null && <span class="unseen">none</span>}
              {name === "waited" && ms !== null && ms > longestWait && work > 0 && (
                <span class="quiet"> (drawn shorter)</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** The lines in the order in which they were written. */
function Log({ log, open, id }: { log: AttemptLog; open: boolean; id: string }) {
  return (
    <details open={open} id={id}>
      <summary>
        Log: {count(log.lines.length, "line")}
        {log.dropped > 0 && `, older lines dropped: ${number(log.dropped)}`}
      </summary>
      <ol class="lines">
        {log.lines.map((line) => (
          <Line line={line} />
        ))}
      </ol>
    </details>
  );
}

function Line({ line }: { line: AttemptLine }) {
  return (
    <li>
      <time datetime={new Date(line.at).toISOString()} title={absolute(line.at)}>
        {clock(line.at)}
      </time>{" "}
      <span class={`level is-${line.level}`}>{line.level}</span> <b>{line.event}</b>
      {Object.entries(line.fields).map(([name, value]) => (
        <>
          {" "}
          <span class="field">
            <span class="quiet">{name}=</span>
            {String(value)}
          </span>
        </>
      ))}
    </li>
  );
}

function count(many: number, what: string): string {
  return `${number(many)} ${what}${many === 1 ? "" : "s"}`;
}
