/**
 * `/console`: the operator's pages, rendered on the Worker; they work without JavaScript. The page after an action reads the result from
 * the audit list, so that it shows what was recorded. docs/console.md says how to open the console.
 */

import type { Context } from "hono";
import type { AgentSet } from "../agent/agent-set.ts";
import { redact } from "../agent/log.ts";
import { tryToRead, uuid } from "../encord/json.ts";
import { signRequest } from "../http/signature.ts";
import { WebApp } from "../http/web-app.ts";
import { stageQueue } from "../queue/loopback.ts";
import type { StageDoor } from "../queue/stage-queue.ts";
import { TASK_STATES } from "../queue/task-state.ts";
import { SettingsError } from "../settings.ts";
import { consoleAsset } from "./assets.ts";
import { changeStream } from "./change-stream.ts";
import { editorAddress, readDataUnit, readFrame } from "./data-unit-address.ts";
import { type ConsoleEnvironment, entrance, html, pathOfOurs, refuse, withHeaders } from "./entrance.tsx";
import { type ActionKind, type LoggedAction, operatorLog } from "./operator-log.ts";
import { AgentsPage } from "./pages/agents-page.tsx";
import { AuditPage } from "./pages/audit-page.tsx";
import { ConfirmPage } from "./pages/confirm-page.tsx";
import { MessagePage, NotSetUpPage } from "./pages/entrance-pages.tsx";
import { OverviewPage, type StageView } from "./pages/overview-page.tsx";
import { PicturePage } from "./pages/picture-page.tsx";
import { StagePage } from "./pages/stage-page.tsx";
import { TaskPage } from "./pages/task-page.tsx";
import { duration } from "./parts/moment.tsx";
import type { ActionProgress } from "./parts/result-note.tsx";
import { playground } from "./playground.tsx";
import { endedSince, performStageAction } from "./stage-action.ts";
import { type DirectoryProject, StageDirectory } from "./stage-directory.ts";
import { consequences, readStageForm } from "./stage-form.ts";
import { TrialRunner } from "./trial-runner.ts";

type ConsoleContext = Context<ConsoleEnvironment>;

/** Hands a request to this Worker's own HTTP app, without the network. */
type Dispatch = (request: Request, c: Context) => Response | Promise<Response>;

const TASKS_PER_PAGE = 50;
const ACTIONS_PER_PAGE = 50;
const HOUR_MS = 3_600_000;
const NO_SUCH_TASK = "This stage's queue does not know this task.";
/** How many characters of an agent's answer go into the audit list. */
const SHOWN_ANSWER = 500;

