/** One stage: its tasks, with filter, search, pages and selection, and the actions on them. Works without JavaScript. */

import type { MinuteFigures } from "../../queue/stage-history.ts";
import type { StageStatus } from "../../queue/stage-queue.ts";
import type { TaskRow } from "../../queue/stage-rows.ts";
import { TASK_STATES, type TaskState } from "../../queue/task-state.ts";
import type { Operator } from "../operator.ts";
import type { LoggedAction } from "../operator-log.ts";
import { Fact } from "../parts/fact.tsx";
import { duration, Moment } from "../parts/moment.tsx";
import { MoveTo } from "../parts/move-to.tsx";
import { Csrf, Empty, Page, Scroll } from "../parts/page.tsx";
import { type ActionProgress, ResultNote } from "../parts/result-note.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import { LiveBadge, number, STATE_NAMES, StateBadge, StateBar } from "../parts/state.tsx";
import type { DirectoryProject, DirectoryStage } from "../stage-directory.ts";
import { PauseForm, StageMoments, StageProblems } from "./overview-page.tsx";

export interface TaskTable {
  readonly state: TaskState | undefined;
  readonly search: string;
  /** Where the next page begins; null if there is none. */
  readonly next: string | null;
  readonly isFirst: boolean;
  readonly tasks: readonly TaskRow[];
}

export interface StagePageProps {
  readonly operator: Operator;
  readonly csrf: string;
  readonly now: number;
  readonly project: DirectoryProject;
  readonly stage: DirectoryStage & { readonly agent: NonNullable<DirectoryStage["agent"]> };
  readonly href: string;
  readonly status: StageStatus;
  readonly minutes: readonly MinuteFigures[];
  readonly table: TaskTable;
  readonly result: { readonly action: LoggedAction; readonly progress: ActionProgress | null } | null;
}

export function StagePage(props: StagePageProps) {
  const { operator, csrf, now, project, stage, href, status, minutes, table, result } = props;
  const acts = operator.role === "operator";
  return (
    <Page
      title={stage.title}
      operator={operator}
      csrf={csrf}
      section="overview"
      live
      changes={`${href}/changes`}
    >
      <nav class="crumbs" aria-label="You are here">
        <a href="/console">Overview</a> <span aria-hidden="true">/</span> {project.title}
      </nav>
      <div class="banner" id="banner">
        <h1>{stage.title}</h1>
        <LiveBadge paused={status.paused} />
        {acts && <PauseForm href={href} paused={status.paused} csrf={csrf} subject={stage.title} />}
      </div>
      <p class="quiet">
        Agent <b>{stage.agent.name}</b>
        {stage.agent.description && `: ${stage.agent.description}`}
      </p>
      {status.paused && (
        <p class="notice">Paused: no task starts by itself. Run pending tasks one by one below.</p>
      )}
      {result && <ResultNote {...result} />}
      <StageProblems status={status} />
      <div class="split">
        <div>
          <StateBar counts={status.counts} />
          <Sparkline minutes={minutes} now={now} />
        </div>
        <dl class="facts">
          <StageMoments status={status} now={now} />
          <Fact name="Each task">
            at most {stage.agent.retries + 1} attempts of {duration(stage.agent.timeoutMs)}
          </Fact>
          <Fact name="Batch">up to {stage.agent.batchSize} tasks</Fact>
        </dl>
      </div>
      <h2 id="tasks">Tasks</h2>
      <Filters href={href} status={status} table={table} />
      <form method="post" action={`${href}/actions`} id="task-form">
        <Csrf token={csrf} />
        <input type="hidden" name="back" value={addressOf(href, table)} />
        {acts && <Toolbar status={status} project={project} stage={stage} />}
        {table.tasks.length === 0 ? (
          <Empty>
            {table.state !== undefined || table.search !== ""
              ? "No task matches this filter."
              : "No task has arrived here yet. Tasks appear when Encord announces them, or within a minute."}
          </Empty>
        ) : (
          <Rows table={table} href={href} now={now} acts={acts} />
        )}
      </form>
      <nav class="pages" aria-label="Pages of tasks">
        {!table.isFirst && <a href={addressOf(href, table)}>First page</a>}
        {table.next !== null && (
          <a href={addressOf(href, table, table.next)} rel="next">
            Next page
          </a>
        )}
      </nav>
    </Page>
  );
}

