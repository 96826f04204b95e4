/**
 * Who did what, and when: every action of an operator, the newest first. The page does not refresh by itself, because a new entry on top
 * would push away what somebody is reading.
 */

import type { Operator } from "../operator.ts";
import type { LoggedAction } from "../operator-log.ts";
import { Moment } from "../parts/moment.tsx";
import { Empty, Page, Scroll } from "../parts/page.tsx";
import { describeResult } from "../parts/result-note.tsx";
import { number } from "../parts/state.tsx";

export interface AuditPageProps {
  readonly operator: Operator;
  readonly csrf: string;
  readonly now: number;
  readonly actions: readonly LoggedAction[];
  /** The id before which the next page begins; null: there are no more. */
  readonly next: number | null;
  readonly isFirst: boolean;
}

export function AuditPage({ operator, csrf, now, actions, next, isFirst }: AuditPageProps) {
  return (
    <Page title="Audit" operator={operator} csrf={csrf} section="audit">
      <h1 id="audit">Audit</h1>
      <p class="quiet">
        Every action of an operator, through the console or the API, recorded before it was done.
      </p>
      {actions.length === 0 ? (
        <Empty>Nobody has done anything yet.</Empty>
      ) : (
        <Scroll labelledBy="audit">
          <table class="log">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Who</th>
                <th scope="col">What</th>
                <th scope="col">To what</th>
                <th scope="col">Result</th>
              </tr>
            </thead>
            <tbody>
              {actions.map((action) => (
                <tr data-key={String(action.id)}>
                  <td>
                    <Moment at={action.at} now={now} both />
                  </td>
                  <td>
                    {action.who}
                    <div class="quiet">by {action.by}</div>
                  </td>
                  <td>
                    <b>{action.kind}</b>
                  </td>
                  <td>
                    <Subject action={action} />
                  </td>
                  <td class="message">{describeResult(action)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <nav class="pages" aria-label="Pages of actions">
        {!isFirst && <a href="/console/audit">Newest</a>}
        {next !== null && <a href={`/console/audit?before=${next}`}>Older</a>}
      </nav>
    </Page>
  );
}

function Subject({ action }: { action: LoggedAction }) {
  const { subject, projectHash, stageUuid, tasks, taskCount } = action;
  const href = projectHash && stageUuid ? `/console/stages/${projectHash}/${stageUuid}` : null;
  const only = tasks !== undefined && tasks !== "all" && tasks.length === 1 ? tasks[0] : null;
  return (
    <>
      {href ? <a href={href}>{subject ?? stageUuid}</a> : subject}
      {tasks === "all" && <div class="quiet">all tasks that it applied to</div>}
      {only && href && (
        <div>
          <a href={`${href}/tasks/${only}`}>1 task</a>
        </div>
      )}
      {tasks !== undefined && tasks !== "all" && !only && (
        <div class="quiet">{number(taskCount ?? tasks.length)} tasks</div>
      )}
    </>
  );
}
