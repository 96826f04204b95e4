/** The playground: which agent, on what; then what each would do, and the picture with the labels as they would be. */

import type { LabelChange } from "../../dry-run/label-changes.ts";
import type { Operator } from "../operator.ts";
import { Picture } from "../parts/data-unit.tsx";
import { bytes, duration } from "../parts/moment.tsx";
import { Csrf, Empty, Page, Scroll } from "../parts/page.tsx";
import { number } from "../parts/state.tsx";
import type { AgentChoice, Trial } from "../trial-runner.ts";
import { Fact } from "./overview-page.tsx";

/** The fields of the form as they were filled in. */
export interface PlaygroundWish {
  readonly agent: string;
  readonly other: string;
  readonly unit: string;
  readonly frame: string;
}

/** A task that could be tried. */
export interface Suggestion {
  /** `<project hash>/<data hash>`. */
  readonly unit: string;
  readonly label: string;
}

export interface PlaygroundPageProps {
  readonly operator: Operator;
  readonly csrf: string;
  readonly choices: readonly AgentChoice[];
  readonly suggestions: readonly Suggestion[];
  readonly wish: PlaygroundWish;
  /** What is wrong with the wish. */
  readonly problem: string | null;
  /** Of one agent, or two to compare; none before the form was sent. */
  readonly trials: readonly Trial[];
}

const SHOWN_CHANGES = 100;
const SHOWN_WRITES = 20;

export function PlaygroundPage(props: PlaygroundPageProps) {
  const { operator, csrf, choices, suggestions, wish, problem, trials } = props;
  return (
    <Page title="Playground" operator={operator} csrf={csrf} section="playground">
      <h1>Playground</h1>
      <p class="quiet">
        Runs an agent on a data unit as it would run there, and writes nothing at Encord. What the agent
        itself sends elsewhere, to a model for instance, is sent.
      </p>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {operator.role !== "operator" ? (
        <Empty>You may look, but not run agents.</Empty>
      ) : choices.length === 0 ? (
        <Empty>This deployment has no agents.</Empty>
      ) : (
        <form method="post" action="/console/playground" class="trial-form">
          <Csrf token={csrf} />
          <div class="wide">
            <label for="unit">
              Data unit: a task, its address in the Label Editor, or <code>project hash/data hash</code>
            </label>
            <input id="unit" name="unit" list="tasks" required value={wish.unit} autocomplete="off" />
            <datalist id="tasks">
              {suggestions.map(({ unit, label }) => (
                <option value={unit}>{label}</option>
              ))}
            </datalist>
          </div>
          <div>
            <label for="agent">Agent</label>
            <select id="agent" name="agent">
              <Choices choices={choices} chosen={wish.agent} />
            </select>
          </div>
          <div>
            <label for="other">Compare with</label>
            <select id="other" name="other">
              <option value="">none</option>
              <Choices choices={choices} chosen={wish.other} />
            </select>
          </div>
          <div>
            <label for="frame">Frame</label>
            <input
              id="frame"
              name="frame"
              type="number"
              min="0"
              max="999999999"
              placeholder="0"
              value={wish.frame}
            />
          </div>
          <button type="submit" class="primary">
            Dry run
          </button>
        </form>
      )}
      {trials.length > 0 && (
        <section aria-labelledby="results">
          <h2 id="results">What would happen</h2>
          <div class={trials.length > 1 ? "trials" : ""}>
            {trials.map((trial, i) => (
              <TrialCard trial={trial} id={`trial-${i + 1}`} />
            ))}
          </div>
        </section>
      )}
    </Page>
  );
}

function Choices({ choices, chosen }: { choices: readonly AgentChoice[]; chosen: string }) {
  const group = (label: string, members: readonly AgentChoice[]) =>
    members.length > 0 && (
      <optgroup label={label}>
        {members.map(({ key, agent }) => (
          <option value={key} selected={key === chosen}>
            {agent.name}
          </option>
        ))}
      </optgroup>
    );
  return (
    <>
      {group(
        "Task agents",
        choices.filter(({ as }) => as === "stage"),
      )}
      {group(
        "Editor agents",
        choices.filter(({ as }) => as !== "stage"),
      )}
    </>
  );
}