function Filters({ href, status, table }: Pick<StagePageProps, "href" | "status" | "table">) {
  const total = TASK_STATES.reduce((sum, state) => sum + status.counts[state], 0);
  const link = (state: TaskState | undefined, label: string, count: number) => (
    <a
      href={addressOf(href, { state, search: table.search })}
      aria-current={table.state === state ? "true" : undefined}
    >
      {label} <span class="count">{number(count)}</span>
    </a>
  );
  return (
    <div class="filters">
      <nav class="tabs" aria-label="Filter by state">
        {link(undefined, "All", total)}
        {TASK_STATES.map((state) => link(state, STATE_NAMES[state], status.counts[state]))}
      </nav>
      <search>
        <form method="get" action={href}>
          {table.state && <input type="hidden" name="state" value={table.state} />}
          <input
            type="search"
            name="search"
            value={table.search}
            placeholder="Title or data hash"
            aria-label="Search tasks by title or data hash"
          />
          <button type="submit">Search</button>
        </form>
      </search>
    </div>
  );
}

function Toolbar({ status, project, stage }: Pick<StagePageProps, "status" | "project" | "stage">) {
  const { counts } = status;
  const bulk = [
    ["run all", "Run all pending", counts.pending],
    ["retry all", "Retry all failed", counts.failed + counts.timedOut],
    ["cancel all", "Cancel all unfinished", counts.pending + counts.dispatched + counts.running],
  ] as const;
  return (
    <fieldset class="toolbar" aria-label="Actions on tasks">
      <span class="selected" id="selected-count" data-keep aria-live="polite">
        Selected tasks:
      </span>
      <button type="submit" name="action" value="run">
        Run
      </button>
      <button type="submit" name="action" value="retry">
        Retry
      </button>
      <button type="submit" name="action" value="cancel">
        Cancel …
      </button>
      <MoveTo project={project} stage={stage} label="Stage to move the selected tasks to" />
      <span class="break" />
      {bulk.map(([action, label, count]) => (
        <button type="submit" name="action" value={action} disabled={count === 0}>
          {label} ({number(count)}){action === "cancel all" && " …"}
        </button>
      ))}
    </fieldset>
  );
}

function Rows({ table, href, now, acts }: { table: TaskTable; href: string; now: number; acts: boolean }) {
  return (
    <Scroll labelledBy="tasks">
      <table class="tasks">
        <thead>
          <tr>
            {acts && (
              <th scope="col" class="tick">
                <input type="checkbox" id="select-all" aria-label="Select all tasks of this page" hidden />
              </th>
            )}
            <th scope="col" class="title">
              Data unit
            </th>
            <th scope="col" class="state">
              State
            </th>
            <th scope="col" class="amount">
              Attempts
            </th>
            <th scope="col">What happened</th>
            <th scope="col" class="when">
              When
            </th>
          </tr>
        </thead>
        <tbody>
          {table.tasks.map((task) => (
            <tr key={task.uuid} data-key={task.uuid}>
              {acts && (
                <td class="tick">
                  <input
                    type="checkbox"
                    name="task"
                    value={task.uuid}
                    aria-label={`Select ${task.dataTitle}`}
                  />
                </td>
              )}
              <td class="title">
                <a href={`${href}/tasks/${task.uuid}`}>{task.dataTitle}</a>
              </td>
              <td>
                <StateBadge state={task.state} />
              </td>
              <td class="amount">{task.attempt}</td>
              <td class="message">{task.detail}</td>
              <td class="when">
                {task.finishedAt !== null ? (
                  <Moment at={task.finishedAt} now={now} />
                ) : task.state === "pending" ? (
                  <>
                    due <Moment at={task.due} now={now} />
                  </>
                ) : (
                  "now"
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function addressOf(
  href: string,
  { state, search }: Pick<TaskTable, "state" | "search">,
  after?: string,
): string {
  const query = new URLSearchParams();
  if (state !== undefined) query.set("state", state);
  if (search !== "") query.set("search", search);
  if (after !== undefined) query.set("after", after);
  return query.size === 0 ? href : `${href}?${query}`;
}
