/** How many tasks ended in each minute of the last hour, the failed stacked on the succeeded, as inline SVG. */

import type { MinuteFigures } from "../../queue/stage-history.ts";
import { number } from "./state.tsx";

const MINUTES = 60;
const HEIGHT = 36;

export function Sparkline({ minutes, now }: { minutes: readonly MinuteFigures[]; now: number }) {
  const first = Math.floor(now / 60_000) - MINUTES + 1;
  const bars = Array.from({ length: MINUTES }, () => ({ succeeded: 0, failed: 0 }));
  for (const { minute, succeeded, failed } of minutes) {
    const bar = bars[Math.floor(minute / 60_000) - first];
    if (bar) Object.assign(bar, { succeeded, failed });
  }
  const most = Math.max(1, ...bars.map((bar) => bar.succeeded + bar.failed));
  const succeeded = bars.reduce((sum, bar) => sum + bar.succeeded, 0);
  const failed = bars.reduce((sum, bar) => sum + bar.failed, 0);
  const label = `In the last hour: ${number(succeeded)} succeeded, ${number(failed)} failed`;
  const scale = (HEIGHT - 2) / most;
  return (
    <figure class="sparkline">
      <svg viewBox={`0 0 ${MINUTES * 4} ${HEIGHT}`} role="img" aria-label={label} preserveAspectRatio="none">
        <rect class="fill-none" y={HEIGHT - 1} width={MINUTES * 4} height="1" />
        {bars.map((bar, i) => {
          const good = bar.succeeded * scale;
          const bad = bar.failed * scale;
          return [
            good > 0 && (
              <rect
                class="fill-succeeded"
                x={i * 4}
                y={fixed(HEIGHT - 1 - good)}
                width="3"
                height={fixed(good)}
              />
            ),
            bad > 0 && (
              <rect
                class="fill-failed"
                x={i * 4}
                y={fixed(HEIGHT - 1 - good - bad)}
                width="3"
                height={fixed(bad)}
              />
            ),
          ];
        })}
      </svg>
      <figcaption>
        last hour: <b>{number(succeeded)}</b> succeeded, <b>{number(failed)}</b> failed
        {most > 1 && `, at most ${number(most)} a minute`}
      </figcaption>
    </figure>
  );
}

function fixed(value: number): string {
  return Math.max(0.5, value).toFixed(1);
}
