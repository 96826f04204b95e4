/** A value that agents are tuned with: the Worker's, else the fallback. */

import { env } from "cloudflare:workers";
import { dependency, taskAgent, variable } from "encord-edge-agents";
import { runAgent, standIn } from "encord-edge-agents/testing";
import { afterEach, expect, expectTypeOf, it } from "vitest";
import { readVariable, variablesIn } from "../../src/agent/variable.ts";
import { workshop } from "../agent/workshop.ts";

const NAME = "TEST_LEAST";
const worker = env as unknown as Record<string, unknown>;
afterEach(() => {
  delete worker[NAME];
});

const least = variable(NAME, 5, { description: "at least" });
const doubled = dependency({ least }, ({ least }) => least * 2);
const agent = taskAgent({
  name: "tuned",
  stage: "Agent 1",
  dependencies: { doubled },
  run: ({ doubled }) => (doubled > 10 ? "Good" : "Bad"),
});

async function run(replace: Parameters<typeof runAgent>[1]["replace"] = []) {
  const emulator = await workshop({ data: ["street-02.png"] });
  return runAgent(agent, { emulator, replace });
}

it("is the Worker's variable, read as the fallback's type; else the fallback; a test replaces it", async () => {
  expect((await run()).pathway).toBe("Bad");
  for (const given of ["6", " 6 ", 6]) {
    worker[NAME] = given;
    expect((await run()).pathway).toBe("Good");
  }
  expect((await run([standIn(least, 1)])).pathway).toBe("Bad");
});

it("what is no value of its kind fails the task for good, and names the variable", async () => {
  worker[NAME] = "many";
  expect(await run()).toMatchObject({
    outcome: "failed",
    error: `The variable ${NAME} must be a number; it is "many".`,
  });
});

it.each([
  [{ fallback: "a" }, "b", "b"],
  [{ fallback: "a" }, "", "a"],
  [{ fallback: "a" }, undefined, "a"],
  [{ fallback: false }, "true", true],
  [{ fallback: true }, false, false],
  [{ fallback: 1 }, "-0.5", -0.5],
  [{ fallback: "a", choices: ["a", "b"] }, "b", "b"],
])("%j given %j is %j", (kind, given, value) => {
  expect(readVariable(described(kind), given)).toBe(value);
});

it.each([
  [{ fallback: true }, "yes", "true or false"],
  [{ fallback: 1 }, "Infinity", "a number"],
  [{ fallback: "a" }, 5, "text"],
  [{ fallback: "a", choices: ["a", "b"] }, "c", 'one of "a", "b"'],
])("%j given %j must be %s", (kind, given, wanted) => {
  expect(() => readVariable(described(kind), given)).toThrow(
    `The variable X must be ${wanted}; it is ${JSON.stringify(given)}.`,
  );
});

function described(kind: { fallback: string | number | boolean; choices?: string[] }) {
  return { name: "X", choices: [], description: "", given: () => undefined, ...kind };
}

it.each(["OPENAI_API_KEY", "ADMIN_TOKEN", "secret", "no-name", ""])("is not named %j", (name) => {
  expect(() => variable(name, "")).toThrow(TypeError);
});

it("is found among the dependencies, however deep", () => {
  expect([...variablesIn(agent.dependencies).values()]).toMatchObject([
    { name: NAME, fallback: 5, choices: [], description: "at least" },
  ]);
});

it("has the type of its fallback, or of its choices", () => {
  dependency(
    {
      count: least,
      text: variable("A", "a"),
      flag: variable("B", true),
      choice: variable("C", "x", { choices: ["x", "y"] }),
    },
    (values) => {
      expectTypeOf(values.count).toEqualTypeOf<number>();
      expectTypeOf(values.text).toEqualTypeOf<string>();
      expectTypeOf(values.flag).toEqualTypeOf<boolean>();
      expectTypeOf(values.choice).toEqualTypeOf<"x" | "y">();
    },
  );
  // @ts-expect-error: the fallback is one of the choices
  expect(() => variable("D", "z", { choices: ["x", "y"] })).not.toThrow();
  // @ts-expect-error: not a kind of variable
  expect(() => variable("E", [1])).not.toThrow();
});
