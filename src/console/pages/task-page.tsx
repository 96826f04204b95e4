/** One task: where it stands, and every attempt with what it cost and why it ended. */

import type { AttemptRow } from "../../queue/stage-history.ts";
import type { TaskDetails } from "../../queue/stage-queue.ts";
import type { Operator } from "../operator.ts";
import type { LoggedAction } from "../operator-log.ts";
import { playgroundHref } from "../parts/data-unit.tsx";
import { absolute, bytes, duration, Moment } from "../parts/moment.tsx";
import { Csrf, Empty, Page } from "../parts/page.tsx";
import { type ActionProgress, ResultNote } from "../parts/result-note.tsx";
import { StateBadge } from "../parts/state.tsx";
import type { DirectoryProject, DirectoryStage } from "../stage-directory.ts";
import { Fact } from "./overview-page.tsx";

export interface TaskPageProps {
  readonly operator: Operator;
  readonly csrf: string;
  readonly now: number;
  readonly project: DirectoryProject;
  readonly stage: DirectoryStage;
  /** Of the stage. */
  readonly href: string;
  readonly task: TaskDetails;
  /** The task in Encord's Label Editor; null on an emulator. */
  readonly editorUrl: string | null;
  readonly result: { readonly action: LoggedAction; readonly progress: ActionProgress | null } | null;
}

/** What an operator can do to a task in each state. */
const CONTROLS: Readonly<Record<TaskDetails["state"], readonly ("run" | "retry" | "cancel" | "move")[]>> = {
  pending: ["run", "cancel", "move"],
  dispatched: ["cancel"],
  running: ["cancel"],
  succeeded: [],
  failed: ["retry", "move"],
  timedOut: ["retry", "move"],
  canceled: ["retry", "move"],
};

export function TaskPage(props: TaskPageProps) {
  const { operator, csrf, now, project, stage, href, task, editorUrl, result } = props;
  const controls = operator.role === "operator" ? CONTROLS[task.state] : [];
  return (
    <Page title={task.dataTitle} operator={operator} csrf={csrf} section="overview" live>
      <nav class="crumbs" aria-label="You are here">
        <a href="/console">Overview</a> <span aria-hidden="true">/</span> {project.title}{" "}
        <span aria-hidden="true">/</span> <a href={href}>{stage.title}</a>
      </nav>
      <div class="banner">
        <h1>{task.dataTitle}</h1>
        <StateBadge state={task.state} />
        <a href={`${href}/tasks/${task.uuid}/picture`}>Show the picture</a>
        {operator.role === "operator" && (
          <a href={playgroundHref(project.projectHash, task.dataHash, stage.agent?.name)}>
            Try an agent on it
          </a>
        )}
        {editorUrl !== null && (
          <a href={editorUrl} target="_blank" rel="noreferrer">
            Open in Encord's editor
          </a>
        )}
      </div>
      {result && <ResultNote {...result} />}
      {task.detail !== null && (
        <p class={task.state === "failed" || task.state === "timedOut" ? "problem" : "notice"} id="detail">
          {task.detail}
        </p>
      )}
      {controls.length > 0 && (
        <form method="post" action={`${href}/actions`} class="toolbar">
          <Csrf token={csrf} />
          <input type="hidden" name="task" value={task.uuid} />
          <input type="hidden" name="back" value={`${href}/tasks/${task.uuid}`} />
          {controls.includes("run") && (
            <button type="submit" name="action" value="run" class="primary">
              Run now
            </button>
          )}
          {controls.includes("retry") && (
            <button type="submit" name="action" value="retry" class="primary">
              Retry
            </button>
          )}
          {controls.includes("cancel") && (
            <button type="submit" name="action" value="cancel">
              Cancel …
            </button>
          )}
          {controls.includes("move") && (
            <span class="joined">
              <select name="destination" aria-label="Stage to move this task to">
                <option value="">to stage …</option>
                {project.stages
                  .filter((other) => other.uuid !== stage.uuid)
                  .map((other) => (
                    <option value={other.uuid}>{other.title}</option>
                  ))}
              </select>
              <button type="submit" name="action" value="move">
                Move …
              </button>
            </span>
          )}
        </form>
      )}
      <dl class="facts">
        <Fact name="Visit">{task.visit}</Fact>
        <Fact name="Attempts of this visit">
          {stage.agent ? `${task.attempt} of ${stage.agent.retries + 1}` : task.attempt}
        </Fact>
        <Fact name="First seen">
          <Moment at={task.enteredAt} now={now} />
        </Fact>
        <Fact name={task.state === "pending" ? "Due" : "Ended"}>
          {task.state === "pending" ? (
            <Moment at={task.due} now={now} />
          ) : task.finishedAt === null ? (
            "not yet"
          ) : (
            <Moment at={task.finishedAt} now={now} />
          )}
        </Fact>
        <Fact name="Task">
          <code class="hash">{task.uuid}</code>
        </Fact>
        <Fact name="Data unit">
          <code class="hash">{task.dataHash}</code>
        </Fact>
      </dl>
      <h2 id="attempts">Attempts</h2>
      {task.attempts.length === 0 ? (
        <Empty>No attempt has ended yet.</Empty>
      ) : (
        <ol class="attempts" aria-labelledby="attempts" reversed>
          {task.attempts
            .map((attempt, i) => {
              const before = task.attempts[i - 1];
              const since = before?.visit === attempt.visit ? before.endedAt : null;
              const entered =
                attempt.visit === task.visit && before?.visit !== attempt.visit ? task.enteredAt : null;
              return <Attempt attempt={attempt} waitedSince={since ?? entered} now={now} />;
            })
            .toReversed()}
        </ol>
      )}
    </Page>
  );
}

