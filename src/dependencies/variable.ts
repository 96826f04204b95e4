import { env } from "cloudflare:workers";
import { builtIn, type Dependency } from "../agent/dependency.ts";
import { readVariable, type Variable, type VariableValue } from "../agent/variable.ts";

export interface VariableOptions {
  /** Shown beside its field in the console's playground. */
  readonly description?: string;
}

/**
 * A value that an agent is tuned with: a threshold, a model's name, a switch. It is the Worker's variable of that name (`vars` in
 * wrangler.jsonc), or else the fallback; text is read as the fallback's type. A trial can run with another value: in the console's
 * playground, with `npx encord-edge run --dry-run --set NAME=value`, or with `dryRun(agent, { variables })`. Not for
 * secrets: operators see the value.
 *
 * @throws TypeError when the name is malformed, or that of a secret (it ends with KEY, SECRET, TOKEN or PASSWORD);
 *   (when made) AgentError (code `wrong-variable`) when the Worker's variable does not fit
 * @example
 * const leastWidth = variable("LEAST_WIDTH", 640, { description: "Pixels" });
 * const model = variable("MODEL", "gpt-4o-mini", { choices: ["gpt-4o-mini", "gpt-4o"] });
 *
 * export const wideEnough = taskAgent({
 *   name: "wide-enough",
 *   stage: "Agent 1",
 *   dependencies: { frame: singleFrame, leastWidth },
 *   run: ({ frame, leastWidth }) => (frame.width >= leastWidth ? "Wide" : "Narrow"),
 * });
 */
export function variable<const Choice extends string>(
  name: string,
  fallback: NoInfer<Choice>,
  options: VariableOptions & { readonly choices: readonly Choice[] },
): Dependency<Choice>;
export function variable(name: string, fallback: string, options?: VariableOptions): Dependency<string>;
export function variable(name: string, fallback: number, options?: VariableOptions): Dependency<number>;
export function variable(name: string, fallback: boolean, options?: VariableOptions): Dependency<boolean>;
export function variable(
  name: string,
  fallback: VariableValue,
  { description = "", choices = [] }: VariableOptions & { readonly choices?: readonly string[] } = {},
): Dependency<VariableValue> {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new TypeError(`"${name}" cannot be the name of a variable.`);
  if (/(?:^|_)(?:KEY|SECRET|TOKEN|PASSWORD)$/i.test(name)) {
    throw new TypeError(
      `variable("${name}"): operators see variables. Read a secret with \`import { env } from "cloudflare:workers"\`.`,
    );
  }
  const given = () => (env as Readonly<Record<string, unknown>>)[name];
  const variable: Variable = { name, fallback, choices, description, given };
  return { ...builtIn({ modes: ["editor", "task"], make: () => readVariable(variable) }), variable };
}
