/** The playground: which agents to try, with which settings, on what; then what each would do, and the picture with its labels. */

import type { Variable } from "../../agent/variable.ts";
import type { Child } from "../jsx-runtime.ts";
import type { Operator } from "../operator.ts";
import { Csrf, Empty, Page } from "../parts/page.tsx";
import { TrialCard } from "../parts/trial-card.tsx";
import {
  type PlaygroundForm,
  type PlaygroundSide,
  type Problems,
  variableField,
} from "../playground-form.ts";
import { type AgentChoice, deployedValue, type Trial } from "../trial-runner.ts";

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
  readonly filled: PlaygroundForm;
  /** What is wrong with the form, field by field. */
  readonly problems: Problems;
  /** One run, or two to compare; none before the form is sent. */
  readonly trials: readonly Trial[];
}

/** A variable with a longer fallback gets a field of several lines. */
const LONG_TEXT = 60;

const PLACES = ["first run", "second run"];

export function PlaygroundPage(props: PlaygroundPageProps) {
  const { operator, csrf, choices, problems, trials } = props;
  return (
    <Page title="Playground" operator={operator} csrf={csrf} section="playground">
      <h1>Playground</h1>
      <p class="quiet">
        Runs an agent on a data unit as it would run there, and writes nothing to Encord. What the agent
        itself sends elsewhere, to a model for instance, is really sent.
      </p>
      {problems.size > 0 && (
        <p class="problem" role="alert">
          Nothing was run: {problems.size === 1 ? "one field needs" : `${problems.size} fields need`} another
          value.
        </p>
      )}
      {operator.role !== "operator" ? (
        <Empty>You may look, but not run agents.</Empty>
      ) : choices.length === 0 ? (
        <Empty>This deployment has no agents.</Empty>
      ) : (
        <TrialForm {...props} />
      )}
      {trials.length > 0 && (
        <section aria-labelledby="results">
          <h2 id="results">What would happen</h2>
          <div class={trials.length > 1 ? "trials" : ""}>
            {trials.map((trial, i) => (
              <TrialCard
                trial={trial}
                id={`trial-${i + 1}`}
                place={trials.length > 1 ? (PLACES[i] ?? "") : ""}
              />
            ))}
          </div>
        </section>
      )}
    </Page>
  );
}

function TrialForm({ csrf, choices, suggestions, filled, problems }: PlaygroundPageProps) {
  const [first, second] = filled.sides;
  return (
    <form method="post" action="/console/playground" class="trial-form" id="trial-form">
      <Csrf token={csrf} />
      <div class="wide">
        <label for="unit">
          Data unit: a task, its address in the Label Editor, or <code>project hash/data hash</code>
        </label>
        <input
          id="unit"
          name="unit"
          list="tasks"
          required
          value={filled.unit}
          autocomplete="off"
          {...checked("unit", problems)}
        />
        <Wrong field="unit" problems={problems} />
        <datalist id="tasks">
          {suggestions.map(({ unit, label }) => (
            <option value={unit}>{label}</option>
          ))}
        </datalist>
      </div>
      <Side side={first} label="Agent" choices={choices} problems={problems} />
      <Side side={second} label="Compare with" choices={choices} problems={problems}>
        <option value="">none</option>
      </Side>
      <div class="wide run">
        <div>
          <label for="frame">Frame</label>
          <input
            id="frame"
            name="frame"
            inputmode="numeric"
            autocomplete="off"
            value={filled.frame}
            {...checked("frame", problems)}
          />
          <Wrong field="frame" problems={problems} />
        </div>
        <label class="tick-label">
          <input type="checkbox" name="withoutLabels" value="1" checked={filled.withoutLabels} /> Begin
          without labels
        </label>
        <button type="submit" class="primary">
          Dry run
        </button>
        <noscript>
          <button type="submit" name="settings" value="1" formnovalidate>
            Show the settings
          </button>
        </noscript>
      </div>
    </form>
  );
}

interface SideProps {
  readonly side: PlaygroundSide;
  readonly label: string;
  readonly choices: readonly AgentChoice[];
  readonly problems: Problems;
  /** What can be chosen besides the agents. */
  readonly children?: Child;
}

/** One column: the agent, and a field for each of its variables. */
function Side({ side, label, choices, problems, children }: SideProps) {
  const { field, key, choice, values } = side;
  return (
    <div id={`side-${field}`}>
      <label for={field}>{label}</label>
      <select id={field} name={field} data-renews="" {...checked(field, problems)}>
        {children}
        <Choices choices={choices} chosen={key} />
      </select>
      <Wrong field={field} problems={problems} />
      {choice && choice.variables.length > 0 && (
        <fieldset class="settings" data-key={`${field} ${key}`}>
          <legend>
            Settings of {choice.agent.name}
            <span class="quiet">{field === "other" && ", second run"}; blank: as deployed</span>
          </legend>
          {choice.variables.map((variable) => (
            <Setting
              variable={variable}
              field={variableField(field, variable.name)}
              value={values[variable.name] ?? ""}
              problems={problems}
            />
          ))}
        </fieldset>
      )}
    </div>
  );
}

interface SettingProps {
  readonly variable: Variable;
  readonly field: string;
  readonly value: string;
  readonly problems: Problems;
}

function Setting({ variable, field, value, problems }: SettingProps) {
  const { name, description, fallback } = variable;
  const deployed = deployedValue(variable);
  const options = typeof fallback === "boolean" ? ["true", "false"] : variable.choices;
  const common = { id: field, name: field, ...checked(field, problems, `${field}-about`) };
  return (
    <div>
      <label for={field}>
        <code>{name}</code>
      </label>
      {options.length > 0 ? (
        <select {...common}>
          <option value="">as deployed</option>
          {options.map((option) => (
            <option value={option} selected={option === value}>
              {option}
            </option>
          ))}
        </select>
      ) : typeof fallback === "string" && fallback.length > LONG_TEXT ? (
        <textarea {...common} rows={4}>
          {value}
        </textarea>
      ) : (
        <input
          {...common}
          value={value}
          autocomplete="off"
          inputmode={typeof fallback === "number" ? "decimal" : "text"}
        />
      )}
      <Wrong field={field} problems={problems} />
      <div class="quiet" id={`${field}-about`}>
        {description !== "" && `${description}. `}
        {deployed === null ? "The deployed value is not valid." : `Deployed: ${String(deployed) || "empty"}`}
      </div>
    </div>
  );
}

/** Attributes that tell whether a field is wrong, and which elements describe it. */
function checked(field: string, problems: Problems, about?: string) {
  const wrong = problems.has(field);
  const told = [...(wrong ? [`${field}-wrong`] : []), ...(about === undefined ? [] : [about])].join(" ");
  const [first] = problems.keys();
  return {
    ...(wrong && { "aria-invalid": true, autofocus: field === first }),
    ...(told !== "" && { "aria-describedby": told }),
  };
}

function Wrong({ field, problems }: { field: string; problems: Problems }) {
  const problem = problems.get(field);
  return (
    <>
      {problem !== undefined && (
        <p class="wrong" id={`${field}-wrong`}>
          {problem}
        </p>
      )}
    </>
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