const OUTCOMES: Readonly<Record<string, string>> = {
  moved: "Moved on",
  stayed: "Left in its stage",
  superseded: "Superseded",
  postponed: "Postponed",
  failed: "Failed",
  timedOut: "Timed out",
};

function Attempt({
  attempt,
  waitedSince,
  now,
}: {
  attempt: AttemptRow;
  waitedSince: number | null;
  now: number;
}) {
  const { effort } = attempt;
  const bad = attempt.outcome === "failed" || attempt.outcome === "timedOut";
  const held = Math.max(0, attempt.endedAt - attempt.claimedAt);
  const waited = waitedSince === null ? null : Math.max(0, attempt.claimedAt - waitedSince);
  return (
    <li
      class={`attempt ${bad ? "is-bad" : ""}`}
      data-key={`${attempt.visit}-${attempt.attempt}-${attempt.endedAt}`}
    >
      <div class="attempt-head">
        <b>{OUTCOMES[attempt.outcome] ?? attempt.outcome}</b>
        <span class="quiet">
          visit {attempt.visit}, attempt {attempt.attempt}, <Moment at={attempt.endedAt} now={now} /> (
          {absolute(attempt.claimedAt)} to {absolute(attempt.endedAt).slice(11)})
        </span>
      </div>
      {attempt.detail !== null && <p class="message">{attempt.detail}</p>}
      <Timeline waited={waited} held={held} ran={effort?.runMs ?? null} />
      <dl class="facts">
        <Fact name="Waited">{waited === null ? "—" : duration(waited)}</Fact>
        <Fact name="With a worker">{duration(held)}</Fact>
        <Fact name="Agent ran">{typeof effort?.runMs === "number" ? duration(effort.runMs) : "—"}</Fact>
        <Fact name="Media fetched">{effort === null ? "—" : bytes(effort.fetchedBytes)}</Fact>
        <Fact name="Frames decoded">{effort === null ? "—" : effort.decodedFrames}</Fact>
        <Fact name="Requests to Encord">{effort === null ? "—" : effort.requests.toFixed(1)}</Fact>
      </dl>
    </li>
  );
}

const WIDTH = 600;

/** Waiting, the worker's time, and within it the agent's run, to scale; the numbers stand below. */
function Timeline({ waited, held, ran }: { waited: number | null; held: number; ran: number | null }) {
  const total = Math.max(1, (waited ?? 0) + held);
  const x = (WIDTH * (waited ?? 0)) / total;
  const width = Math.max(1, (WIDTH * held) / total);
  const run = ran === null ? 0 : Math.min(width, (WIDTH * ran) / total);
  return (
    <svg
      class="bar tall"
      viewBox={`0 0 ${WIDTH} 10`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="fill-none" width={WIDTH} height="10" />
      <rect class="fill-pending" y="4" width={x.toFixed(1)} height="2" />
      <rect class="fill-dispatched" x={x.toFixed(1)} y="2" width={width.toFixed(1)} height="6" />
      <rect class="fill-running" x={(x + (width - run) / 2).toFixed(1)} width={run.toFixed(1)} height="10" />
    </svg>
  );
}
