/** One task: its state, and every attempt with its cost and how it ended. */

import type { TaskDetails } from "../../queue/stage-queue.ts";
import type { EditorAddress } from "../data-unit-address.ts";
import type { Operator } from "../operator.ts";
import type { LoggedAction } from "../operator-log.ts";
import { Attempt } from "../parts/attempt.tsx";
import { DataUnitLinks } from "../parts/data-unit.tsx";
import { Fact } from "../parts/fact.tsx";
import { Moment } from "../parts/moment.tsx";
import { MoveTo } from "../parts/move-to.tsx";
import { Csrf, Empty, Page } from "../parts/page.tsx";
import { type ActionProgress, ResultNote } from "../parts/result-note.tsx";
import { number, StateBadge } from "../parts/state.tsx";
import type { DirectoryProject, DirectoryStage } from "../stage-directory.ts";

export interface TaskPageProps {
  readonly operator: Operator;
  readonly csrf: string;
  readonly now: number;
  readonly project: DirectoryProject;
  readonly stage: DirectoryStage;
  /** The stage's address. */
  readonly href: string;
  readonly task: TaskDetails;
  /** The task in Encord's Label Editor, or why there is no link to it. */
  readonly editor: EditorAddress;
  readonly result: { readonly action: LoggedAction; readonly progress: ActionProgress | null } | null;
  /** Whether to show all attempts that are kept, or only the newest: with their logs they are long. */
  readonly allAttempts: boolean;
}

const NEWEST_ATTEMPTS = 10;

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
  const { operator, csrf, now, project, stage, href, task, editor, result } = props;
  const shown = props.allAttempts ? task.attempts : task.attempts.slice(-NEWEST_ATTEMPTS);
  const older = task.attempts.length - shown.length;
  const controls = operator.role === "operator" ? CONTROLS[task.state] : [];
  return (
    <Page
      title={task.dataTitle}
      operator={operator}
      csrf={csrf}
      section="overview"
      live
      changes={`${href}/changes`}
    >
      <nav class="crumbs" aria-label="You are here">
        <a href="/console">Overview</a> <span aria-hidden="true">/</span> {project.title}{" "}
        <span aria-hidden="true">/</span> <a href={href}>{stage.title}</a>
      </nav>
      <div class="banner">
        <h1>{task.dataTitle}</h1>
        <StateBadge state={task.state} />
        <a href={`${href}/tasks/${task.uuid}/picture`}>Show the picture</a>
        <DataUnitLinks {...{ operator, project, stage, editor }} dataHash={task.dataHash} />
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
            <MoveTo project={project} stage={stage} label="Stage to move this task to" />
          )}
        </form>
      )}
      <dl class="facts">
        <Fact name="Visit">{task.visit}</Fact>
        <Fact name="Attempts of this visit">
          {stage.agent ? `${task.attempt} of ${stage.agent.retries + 1}` : task.attempt}
        </Fact>
        <Fact name="First seen">
          <Moment at={task.enteredAt} now={now} both />
        </Fact>
        <Fact name={task.state === "pending" ? "Due" : "Ended"}>
          {task.state === "pending" ? (
            <Moment at={task.due} now={now} both />
          ) : task.finishedAt === null ? (
            "not yet"
          ) : (
            <Moment at={task.finishedAt} now={now} both />
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
          {shown.toReversed().map((attempt, i) => (
            <Attempt attempt={attempt} now={now} newest={i === 0} />
          ))}
        </ol>
      )}
      {older > 0 && (
        <nav class="pages" aria-label="Older attempts">
          <a href="?attempts=all">Show {number(older)} older</a>
        </nav>
      )}
    </Page>
  );
}
