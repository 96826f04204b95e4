/** Every project and stage at a glance. */

import type { MinuteFigures } from "../../queue/stage-history.ts";
import type { ErrorGroup } from "../../queue/stage-overview.ts";
import type { StageStatus } from "../../queue/stage-queue.ts";
import type { Operator } from "../operator.ts";
import { Fact } from "../parts/fact.tsx";
import { Moment } from "../parts/moment.tsx";
import { Csrf, Empty, Page, Scroll } from "../parts/page.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import { LiveBadge, number, StateBar, StateCounts } from "../parts/state.tsx";
import type { DirectoryProject, DirectoryStage } from "../stage-directory.ts";

export interface StageView {
  readonly stage: DirectoryStage & { readonly agent: NonNullable<DirectoryStage["agent"]> };
  readonly href: string;
  readonly status: StageStatus;
  readonly minutes: readonly MinuteFigures[];
  readonly errors: readonly ErrorGroup[];
}

export interface OverviewProps {
  readonly operator: Operator;
  readonly csrf: string;
  readonly now: number;
  readonly projects: readonly { readonly project: DirectoryProject; readonly stages: readonly StageView[] }[];
  readonly taskAgents: number;
}

export function OverviewPage({ operator, csrf, now, projects, taskAgents }: OverviewProps) {
  return (
    <Page title="Overview" operator={operator} csrf={csrf} section="overview" live changes="/console/changes">
      <h1>Overview</h1>
      {projects.length === 0 && (
        <Empty>
          This deployment serves no project yet. Set <code>ENCORD_PROJECTS</code> to the hashes of yours.
        </Empty>
      )}
      {projects.map(({ project, stages }) => (
        <section
          class="project"
          id={`project-${project.projectHash}`}
          aria-labelledby={`title-${project.projectHash}`}
        >
          <h2 id={`title-${project.projectHash}`}>
            {project.title}{" "}
            {project.title !== project.projectHash && <code class="hash">{project.projectHash}</code>}
          </h2>
          {project.error !== null && (
            <p class="problem" role="alert">
              This project could not be read from Encord: {project.error}
            </p>
          )}
          {project.missing.map(({ agent, stage }) => (
            <p class="problem">
              The agent <b>{agent}</b> serves the stage “{stage}”, which this project's Workflow does not
              have.
            </p>
          ))}
          {stages.length === 0 && project.error === null && (
            <Empty>
              {taskAgents === 0
                ? "This deployment has no task agents; editor agents are under Agents."
                : "No stage of this project's Workflow has an agent of this deployment."}
            </Empty>
          )}
          <div class="stages">
            {stages.map((view) => (
              <StageCard view={view} operator={operator} csrf={csrf} now={now} />
            ))}
          </div>
        </section>
      ))}
      <Errors projects={projects} now={now} />
    </Page>
  );
}

function StageCard({
  view,
  operator,
  csrf,
  now,
}: {
  view: StageView;
  operator: Operator;
  csrf: string;
  now: number;
}) {
  const { stage, href, status, minutes } = view;
  return (
    <article class="card" id={`stage-${stage.uuid}`} aria-labelledby={`stage-title-${stage.uuid}`}>
      <div class="card-head">
        <div>
          <h3 id={`stage-title-${stage.uuid}`}>
            <a href={href}>{stage.title}</a>
          </h3>
          <span class="quiet">{stage.agent.name}</span>
        </div>
        <LiveBadge paused={status.paused} />
        {operator.role === "operator" && (
          <PauseForm href={href} paused={status.paused} csrf={csrf} subject={stage.title} back="/console" />
        )}
      </div>
      <StateBar counts={status.counts} />
      <StateCounts counts={status.counts} href={href} />
      <Sparkline minutes={minutes} now={now} />
      <dl class="facts">
        <StageMoments status={status} now={now} />
      </dl>
      <StageProblems status={status} />
    </article>
  );
}

/** When a stage's queue last heard of tasks, as facts. */
export function StageMoments({ status, now }: { status: StageStatus; now: number }) {
  return (
    <>
      <Fact name="Oldest waiting">
        {status.waitingSince === null ? (
          <span class="quiet">none</span>
        ) : (
          <Moment at={status.waitingSince} now={now} />
        )}
      </Fact>
      <Fact name="Last notification">
        <Moment at={status.lastNotification} now={now} />
      </Fact>
      <Fact name="Last check of Encord">
        <Moment at={status.lastPoll?.at ?? null} now={now} />
      </Fact>
    </>
  );
}

/** What keeps the queue itself from working. */
export function StageProblems({ status }: { status: StageStatus }) {
  const problems = [
    status.lastPoll?.error && `Tasks could not be read from Encord: ${status.lastPoll.error}`,
    status.lastError && `The queue met an error and goes on by itself: ${status.lastError}`,
    status.warning,
    status.identity === null && "The queue has not been woken yet; cron does that once a minute.",
  ];
  return <>{problems.map((problem) => problem && <p class="problem">{problem}</p>)}</>;
}

/** @param props.back the page to return to */
export function PauseForm({
  href,
  paused,
  csrf,
  subject,
  back,
}: {
  href: string;
  paused: boolean;
  csrf: string;
  subject: string;
  back?: string;
}) {
  return (
    <form method="post" action={`${href}/actions`}>
      <Csrf token={csrf} />
      {back && <input type="hidden" name="back" value={back} />}
      <button
        type="submit"
        name="action"
        value={paused ? "go live" : "pause"}
        class={paused ? "primary" : ""}
        aria-label={`${paused ? "Go live" : "Pause"}: ${subject}`}
      >
        {paused ? "Go live" : "Pause"}
      </button>
    </form>
  );
}

function Errors({ projects, now }: Pick<OverviewProps, "projects" | "now">) {
  const groups = projects
    .flatMap(({ stages }) => stages.flatMap((view) => view.errors.map((group) => ({ view, group }))))
    .toSorted((a, b) => b.group.tasks - a.group.tasks);
  return (
    <div class="errors">
      <h2 id="errors">Errors</h2>
      {groups.length === 0 ? (
        <Empty>No task has failed.</Empty>
      ) : (
        <Scroll labelledBy="errors">
          <table class="log">
            <thead>
              <tr>
                <th scope="col" class="amount">
                  Tasks
                </th>
                <th scope="col">What went wrong</th>
                <th scope="col">Stage</th>
                <th scope="col">Last</th>
                <th scope="col">For example</th>
              </tr>
            </thead>
            <tbody>
              {groups.map(({ view, group }) => (
                <tr>
                  <td class="amount">{number(group.tasks)}</td>
                  <td class="message">{group.message}</td>
                  <td>
                    <a href={`${view.href}?state=failed`}>{view.stage.title}</a>
                  </td>
                  <td>
                    <Moment at={group.lastAt} now={now} />
                  </td>
                  <td>
                    <a href={`${view.href}/tasks/${group.example.uuid}`}>{group.example.dataTitle}</a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </div>
  );
}
