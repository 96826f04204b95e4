/** Definitions that the compiler refuses are refused at run time as well, with what is wrong and where. */

import {
  agent,
  defineAgents,
  dependency,
  editorAgent,
  labelRow,
  objectCrops,
  taskAgent,
} from "encord-edge-agents";
import { expect, it } from "vitest";

const sound = { name: "a", stage: "Agent 1", run: () => null };
const task = (options: object) => () => taskAgent({ ...sound, ...options });
const editor = (options: object) => () => editorAgent({ name: "a", run: () => null, ...options });
const any = (options: object) => () => agent({ name: "a", modes: ["editor"], run: () => null, ...options });
const set = (...agents: unknown[]) => {
  return () => defineAgents({ agents: agents as never });
};

it.each([
  ["no name", task({ name: undefined }), /name is at most 64 .*; it is undefined\.$/],
  ["a name that no URL holds", editor({ name: "größe" }), /it is "größe"\.$/],
  ["no stage", task({ stage: undefined }), 'Agent "a": stage must be the title or UUID of a stage.'],
  ["no run", task({ run: undefined }), 'Agent "a": run must be a function; it is undefined.'],
  ["a run that is none", editor({ run: 5 }), 'Agent "a": run must be a function; it is a number.'],
  [
    "pathways that are no list",
    task({ pathways: "Good" }),
    'pathways must be a list of texts, such as ["Good", "Bad"].',
  ],
  ["decisions that are no texts", editor({ decisions: [1] }), "decisions must be a list of texts"],
  ["outcomes that are no list", any({ outcomes: {} }), "outcomes must be a list of texts"],
  ["a signature of no kind", editor({ signature: "yes" }), 'signature must be "required" or "optional".'],
  [
    "modes that there are not",
    any({ modes: ["web"] }),
    'modes must be a list of at least one of "editor", "node" and "stage".',
  ],
  [
    "a dependency that is not there yet",
    task({ dependencies: { x: undefined } }),
    /^Agent "a": "x" must be a dependency; it is undefined. Is it exported/,
  ],
  [
    "a dependency that was not called",
    editor({ dependencies: { x: objectCrops } }),
    '"x" must be a dependency; it is a function. Call',
  ],
  [
    "dependencies as a list",
    task({ dependencies: [labelRow] }),
    "dependencies must be an object, such as { labelRow }; it is a list.",
  ],
  [
    "a dependency of nothing",
    () => dependency({ x: undefined as never }, () => 1),
    'dependency(...): "x" must be a dependency; it is undefined',
  ],
  ["dependencies that are null", () => dependency(null as never, () => 1), "must be an object"],
  ["agents that are no list", () => defineAgents({} as never), "agents must be a list"],
  [
    "an agent that is not there yet",
    set(undefined),
    "agents[0] must be an agent; it is undefined. Is it exported",
  ],
  [
    "an agent that was not called",
    set(editor({})(), () => 1),
    "agents[1] must be an agent; it is a function. Call",
  ],
])("%s", (_what, define, message) => {
  expect(define).toThrow(TypeError);
  expect(define).toThrow(message);
});
