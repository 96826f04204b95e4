/** `ontologyModel` beside the Python library's (recorded vectors), and what it adds to it. */

import { editorAgent, labelRow, OntologyModelError, ontologyModel } from "encord-edge-agents";
import type { Attribute, ObjectInstance } from "encord-edge-agents/encord";
import { type ClassificationInstance, OntologyStructure } from "encord-edge-agents/encord";
import { callAgent } from "encord-edge-agents/testing";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { fieldName, modelName, optionKey, safeName } from "../../src/models/answer-names.ts";
import { classification, ONTOLOGY, question, workshop } from "../agent/workshop.ts";
import project from "../fixtures/traces/01-get-project.json";
import vectors from "../fixtures/vectors/ontology-model.json";

interface RecordedAnswer {
  readonly input: string;
  readonly instances?: unknown;
  readonly error?: {
    readonly errors: readonly { readonly type: string; readonly loc: readonly unknown[] }[];
  };
}
interface RecordedCase {
  readonly name: string;
  readonly ontology: string;
  readonly roots: readonly string[];
  readonly error?: { readonly message: string };
  readonly schema?: Record<string, unknown>;
  readonly answers?: readonly RecordedAnswer[];
}

const structures: Readonly<Record<string, OntologyStructure>> = {
  small: OntologyStructure.fromJson(vectors.smallOntology),
  fixture: OntologyStructure.fromJson(
    (project.exchanges[1]?.responseBody as { readonly editor: unknown } | undefined)?.editor,
  ),
};
const cases = vectors.cases as readonly RecordedCase[];

function modelOf({ ontology, roots }: RecordedCase) {
  const structure = structures[ontology] as OntologyStructure;
  return roots.every((hash) => structure.objects.some((each) => each.featureNodeHash === hash))
    ? ontologyModel(structure, { objects: roots })
    : ontologyModel(structure, { classifications: roots });
}

/** A schema without what is only said to the reader. The one default is a slip of the library: its explanation went there. */
function bare(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(bare);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).flatMap(([key, value]) => {
    const isProse = key === "description" || (key === "default" && typeof value === "string");
    return isProse && typeof value === "string" ? [] : [[key, bare(value)]];
  });
  return Object.fromEntries(entries);
}

function recorded(instance: ClassificationInstance | ObjectInstance) {
  const shown = (answer: unknown): unknown => {
    if (Array.isArray(answer)) return answer.map(shown);
    if (typeof answer !== "object" || answer === null) return answer;
    const { title, featureNodeHash } = answer as { title: string; featureNodeHash: string };
    return { title, featureNodeHash };
  };
  const attributes: readonly Attribute[] = instance.ontologyItem.allAttributes;
  const answers = Object.fromEntries(
    attributes.map((attribute) => [attribute.featureNodeHash, shown(instance.getAnswer(attribute))]),
  );
  return "classificationHash" in instance
    ? {
        featureHash: instance.featureHash,
        name: instance.classificationName,
        ranges: instance.rangeList,
        isGlobal: instance.isGlobal,
        answers,
      }
    : {
        featureHash: instance.featureHash,
        name: instance.objectName,
        frames: instance.getAnnotationFrames(),
        answers,
      };
}

/** Our codes in the words of pydantic. */
const PYDANTIC: Readonly<Record<string, readonly string[]>> = {
  "not-json": ["json_invalid"],
  missing: ["missing"],
  "wrong-value": ["literal_error", "enum"],
  "too-long": ["string_too_long"],
  "unknown-choice": ["union_tag_invalid"],
};

