/**
 * `/console/playground`: tries an agent, or two side by side, on a data unit, without writing. Only operators: an agent runs, and
 * may ask others than Encord. A trial is an action like the others, and stands in the audit list.
 */

import type { Context } from "hono";
import type { AgentSet } from "../agent/agent-set.ts";
import { WebApp } from "../http/web-app.ts";
import { stageQueue } from "../queue/loopback.ts";
import { servedProjects } from "../queue/served-stages.ts";
import { readDataUnit, readFrame } from "./data-unit-address.ts";
import { type ConsoleEnvironment, html } from "./entrance.tsx";
import { operatorLog } from "./operator-log.ts";
import { PlaygroundPage, type PlaygroundWish, type Suggestion } from "./pages/playground-page.tsx";
import { duration } from "./parts/moment.tsx";
import type { StageDirectory } from "./stage-directory.ts";
import type { AgentChoice, Trial, TrialRunner } from "./trial-runner.ts";

/** Tasks that are suggested: of so many stages, so many of each. */
const SUGGESTED_STAGES = 10;
const SUGGESTED_TASKS = 20;

export function playground(
  agents: AgentSet,
  directory: StageDirectory,
  runner: TrialRunner,
): WebApp<ConsoleEnvironment> {
  const app = new WebApp<ConsoleEnvironment>();

  app.get("/", async (c) => {
    const field = (name: string) => c.req.query(name) ?? "";
    const wish = {
      agent: field("agent"),
      other: field("other"),
      unit: field("unit"),
      frame: field("frame"),
    };
    return show(c, wish, { problem: null, trials: [] });
  });

  app.post("/", async (c) => {
    const { form, operator, log } = c.var;
    const settings = c.var.settings();
    const field = (name: string) => form.get(name)?.trim() ?? "";
    const wish = {
      agent: field("agent"),
      other: field("other"),
      unit: field("unit"),
      frame: field("frame"),
    };
    const refused = (problem: string) => show(c, wish, { problem, trials: [] }, 400);

    const chosen = [wish.agent, wish.other]
      .filter((key, i) => i === 0 || key !== "")
      .map((key) => runner.choices.find((each) => each.key === key));
    if (!chosen.every((each): each is AgentChoice => each !== undefined)) {
      return refused("Choose an agent of this deployment.");
    }
    const projects = servedProjects(settings, agents);
    const address = readDataUnit(wish.unit, projects.length === 1 ? projects[0] : undefined);
    if (address === null) {
      return refused(
        "This names no data unit. Choose a task, or give the data unit's address in the Label Editor, or project hash/data hash.",
      );
    }
    if (!projects.includes(address.projectHash)) {
      return refused(`This deployment does not serve the project ${address.projectHash}.`);
    }
    if (wish.frame !== "" && readFrame(wish.frame) === undefined) {
      return refused("A frame is a whole number, 0 or more.");
    }
    const unit = { ...address, frame: readFrame(wish.frame) ?? address.frame };

    const trials: Trial[] = [];
    // One after the other: the memory for two pictures at once may not be there.
    for (const each of chosen) {
      const actions = operatorLog(c.executionCtx);
      const subject = `${each.agent.name} on ${unit.dataHash}`;
      const id = await actions.begin({ who: operator.name, by: operator.by, kind: "dry run", subject });
      const trial = await runner.run(settings, log, each, unit);
      await actions.end(id, { ok: trial.error === null, note: noteOf(trial) });
      trials.push(trial);
    }
    return show(c, wish, { problem: null, trials });
  });

  async function show(
    c: Context<ConsoleEnvironment>,
    wish: PlaygroundWish,
    outcome: { readonly problem: string | null; readonly trials: readonly Trial[] },
    status: 200 | 400 = 200,
  ): Promise<Response> {
    const { operator, csrf } = c.var;
    const suggestions = operator.role === "operator" ? await suggested(c) : [];
    const { choices } = runner;
    return html(
      c,
      <PlaygroundPage {...{ operator, csrf, choices, suggestions, wish, ...outcome }} />,
      status,
    );
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

function noteOf({ result, error }: Trial): string {
  if (error !== null || result === null) return `Nothing was written. It failed: ${error}`;
  const outcome = result.skipped ?? result.pathway ?? result.decision ?? result.message ?? "no outcome";
  return `Nothing was written. It ran ${duration(result.effort.runMs)}: ${outcome}`;
}
