/**
 * What operators did, and how editor agents answered: one Durable Object for the deployment. An action is recorded before it is done,
 * so that none leaves no trace, and its result afterwards. The oldest entries are deleted when there are very many.
 */

import { DurableObject } from "cloudflare:workers";
import type { Environment } from "../settings.ts";

export type ActionKind =
  | "sign in"
  | "pause"
  | "go live"
  | "run"
  | "retry"
  | "cancel"
  | "move"
  | "test agent"
  | "call agent"
  | "dry run"
  | "run for another queue";

/** What somebody is about to do. */
export interface Action {
  readonly who: string;
  /** How they were identified: `local`, `access`, `token`, `api` for the bearer token, or `rpc` for another Worker. */
  readonly by: string;
  readonly kind: ActionKind;
  readonly projectHash?: string;
  readonly stageUuid?: string;
  /** A stage's title, or an agent's name. */
  readonly subject?: string;
  /** The affected tasks; `"all"` for all that the action applies to. */
  readonly tasks?: readonly string[] | "all";
  /** Where tasks are moved to. */
  readonly destination?: string;
  readonly destinationTitle?: string;
}

export interface ActionResult {
  readonly ok: boolean;
  readonly changed?: number;
  readonly skipped?: number;
  /** The answer, or why the action was refused. */
  readonly note?: string;
  /** For an action on all tasks: the tasks that had already ended in its minute, so that progress counts only those that ended since. */
  readonly endedBefore?: EndedTasks;
}

/** Tasks that ended for good; those that timed out count as failed. */
export interface EndedTasks {
  readonly succeeded: number;
  readonly failed: number;
}

/** An action of the list. */
export interface LoggedAction extends Action {
  readonly id: number;
  /** How many tasks it affected, when they were so many that `tasks` names only the first of them. */
  readonly taskCount?: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** null if it has not ended, or the Worker was lost meanwhile. */
  readonly result: ActionResult | null;
}

/** One call of an editor agent. */
export interface AgentCall {
  readonly agent: string;
  readonly at: number;
  readonly status: number;
  readonly ms: number;
  readonly projectHash: string;
  readonly dataHash: string;
  readonly frame: number;
}

export interface OperatorLogRpc {
  begin(action: Action): Promise<number>;
  end(id: number, result: ActionResult): Promise<void>;
  /** The newest first. @param before only actions with smaller ids */
  actions(limit: number, before?: number): Promise<LoggedAction[]>;
  action(id: number): Promise<LoggedAction | null>;
  called(call: AgentCall): Promise<void>;
  /** The last calls of each agent, the newest first. */
  calls(): Promise<AgentCall[]>;
  /** A random secret, made once, from which tokens in forms are derived. */
  secret(): Promise<string>;
}

const KEEP_ACTIONS = 50_000;
/** Tasks that an entry names: SQLite takes no text over 2 MB here, and there are many entries. */
const NAMED_TASKS = 1000;
/** How many calls of each agent are kept. */
export const KEEP_CALLS = 20;

export class OperatorLog extends DurableObject<Environment> implements OperatorLogRpc {
  /** The clock; tests replace it. */
  now: () => number = Date.now;
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Environment) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS action (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
         action TEXT NOT NULL, result TEXT);
       CREATE TABLE IF NOT EXISTS call (id INTEGER PRIMARY KEY AUTOINCREMENT, agent TEXT NOT NULL, call TEXT NOT NULL);
       CREATE INDEX IF NOT EXISTS call_agent ON call (agent, id);`,
    );
  }

  async begin(action: Action): Promise<number> {
    const { id } = this.#sql
      .exec<{ id: number }>(
        "INSERT INTO action (at, action) VALUES (?, ?) RETURNING id",
        this.now(),
        JSON.stringify(withFewNames(action)),
      )
      .one();
    this.#sql.exec("DELETE FROM action WHERE id <= ?", id - KEEP_ACTIONS);
    return id;
  }

  async end(id: number, result: ActionResult): Promise<void> {
    this.#sql.exec("UPDATE action SET result = ? WHERE id = ?", JSON.stringify(result), id);
  }

  async actions(limit: number, before = Number.MAX_SAFE_INTEGER): Promise<LoggedAction[]> {
    return this.#sql
      .exec<ActionRow>("SELECT * FROM action WHERE id < ? ORDER BY id DESC LIMIT ?", before, limit)
      .toArray()
      .map(readAction);
  }

  async action(id: number): Promise<LoggedAction | null> {
    const row = this.#sql.exec<ActionRow>("SELECT * FROM action WHERE id = ?", id).toArray()[0];
    return row ? readAction(row) : null;
  }

  async called(call: AgentCall): Promise<void> {
    this.#sql.exec("INSERT INTO call (agent, call) VALUES (?, ?)", call.agent, JSON.stringify(call));
    this.#sql.exec(
      `DELETE FROM call WHERE agent = ? AND id <=
         (SELECT id FROM call WHERE agent = ? ORDER BY id DESC LIMIT 1 OFFSET ${KEEP_CALLS})`,
      call.agent,
      call.agent,
    );
  }

  async calls(): Promise<AgentCall[]> {
    return this.#sql
      .exec<{ call: string }>("SELECT call FROM call ORDER BY id DESC LIMIT 1000")
      .toArray()
      .map((row) => JSON.parse(row.call) as AgentCall);
  }

  async secret(): Promise<string> {
    const known = this.ctx.storage.kv.get<string>("secret");
    if (known !== undefined) return known;
    const made = crypto.randomUUID() + crypto.randomUUID();
    this.ctx.storage.kv.put("secret", made);
    return made;
  }
}

function withFewNames(action: Action): Action & Pick<LoggedAction, "taskCount"> {
  const { tasks } = action;
  if (tasks === undefined || tasks === "all" || tasks.length <= NAMED_TASKS) return action;
  return { ...action, tasks: tasks.slice(0, NAMED_TASKS), taskCount: tasks.length };
}

interface ActionRow extends Record<string, SqlStorageValue> {
  readonly id: number;
  readonly at: number;
  readonly action: string;
  readonly result: string | null;
}

function readAction(row: ActionRow): LoggedAction {
  return {
    ...(JSON.parse(row.action) as Action),
    id: row.id,
    at: row.at,
    result: row.result === null ? null : (JSON.parse(row.result) as ActionResult),
  };
}

/** The log of this deployment. */
export function operatorLog(ctx: { readonly exports?: unknown }): OperatorLogRpc {
  const exported = ctx.exports as { readonly OperatorLog: { getByName(name: string): OperatorLogRpc } };
  return exported.OperatorLog.getByName("operators");
}