function refusal(run: () => unknown): OntologyModelError {
  try {
    run();
  } catch (error) {
    if (error instanceof OntologyModelError) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}

describe("the vectors of the Python library", () => {
  it.each(vectors.names)("names: $input", ({ input, safeStr, safeStrCamel, safeKey, fieldName: field }) => {
    expect([safeName(input), modelName(input), optionKey(input), fieldName(input)]).toEqual([
      safeStr,
      safeStrCamel,
      safeKey,
      field,
    ]);
  });

  it.each(cases.filter((each) => each.error))("$name cannot be asked for", (each) => {
    const { code, retryable } = refusal(() => modelOf(each));
    expect(["unsupported-attribute", "unsupported-shape"]).toContain(code);
    expect(retryable).toBe(false);
  });

  it.each(cases.filter((each) => each.schema))("$name: an equivalent schema", (each) => {
    expect(bare(modelOf(each).jsonSchema)).toEqual(bare(each.schema));
  });

  it.each(cases.filter((each) => each.answers))("$name: equal answers", (each) => {
    const model = modelOf(each);
    for (const { input, instances, error } of each.answers ?? []) {
      // The recording shortens its longest input.
      const answer = input.replace(/x{4}\.\.\. \((\d+) characters\)/, () => `${"x".repeat(1001)}"}}`);
      if (!error) {
        const parsed = model.parse(answer);
        expect(Array.isArray(parsed) ? parsed.map(recorded) : recorded(parsed)).toEqual(instances);
        continue;
      }
      const { issues } = refusal(() => model.parse(answer));
      expect(issues).toHaveLength(error.errors.length);
      for (const [i, { type, loc }] of error.errors.entries()) {
        const issue = issues[i];
        expect(PYDANTIC[issue?.code ?? ""]).toContain(type);
        // pydantic names the chosen alternative on the way, and an unknown one by the place of its choice.
        const path = issue?.path.slice(0, issue.code === "unknown-choice" ? -1 : undefined);
        expect(path).toEqual(loc.filter((step) => !String(step).startsWith("op")));
      }
    }
  });
});

describe("beside the recording", () => {
  const small = structures["small"] as OntologyStructure;

  it("the zod schema is the same as the JSON Schema: it takes and refuses the same", () => {
    const model = ontologyModel(small, { classifications: ["Mood"] });
    const written = z.toJSONSchema(model.schema) as { readonly required?: readonly string[] };
    expect(written.required).toEqual(["mood"]);
    const good = { mood: { feature_node_hash: "atMood01", choice: "Sad" }, extra: 1 };
    expect(model.schema.safeParse(good).success).toBe(true);
    expect(model.schema.safeParse({ mood: { feature_node_hash: "atMood01", choice: "sad" } }).success).toBe(
      false,
    );
  });

  it("an answer in a code fence is taken, and one that was parsed before", () => {
    const model = ontologyModel(small, { objects: ["Basket"] });
    for (const [before, after] of [
      ["```json\n", "\n```"],
      ["Here it is:\n\n```\n", "\n```\nIs there anything else?"],
      ["  ", "\n"],
    ])
      expect(model.parse(`${before}{"choice": "Basket"}${after}`).objectName).toBe("Basket");
    expect(model.parse({ choice: "Basket" }).objectName).toBe("Basket");
  });

  it("two attributes with one name keep an answer each", () => {
    const twice = [
      classification("1", "Mood", "text"),
      { ...classification("2", "mood", "text"), featureNodeHash: "clMood02" },
    ].map((each, i) => ({
      ...each,
      attributes: each.attributes.map((a) => ({ ...a, featureNodeHash: `atMood0${i}` })),
    }));
    const structure = OntologyStructure.fromJson({ objects: [], classifications: twice });
    const model = ontologyModel(structure, { classifications: structure.classifications });
    const text = (i: number, value: string) => ({ feature_node_hash: `atMood0${i}`, value });
    const made = model.parse({ mood: text(0, "calm"), mood_2: text(1, "loud") });
    expect(made.map((each) => each.getAnswer())).toEqual(["calm", "loud"]);
  });

  it("what is wrong is told to the model, and its next answer is taken", async () => {
    const model = ontologyModel(small, { classifications: ["Mood"] });
    const heard: (string | null)[] = [];
    const answers = ['{"mood": {"feature_node_hash": "atMood01", "choice": "happy"}}'];
    const good = '{"mood": {"feature_node_hash": "atMood01", "choice": "Very happy"}}';
    const answer = await model.ask((feedback) => {
      heard.push(feedback);
      return answers.pop() ?? good;
    });
    expect(model.parse(answer)[0]?.getAnswer()).toMatchObject({ title: "Very happy" });
    expect(heard[0]).toBeNull();
    expect(heard[1]).toMatch(/- mood\.choice: must be one of "Very happy", "Sad"\./);
    await expect(model.ask(() => "never", { attempts: 3 })).rejects.toThrow(/is not JSON/);
    // What goes wrong on the way to the model is no answer, and not tried again here.
    let asked = 0;
    const down = model.ask(() => {
      asked++;
      throw new TypeError("no network");
    });
    await expect(down).rejects.toThrow("no network");
    expect(asked).toBe(1);
  });

  it("names that the ontology does not have are listed, and nothing cannot be asked for", () => {
    expect(refusal(() => ontologyModel(small, { objects: ["Ship"] })).message).toMatch(
      /no object "Ship"; it has "Fruit \(ripe\)", "Basket"/,
    );
    expect(refusal(() => ontologyModel(small, { objects: [] })).code).toBe("nothing-asked");
    // @ts-expect-error: one of the two
    expect(refusal(() => ontologyModel(small, {})).code).toBe("nothing-asked");
    // @ts-expect-error: not both
    const both = () => ontologyModel(small, { objects: ["Basket"], classifications: ["Mood"] });
    expect(refusal(both).code).toBe("nothing-asked");
  });

  it("a dynamic attribute needs frames: addTo has them, parse does not", async () => {
    const dynamic = { ...question("1.1", "Seen", "radio", ["Yes", "No"]), dynamic: true };
    const [car] = ONTOLOGY.objects ?? [];
    const ontology = { objects: [{ ...car, attributes: [dynamic] }] };
    const emulator = await workshop({ data: ["street-02.png"], ontology });
    const seen = { feature_node_hash: "atSeen00", choice: "Yes" };
    const answer = { choice: { feature_node_hash: "obCar000", seen } };
    const agent = editorAgent({
      name: "a",
      dependencies: { labelRow },
      async run({ labelRow }) {
        const model = ontologyModel(labelRow, { objects: ["Car"] });
        expect(refusal(() => model.parse(answer)).code).toBe("frames-needed");
        model.addTo(labelRow, answer, {
          coordinates: { topLeftX: 0, topLeftY: 0, width: 0.5, height: 0.5 },
        });
        await labelRow.save();
      },
    });
    const { labelRow: saved } = await callAgent(agent, { data: "street-02.png" }, { emulator });
    const [object] = saved.getObjectInstances();
    const attribute = saved.ontologyStructure.getChildByTitle("Seen", "radioAttribute");
    expect(object?.getDynamicAnswers(attribute)).toMatchObject([
      { answer: { title: "Yes" }, ranges: [[0, 0]] },
    ]);
  });

  it("answers go onto a label row, replace what is there, and are marked as made by a model", async () => {
    const emulator = await workshop({ data: ["street-02.png"] });
    const car = {
      feature_node_hash: "obCar000",
      color: { feature_node_hash: "atColor0", choice: "Red" },
      damages: { feature_node_hash: "atDamage", scratch: true, dent: true },
      plate: { feature_node_hash: "atPlate0", value: "AB-1" },
    };
    const truck = { choice: { feature_node_hash: "obTruck0" } };
    const place = { topLeftX: 0.1, topLeftY: 0.1, width: 0.2, height: 0.2 };
    const agent = editorAgent({
      name: "a",
      dependencies: { labelRow },
      async run({ labelRow }) {
        const objects = ontologyModel(labelRow, { objects: ["Car", "Truck"] });
        const first = objects.addTo(labelRow, truck, {
          coordinates: { ...place, theta: 30 },
          confidence: 0.7,
        });
        expect(() => objects.replaceOn(labelRow, first, { choice: car })).toThrow(
          /is a bounding_box; the object is a rotatable_bounding_box/,
        );
        objects.addTo(labelRow, { choice: car }, { coordinates: place });
        const model = ontologyModel(labelRow, { classifications: ["Animal", "Caption"] });
        const animal = (choice: string) => ({ feature_node_hash: "atAnimal", choice });
        const caption = { feature_node_hash: "atCaptio", value: "a street" };
        model.addTo(labelRow, { animal: animal("Cat"), caption });
        model.addTo(labelRow, { animal: animal("Dog"), caption }, { force: true });
        await labelRow.save();
      },
    });
    const { labelRow: saved } = await callAgent(agent, { data: "street-02.png" }, { emulator });
    const objects = saved.getObjectInstances();
    expect(objects.map((each) => each.objectName)).toEqual(["Truck", "Car"]);
    expect(objects[0]?.getAnnotation()).toMatchObject({ confidence: 0.7, manualAnnotation: false });
    const answers = saved.getClassificationInstances().map((each) => each.getAnswer());
    expect(answers).toMatchObject([{ title: "Dog" }, "a street"]);
  });
});
