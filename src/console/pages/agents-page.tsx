/** The agents of this deployment: what to enter in Encord, a test of each editor agent, and its last calls. */

import type { AgentSet } from "../../agent/agent-set.ts";
import type { EditorAgent } from "../../agent/editor-agent.ts";
import type { Operator } from "../operator.ts";
import type { AgentCall, LoggedAction } from "../operator-log.ts";
import { Fact } from "../parts/fact.tsx";
import { duration, Moment } from "../parts/moment.tsx";
import { Csrf, Empty, Page, Scroll } from "../parts/page.tsx";
import { ResultNote } from "../parts/result-note.tsx";

export interface AgentsPageProps {
  readonly operator: Operator;
  readonly csrf: string;
  readonly now: number;
  readonly origin: string;
  readonly agents: AgentSet;
  readonly calls: readonly AgentCall[];
  readonly signed: boolean;
  readonly result: LoggedAction | null;
}

const SHOWN_CALLS = 5;

export function AgentsPage({ operator, csrf, now, origin, agents, calls, signed, result }: AgentsPageProps) {
  return (
    <Page title="Agents" operator={operator} csrf={csrf} section="agents" live>
      <h1>Agents</h1>
      {result && <ResultNote action={result} progress={null} />}
      <h2 id="editor-agents">Editor agents</h2>
      <p class="quiet">
        Called from the Label Editor or a Workflow node. Enter the URL in Encord under Agents,{" "}
        <i>Custom agent</i>.
        {!signed && " Calls are not signed: set ENCORD_WEBHOOK_SECRET to tell Encord's servers from others."}
      </p>
      {agents.editorAgents.length === 0 && (
        <Empty>
          There are none yet. <code>editorAgent(…)</code> makes one.
        </Empty>
      )}
      {agents.editorAgents.map((agent) => (
        <EditorAgentCard
          agent={agent}
          url={`${origin}/agents/${agent.name}`}
          operator={operator}
          csrf={csrf}
          now={now}
          calls={calls.filter((call) => call.agent === agent.name).slice(0, SHOWN_CALLS)}
        />
      ))}
      <h2 id="task-agents">Task agents</h2>
      {agents.taskAgents.length === 0 ? (
        <Empty>
          There are none yet. <code>taskAgent(…)</code> makes one.
        </Empty>
      ) : (
        <Scroll labelledBy="task-agents">
          <table>
            <thead>
              <tr>
                <th scope="col">Agent</th>
                <th scope="col">Stage</th>
                <th scope="col">Pathways</th>
                <th scope="col" class="amount">
                  Attempts
                </th>
                <th scope="col" class="amount">
                  Time
                </th>
                <th scope="col" class="amount">
                  Batch
                </th>
              </tr>
            </thead>
            <tbody>
              {agents.taskAgents.map((agent) => (
                <tr>
                  <td>
                    <b>{agent.name}</b>
                    {agent.description && <div class="quiet">{agent.description}</div>}
                  </td>
                  <td>{agent.stage}</td>
                  <td>{agent.pathways.join(", ") || <span class="quiet">any</span>}</td>
                  <td class="amount">{agent.retries + 1}</td>
                  <td class="amount">{duration(agent.timeoutMs)}</td>
                  <td class="amount">{agent.batchSize}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Page>
  );
}

interface CardProps extends Pick<AgentsPageProps, "operator" | "csrf" | "now" | "calls"> {
  readonly agent: EditorAgent;
  readonly url: string;
}

function EditorAgentCard({ agent, url, operator, csrf, now, calls }: CardProps) {
  const id = `agent-${agent.name}`;
  return (
    <article class="card" id={id} aria-labelledby={`${id}-title`}>
      <div class="card-head">
        <div>
          <h3 id={`${id}-title`}>{agent.name}</h3>
          {agent.description && <span class="quiet">{agent.description}</span>}
        </div>
        {operator.role === "operator" && (
          <form method="post" action={`/console/agents/${agent.name}/test`}>
            <Csrf token={csrf} />
            <button type="submit" aria-label={`Test ${agent.name}`}>
              Test
            </button>
          </form>
        )}
      </div>
      <div class="copy">
        <input readonly value={url} aria-label={`URL of ${agent.name}`} id={`${id}-url`} />
        <button type="button" data-copy={`${id}-url`} hidden>
          Copy
        </button>
      </div>
      <dl class="facts">
        <Fact name="Decisions to enter">
          {agent.decisions.length === 0 ? (
            <span class="quiet">none declared</span>
          ) : (
            agent.decisions.map((decision) => <code>{decision}</code>)
          )}
        </Fact>
        <Fact name="Calls">
          {agent.signature === "required" ? "signed ones only" : "from the editor, and signed ones"}
        </Fact>
        <Fact name="Time">{duration(agent.timeoutMs)}</Fact>
      </dl>
      {operator.role === "operator" && (
        <details id={`${id}-call`}>
          <summary>Call it on a data unit</summary>
          <form method="post" action={`/console/agents/${agent.name}/call`} class="call">
            <Csrf token={csrf} />
            <label for={`${id}-address`}>
              Address of the data unit in the Label Editor, or <code>project hash/data hash/frame</code>
            </label>
            <input
              id={`${id}-address`}
              name="address"
              required
              placeholder="https://app.encord.com/label_editor/…"
            />
            <button type="submit">Call …</button>
          </form>
        </details>
      )}
      {calls.length > 0 && (
        <table class="calls">
          <caption>Last calls</caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Status</th>
              <th scope="col" class="amount">
                Time
              </th>
              <th scope="col">Data unit, frame</th>
            </tr>
          </thead>
          <tbody>
            {calls.map((call) => (
              <tr>
                <td>
                  <Moment at={call.at} now={now} />
                </td>
                <td>
                  <span class={`badge ${call.status < 400 ? "is-succeeded" : "is-failed"}`}>
                    {call.status}
                  </span>
                </td>
                <td class="amount">{duration(call.ms)}</td>
                <td>
                  <code class="hash">{call.dataHash}</code>, {call.frame}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </article>
  );
}