/** The console's routes. */
export function createConsole(agents: AgentSet, dispatch: Dispatch): WebApp<ConsoleEnvironment> {
  const app = new WebApp<ConsoleEnvironment>();
  const directory = new StageDirectory(agents);
  const runner = new TrialRunner(agents);

  app.get("/assets/:file", (c) => consoleAsset(new URL(c.req.url).pathname) ?? c.notFound());
  app.use(withHeaders);
  app.use(entrance());

  app.get("/", async (c) => {
    const now = Date.now();
    const listed = await directory.projects(c.var.settings(), c.var.log, now);
    const projects = await Promise.all(
      listed.map(async (project) => ({ project, stages: await stageViews(c, project, now) })),
    );
    const { operator, csrf } = c.var;
    const taskAgents = agents.taskAgents.length;
    return html(c, <OverviewPage {...{ operator, csrf, now, projects, taskAgents }} />);
  });

  app.get("/changes", async (c) => {
    const projects = await directory.projects(c.var.settings(), c.var.log, Date.now());
    const stages = projects.flatMap(({ projectHash, stages }) =>
      stages.flatMap((stage) =>
        stage.agent === null ? [] : [stageQueue(c.executionCtx, projectHash, stage.uuid)],
      ),
    );
    return changeStream(stages);
  });

  app.get("/stages/:project/:stage/changes", async (c) => {
    const found = await findStage(c, directory);
    return found === null ? noSuchStage(c) : changeStream([found.queue]);
  });

  app.get("/stages/:project/:stage", async (c) => {
    const found = await findStage(c, directory);
    if (found === null) return noSuchStage(c);
    const { queue, href, project, stage } = found;
    const now = Date.now();
    const state = TASK_STATES.find((each) => each === c.req.query("state"));
    const search = c.req.query("search")?.trim() ?? "";
    const after = c.req.query("after") ?? "";
    const [status, minutes, page, result] = await Promise.all([
      queue.status(),
      queue.minutes(now - HOUR_MS),
      queue.tasks({
        limit: TASKS_PER_PAGE,
        after,
        ...(state === undefined ? {} : { state }),
        ...(search === "" ? {} : { search }),
      }),
      resultOf(c, stage.uuid),
    ]);
    const table = { state, search, next: page.after, isFirst: after === "", tasks: page.tasks };
    const { operator, csrf } = c.var;
    const props = { operator, csrf, now, project, stage, href, status, minutes, table, result };
    return html(c, <StagePage {...props} />);
  });

  app.get("/stages/:project/:stage/tasks/:task", async (c) => {
    const found = await findStage(c, directory);
    if (found === null) return noSuchStage(c);
    const { queue, href, project, stage } = found;
    const [task, result] = await Promise.all([
      queue.task(c.req.param("task").toLowerCase()),
      resultOf(c, stage.uuid),
    ]);
    if (task === null) return refuse(c, c.var.operator, 404, NO_SUCH_TASK, href);
    const editor = editorAddress(c.var.settings(), project.projectHash, task.dataHash);
    const { operator, csrf } = c.var;
    const allAttempts = c.req.query("attempts") === "all";
    const props = {
      operator,
      csrf,
      now: Date.now(),
      project,
      stage,
      href,
      task,
      editor,
      result,
      allAttempts,
    };
    return html(c, <TaskPage {...props} />);
  });

  app.get("/stages/:project/:stage/tasks/:task/picture", async (c) => {
    const found = await findStage(c, directory);
    if (found === null) return noSuchStage(c);
    const { queue, href, project, stage } = found;
    const task = await queue.task(c.req.param("task").toLowerCase());
    if (task === null) return refuse(c, c.var.operator, 404, NO_SUCH_TASK, href);
    // A picture costs a download and a decoder, so pages of other sites must not be able to request it.
    const site = c.req.header("sec-fetch-site") ?? "none";
    const back = `${href}/tasks/${task.uuid}`;
    if (site !== "none" && site !== "same-origin") {
      return refuse(c, c.var.operator, 403, "Open the picture from a page of the console.", back);
    }
    const frame = readFrame(c.req.query("frame")) ?? 0;
    const unit = { projectHash: project.projectHash, dataHash: task.dataHash, frame };
    const picture = await runner.currentPicture(c.var.settings(), c.var.log, unit);
    const { operator, csrf } = c.var;
    const editor = editorAddress(c.var.settings(), unit.projectHash, unit.dataHash);
    const props = { operator, csrf, project, stage, href, task, frame, picture, editor };
    return html(c, <PicturePage {...props} />);
  });

  app.post("/stages/:project/:stage/actions", async (c) => {
    const found = await findStage(c, directory);
    if (found === null) return noSuchStage(c);
    const { href, project, stage, queue } = found;
    const { form, operator, csrf } = c.var;
    const back = pathOfOurs(form.get("back"), c.req.url) ?? href;
    const tasks = [...new Set(form.getAll("task"))].filter((task) => tryToRead(uuid, task).ok);
    const asked = readStageForm(
      form.get("action") ?? "",
      tasks,
      form.get("destination") ?? "",
      project,
      stage.uuid,
    );
    if ("fault" in asked) return refuse(c, operator, 400, asked.fault, back);

    const asksFirst = asked.action.kind === "cancel" || asked.action.kind === "move";
    if (asksFirst && form.get("confirmed") !== "yes") {
      const all = asked.action.tasks === "all";
      const counts = all ? (await queue.status()).counts : await queue.countsOf(tasks);
      const fields = [...form].filter(([name]) => name !== "csrf" && name !== "confirmed");
      const page = consequences(asked.action.kind, counts, asked.destinationTitle);
      return html(
        c,
        <ConfirmPage {...{ operator, csrf, back, fields }} {...page} action={`${href}/actions`} />,
      );
    }
    const { destinationTitle } = asked;
    const who = { who: operator.name, by: operator.by, subject: stage.title, destinationTitle };
    const { id } = await performStageAction(c.executionCtx, who, {
      projectHash: project.projectHash,
      stageUuid: stage.uuid,
      ...asked.action,
    });
    return c.redirect(withResult(back, id), 303);
  });

  app.get("/agents", async (c) => {
    const { operator, csrf } = c.var;
    const log = operatorLog(c.executionCtx);
    const id = Number(c.req.query("result"));
    const [calls, result] = await Promise.all([log.calls(), id > 0 ? log.action(id) : null]);
    const props = {
      operator,
      csrf,
      now: Date.now(),
      origin: new URL(c.req.url).origin,
      agents,
      calls,
      signed: (c.env.ENCORD_WEBHOOK_SECRET ?? "").trim() !== "",
      result: result?.kind === "test agent" || result?.kind === "call agent" ? result : null,
    };
    return html(c, <AgentsPage {...props} />);
  });

  app.post("/agents/:name/test", (c) =>
    callAgent(c, "test agent", (url) =>
      Promise.resolve(new Request(url, { method: "POST", headers: { "x-encord-editor-agent": "test" } })),
    ),
  );

  app.post("/agents/:name/call", async (c) => {
    const { form, operator, csrf } = c.var;
    const name = c.req.param("name");
    const unit = readDataUnit(form.get("address") ?? "");
    if (unit === null) {
      const message =
        "Give the address of a data unit in the Label Editor, such as https://app.encord.com/label_editor/" +
        "<project hash>/<data hash>/<frame>.";
      return refuse(c, operator, 400, message, "/console/agents");
    }
    if (form.get("confirmed") !== "yes") {
      const sentences = [
        `Data unit ${unit.dataHash} of project ${unit.projectHash}, frame ${unit.frame}.`,
        "This is a real call: changes that the agent makes to labels are saved in Encord.",
      ];
      return html(
        c,
        <ConfirmPage
          {...{ operator, csrf }}
          title={`Call ${name}?`}
          consequences={sentences}
          label="Call it"
          action={`/console/agents/${encodeURIComponent(name)}/call`}
          back="/console/agents"
          fields={[["address", form.get("address") ?? ""]]}
        />,
      );
    }
    return callAgent(c, "call agent", async (url) => {
      const body = new TextEncoder().encode(JSON.stringify(unit));
      const headers = new Headers({ "content-type": "application/json" });
      const secret = c.var.settings().webhookSecrets[0];
      if (secret !== undefined) {
        const seconds = Math.floor(Date.now() / 1000);
        headers.set("x-encord-timestamp", String(seconds));
        headers.set("x-encord-signature", await signRequest(secret, seconds, body));
      }
      return new Request(url, { method: "POST", headers, body });
    });
  });

  /** Calls an editor agent through the same endpoint as Encord does. */
  async function callAgent(
    c: ConsoleContext,
    kind: ActionKind,
    request: (url: string) => Promise<Request>,
  ): Promise<Response> {
    const { operator } = c.var;
    const agent = agents.editorAgents.find((each) => each.name === c.req.param("name"));
    if (!agent) return refuse(c, operator, 404, "There is no editor agent of this name.", "/console/agents");
    const log = operatorLog(c.executionCtx);
    const id = await log.begin({ who: operator.name, by: operator.by, kind, subject: agent.name });
    const started = Date.now();
    const response = await dispatch(await request(new URL(`/agents/${agent.name}`, c.req.url).href), c);
    const text = redact((await response.text()).slice(0, SHOWN_ANSWER));
    const note = `${agent.name} answered ${response.status} in ${duration(Date.now() - started)}: ${text}`;
    await log.end(id, { ok: response.ok, note });
    return c.redirect(withResult("/console/agents", id), 303);
  }

  app.route("/playground", playground(agents, directory, runner));

  app.get("/audit", async (c) => {
    const before = Number(c.req.query("before")) || undefined;
    const listed = await operatorLog(c.executionCtx).actions(ACTIONS_PER_PAGE + 1, before);
    const actions = await withTitles(c, directory, listed.slice(0, ACTIONS_PER_PAGE));
    const next = listed.length > ACTIONS_PER_PAGE ? (actions.at(-1)?.id ?? null) : null;
    const { operator, csrf } = c.var;
    return html(
      c,
      <AuditPage {...{ operator, csrf, actions, next }} now={Date.now()} isFirst={before === undefined} />,
    );
  });

  app.all("*", (c) => refuse(c, c.var.operator, 404, "The console has no such page."));

  app.onError((error, c) => {
    // Only those who were let in get this far.
    const operator = c.var.operator;
    if (error instanceof SettingsError) {
      return html(c, <NotSetUpPage operator={operator} faults={error.faults} />, 503);
    }
    c.var.log.error("console_failed", { error });
    const message = "This page could not be shown. The deployment's log says why.";
    return html(
      c,
      <MessagePage operator={operator} title="It failed" message={message} back="/console" />,
      500,
    );
  });
  return app;
}

