/**
 * `/console/playground`: tries an agent, or two (or two settings of one) side by side, on a data unit, without writing. Only for
 * operators, because the agent runs and may call other services. A trial is an action like any other, and is in the audit list.
 */

import type { Context } from "hono";
import type { AgentSet } from "../agent/agent-set.ts";
import { WebApp } from "../http/web-app.ts";
import { stageQueue } from "../queue/loopback.ts";
import { servedProjects } from "../queue/served-stages.ts";
import { type ConsoleEnvironment, html } from "./entrance.tsx";
import { operatorLog } from "./operator-log.ts";
import { PlaygroundPage, type Suggestion } from "./pages/playground-page.tsx";
import { duration } from "./parts/moment.tsx";
import {
  checkPlaygroundForm,
  type PlaygroundForm,
  type Problems,
  readPlaygroundForm,
} from "./playground-form.ts";
import type { StageDirectory } from "./stage-directory.ts";
import type { Trial, TrialRunner } from "./trial-runner.ts";

/** Tasks are suggested from this many stages, and this many from each. */
const SUGGESTED_STAGES = 10;
const SUGGESTED_TASKS = 20;
/** How many characters of a tried value go into the audit list: it may be a whole prompt. */
const SHOWN_VALUE = 60;

const NONE: Problems = new Map();

export function playground(
  agents: AgentSet,
  directory: StageDirectory,
  runner: TrialRunner,
): WebApp<ConsoleEnvironment> {
  const app = new WebApp<ConsoleEnvironment>();

  app.get("/", async (c) => {
    const first = { agent: runner.choices[0]?.key } as Readonly<Record<string, string | undefined>>;
    const filled = readPlaygroundForm(runner.choices, (name) => c.req.query(name) ?? first[name]);
    return show(c, filled, NONE, []);
  });

  app.post("/", async (c) => {
    const { form, operator, log } = c.var;
    const settings = c.var.settings();
    const filled = readPlaygroundForm(runner.choices, (name) => form.get(name));
    // Agents were chosen, and the fields for their settings are to be shown; nothing runs yet.
    if (form.has("settings")) return show(c, filled, NONE, []);
    const checked = checkPlaygroundForm(filled, servedProjects(settings, agents));
    if (!("runs" in checked)) return show(c, filled, checked, []);

    const { runs, unit } = checked;
    const trials: Trial[] = [];
    // One after the other: there may not be enough memory for two pictures at once.
    for (const { choice, values } of runs) {
      const actions = operatorLog(c.executionCtx);
      const subject = `${choice.agent.name} on ${unit.dataHash}`;
      const id = await actions.begin({ who: operator.name, by: operator.by, kind: "dry run", subject });
      const { withoutLabels } = filled;
      const trial = await runner.run(settings, log, choice, unit, { variables: values, withoutLabels });
      await actions.end(id, { ok: trial.error === null, note: noteOf(trial) });
      trials.push(trial);
    }
    return show(c, filled, NONE, trials);
  });

  async function show(
    c: Context<ConsoleEnvironment>,
    filled: PlaygroundForm,
    problems: Problems,
    trials: readonly Trial[],
  ): Promise<Response> {
    const { operator, csrf } = c.var;
    const suggestions = operator.role === "operator" ? await suggested(c) : [];
    const { choices } = runner;
    const props = { operator, csrf, choices, suggestions, filled, problems, trials };
    return html(c, <PlaygroundPage {...props} />, problems.size > 0 ? 400 : 200);
  }

  async function suggested(c: Context<ConsoleEnvironment>): Promise<Suggestion[]> {
    const projects = await directory.projects(c.var.settings(), c.var.log, Date.now());
    const stages = projects.flatMap(({ projectHash, stages }) =>
      stages.filter((stage) => stage.agent !== null).map((stage) => ({ projectHash, ...stage })),
    );
    const listed = stages.slice(0, SUGGESTED_STAGES).map(async ({ projectHash, uuid, title }) => {
      const { tasks } = await stageQueue(c.executionCtx, projectHash, uuid).tasks({ limit: SUGGESTED_TASKS });
      return tasks.map(({ dataHash, dataTitle }) => ({
        unit: `${projectHash}/${dataHash}`,
        label: `${dataTitle}, ${title}`,
      }));
    });
    const all = (await Promise.all(listed)).flat();
    return [...new Map(all.map((each) => [each.unit, each])).values()];
  }
  return app;
}

function noteOf({ result, error, variables, withoutLabels }: Trial): string {
  const changed = variables.filter(({ value, deployed }) => value !== deployed);
  const conditions = [
    ...changed.map(({ name, value }) => `${name} = ${String(value).slice(0, SHOWN_VALUE)}`),
    ...(withoutLabels ? ["without labels"] : []),
  ];
  const under = conditions.length > 0 ? ` (${conditions.join(", ")})` : "";
  if (error !== null || result === null) return `Nothing was written. It failed${under}: ${error}`;
  const outcome = result.skipped ?? result.pathway ?? result.decision ?? result.message ?? "no outcome";
  return `Nothing was written. It ran ${duration(result.effort.runMs)}${under}: ${outcome}`;
}
