/** The result of one trial on the playground. */

import type { LabelChange } from "../../dry-run/label-changes.ts";
import type { AgentChoice, Trial } from "../trial-runner.ts";
import { Picture } from "./data-unit.tsx";
import { Fact } from "./fact.tsx";
import { bytes, duration } from "./moment.tsx";
import { Scroll } from "./page.tsx";
import { number } from "./state.tsx";

const SHOWN_CHANGES = 100;
const SHOWN_WRITES = 20;

const CALLED: Readonly<Record<AgentChoice["as"], string>> = {
  stage: "on a task of its stage",
  editor: "as the Label Editor calls it",
  node: "as a Workflow node calls it",
};

interface TrialCardProps {
  readonly trial: Trial;
  readonly id: string;
  /** "first run" or "second run"; empty if there is only one. */
  readonly place: string;
}

/** What one agent would do: its verdict, cost, settings, labels, and the picture as it would be. */
export function TrialCard({ trial, id, place }: TrialCardProps) {
  const { choice, withoutLabels, variables, result, error, picture } = trial;
  const labels = result?.labels ?? [];
  const writes = result?.writes ?? [];
  return (
    <article class="card" aria-labelledby={id} id={`${id}-card`}>
      <div class="card-head">
        <div>
          <h3 id={id}>
            {choice.agent.name}
            {place !== "" && <span class="quiet">, {place}</span>}
          </h3>
          <span class="quiet">
            {CALLED[choice.as]}
            {withoutLabels && ", as if it had no labels"}
          </span>
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
      {variables.length > 0 && <Variables variables={variables} id={`${id}-settings`} />}
      {picture && (
        <Picture
          picture={picture}
          alt={`The frame with the labels that ${[choice.agent.name, place].filter(Boolean).join(", ")} would leave`}
        />
      )}
      {result && labels.length === 0 && <p class="quiet">It would save no labels.</p>}
      {labels.map(({ dataTitle, changes }, i) => (
        <Changes title={dataTitle} changes={changes} id={`${id}-labels-${i + 1}`} trial={id} />
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

function Variables({ variables, id }: { variables: Trial["variables"]; id: string }) {
  return (
    <>
      <h4 id={id}>Settings</h4>
      <dl class="facts tried" aria-labelledby={id}>
        {variables.map(({ name, value, deployed }) => (
          <Fact name={name}>
            {value === deployed ? (
              String(value)
            ) : (
              <>
                <b>{String(value)}</b> <span class="quiet">deployed: {String(deployed ?? "not valid")}</span>
              </>
            )}
          </Fact>
        ))}
      </dl>
    </>
  );
}

function Verdict({ trial: { result, error } }: { trial: Trial }) {
  if (error !== null) return <span class="badge is-failed">Fails</span>;
  if (result?.skipped) return <span class="badge is-canceled">Skips it</span>;
  return <span class="badge is-succeeded">{result?.pathway ?? result?.decision ?? "Runs"}</span>;
}

interface ChangesProps {
  readonly title: string;
  readonly changes: readonly LabelChange[];
  readonly id: string;
  /** Id of the trial's heading. */
  readonly trial: string;
}

function Changes({ title, changes, id, trial }: ChangesProps) {
  return (
    <>
      <h4 id={id}>Labels of {title}</h4>
      {changes.length === 0 ? (
        <p class="quiet">It would save them as they are.</p>
      ) : (
        <Scroll labelledBy={`${id} ${trial}`}>
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