/** Adds titles to actions that came through the API, which names stages by UUID. If Encord cannot be reached, UUIDs are shown. */
async function withTitles(
  c: ConsoleContext,
  directory: StageDirectory,
  actions: readonly LoggedAction[],
): Promise<readonly LoggedAction[]> {
  const isBare = ({ subject, stageUuid, destination, destinationTitle }: LoggedAction) =>
    (stageUuid !== undefined && subject === undefined) ||
    (destination !== undefined && destinationTitle === undefined);
  if (!actions.some(isBare)) return actions;
  const projects = await directory.projects(c.var.settings(), c.var.log, Date.now());
  const titles = new Map(projects.flatMap(({ stages }) => stages.map(({ uuid, title }) => [uuid, title])));
  return actions.map((action) => {
    const subject = action.subject ?? titles.get(action.stageUuid ?? "");
    const destinationTitle = action.destinationTitle ?? titles.get(action.destination ?? "");
    return {
      ...action,
      ...(subject === undefined ? {} : { subject }),
      ...(destinationTitle === undefined ? {} : { destinationTitle }),
    };
  });
}

async function stageViews(c: ConsoleContext, project: DirectoryProject, now: number): Promise<StageView[]> {
  const views = project.stages.map(async ({ agent, ...stage }): Promise<StageView | null> => {
    if (agent === null) return null;
    const queue = stageQueue(c.executionCtx, project.projectHash, stage.uuid);
    const [status, minutes, errors] = await Promise.all([
      queue.status(),
      queue.minutes(now - HOUR_MS),
      queue.errors(),
    ]);
    const href = `/console/stages/${project.projectHash}/${stage.uuid}`;
    return { stage: { ...stage, agent }, href, status, minutes, errors };
  });
  return (await Promise.all(views)).filter((view) => view !== null);
}