const CALLED: Readonly<Record<AgentChoice["as"], string>> = {
  stage: "on a task of its stage",
  editor: "as the Label Editor calls it",
  node: "as a Workflow node calls it",
};

function TrialCard({ trial, id }: { trial: Trial; id: string }) {
  const { choice, result, error, picture } = trial;
  const labels = result?.labels ?? [];
  const writes = result?.writes ?? [];
  return (
    <article class="card" aria-labelledby={id} id={`${id}-card`}>
      <div class="card-head">
        <div>
          <h3 id={id}>{choice.agent.name}</h3>
          <span class="quiet">{CALLED[choice.as]}</span>
        </div>
        <Verdict trial={trial} />
      </div>
      {error !== null && <p class="problem">{error}</p>}
      {result?.skipped && <p class="notice">{result.skipped}</p>}
      {result?.message && <p class="notice">{result.message}</p>}
      {result && (
        <dl class="facts">
          {choice.as === "stage" ? (
            <Fact name="Pathway">{result.pathway ?? <span class="quiet">none: it stays</span>}</Fact>
          ) : (
            <Fact name="Decision">{result.decision ?? <span class="quiet">none</span>}</Fact>
          )}
          {result.priority !== null && <Fact name="Priority">{result.priority}</Fact>}
          <Fact name="Agent ran">{duration(result.effort.runMs)}</Fact>
          <Fact name="Media fetched">{bytes(result.effort.fetchedBytes)}</Fact>
          <Fact name="Frames decoded">{result.effort.decodedFrames}</Fact>
        </dl>
      )}
      {picture && (
        <Picture picture={picture} alt={`The frame with the labels that ${choice.agent.name} would leave`} />
      )}
      {result && labels.length === 0 && <p class="quiet">It would save no labels.</p>}
      {labels.map(({ dataTitle, changes }, i) => (
        <Changes title={dataTitle} changes={changes} id={`${id}-labels-${i + 1}`} />
      ))}
      {writes.length > 0 && (
        <details>
          <summary>
            {writes.length === 1 ? "1 write was" : `${number(writes.length)} writes were`} withheld
          </summary>
          <ul>
            {writes.slice(0, SHOWN_WRITES).map(({ request }) => (
              <li>
                <code>{request}</code>
              </li>
            ))}
            {writes.length > SHOWN_WRITES && <li>and {number(writes.length - SHOWN_WRITES)} more</li>}
          </ul>
        </details>
      )}
    </article>
  );
}

function Verdict({ trial: { result, error } }: { trial: Trial }) {
  if (error !== null) return <span class="badge is-failed">Fails</span>;
  if (result?.skipped) return <span class="badge is-canceled">Leaves it alone</span>;
  return <span class="badge is-succeeded">{result?.pathway ?? result?.decision ?? "Runs"}</span>;
}

function Changes({ title, changes, id }: { title: string; changes: readonly LabelChange[]; id: string }) {
  return (
    <>
      <h4 id={id}>Labels of {title}</h4>
      {changes.length === 0 ? (
        <p class="quiet">It would save them as they are.</p>
      ) : (
        <Scroll labelledBy={id}>
          <table>
            <thead>
              <tr>
                <th scope="col">Change</th>
                <th scope="col">Label</th>
                <th scope="col">Frames</th>
                <th scope="col">Answers</th>
              </tr>
            </thead>
            <tbody>
              {changes.slice(0, SHOWN_CHANGES).map(({ change, kind, name, frames, answers, confidence }) => (
                <tr>
                  <td>{change}</td>
                  <td>
                    <b>{name}</b>
                    <div class="quiet">
                      {kind}
                      {confidence !== null && confidence < 1 && `, confidence ${confidence.toFixed(2)}`}
                    </div>
                  </td>
                  <td>
                    {frames.map(([from, to]) => (from === to ? from : `${from} to ${to}`)).join(", ") ||
                      "all"}
                  </td>
                  <td>
                    {Object.entries(answers).map(([question, answer]) => (
                      <div>
                        {question}: {typeof answer === "object" ? answer.join(", ") : answer}
                      </div>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {changes.length > SHOWN_CHANGES && (
        <p class="quiet">and {number(changes.length - SHOWN_CHANGES)} more</p>
      )}
    </>
  );
}