/** The stage that the path names, if an agent of this deployment serves it. */
async function findStage(c: ConsoleContext, directory: StageDirectory) {
  const projectHash = c.req.param("project")?.toLowerCase();
  const stageUuid = c.req.param("stage")?.toLowerCase();
  const projects = await directory.projects(c.var.settings(), c.var.log, Date.now());
  const project = projects.find((each) => each.projectHash === projectHash);
  const stage = project?.stages.find((each) => each.uuid === stageUuid);
  if (!project || !stage || stage.agent === null) return null;
  const href = `/console/stages/${project.projectHash}/${stage.uuid}`;
  const queue = stageQueue(c.executionCtx, project.projectHash, stage.uuid);
  return { project, stage: { ...stage, agent: stage.agent }, href, queue };
}

function noSuchStage(c: ConsoleContext): Response {
  return refuse(
    c,
    c.var.operator,
    404,
    "No agent of this deployment serves this stage, or Encord cannot be reached.",
  );
}

/** The action that the page's address refers to, and the states of its tasks by now. */
async function resultOf(c: ConsoleContext, stageUuid: string) {
  const id = Number(c.req.query("result"));
  if (!Number.isSafeInteger(id) || id <= 0) return null;
  const action: LoggedAction | null = await operatorLog(c.executionCtx).action(id);
  if (action === null || action.stageUuid !== stageUuid || !action.projectHash) return null;
  if (action.tasks === undefined) return { action, progress: null };
  const queue = stageQueue(c.executionCtx, action.projectHash, stageUuid);
  if (action.tasks === "all") return { action, progress: await progressOfAll(queue, action) };
  return { action, progress: action.taskCount === undefined ? await queue.countsOf(action.tasks) : null };
}

const DAY_MS = 24 * HOUR_MS;

/** What became of the stage's tasks since an action on all of them; null if that is too long ago. */
async function progressOfAll(queue: StageDoor, { at, result }: LoggedAction): Promise<ActionProgress | null> {
  const before = result?.endedBefore;
  if (before === undefined || Date.now() - at > DAY_MS) return null;
  const [{ counts }, ended] = await Promise.all([queue.status(), endedSince(queue, at)]);
  const { pending, dispatched, running } = counts;
  const succeeded = Math.max(0, ended.succeeded - before.succeeded);
  const failed = Math.max(0, ended.failed - before.failed);
  return { pending, dispatched, running, succeeded, failed, timedOut: 0, canceled: 0 };
}

function withResult(path: string, id: number): string {
  const url = new URL(path, "https://console.invalid");
  url.searchParams.set("result", String(id));
  return url.pathname + url.search;
}
