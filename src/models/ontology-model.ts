/**
 * Ontologies for language models: the schema of the answer to ask for, and labels made from the answer. `OntologyDataModel`
 * of the Python library. An answer is checked completely before any label is made from it.
 */

import type {
  Attribute,
  AuthorshipOptions,
  Classification,
  ClassificationInstance,
  Coordinates,
  Frames,
  GivenAnswer,
  JsonObject,
  LabelRow,
  ObjectInstance,
  OntologyObject,
  OntologyStructure,
} from "../encord/index.ts";
import { classificationJsonSchema, objectJsonSchema } from "./answer-json-schema.ts";
import {
  type Choice,
  type ClassificationField,
  type Field,
  type ObjectQuestion,
  planClassifications,
  planObjects,
} from "./answer-plan.ts";
import { type AnswerSchema, answerIssues, classificationSchema, objectSchema } from "./answer-schema.ts";
import { OntologyModelError } from "./ontology-model-error.ts";

/** An ontology, or what has one: a project, a label row. */
export type OntologySource = OntologyStructure | { readonly ontologyStructure: OntologyStructure };

/** Asks a language model; `feedback` says what was wrong with its last answer, null the first time. */
export type Ask = (feedback: string | null) => unknown;

/** How many answers are asked for before giving up. */
const ATTEMPTS = 2;

/** Where labels go, and who made them; `manualAnnotation` is false by default. */
export interface PlaceOptions extends AuthorshipOptions {
  /** 0 by default. */
  readonly frames?: Frames;
}

/** What the two kinds of models share. */
abstract class AnswerModel<Parsed> {
  /** For structured output: `generateObject({ schema: model.schema, ... })` of the `ai` SDK, or anything else that takes zod. */
  readonly schema: AnswerSchema;
  /** The same as JSON Schema, for a prompt or a request. */
  readonly jsonSchema: JsonObject;

  protected constructor(schema: AnswerSchema, jsonSchema: JsonObject) {
    this.schema = schema;
    this.jsonSchema = jsonSchema;
  }

  /**
   * Makes labels from an answer; they are on no frame and no row yet.
   *
   * @param answer JSON text (a code fence or sentences around it are ignored), or what was parsed from it
   * @throws OntologyModelError whose `feedback` can be sent to the model
   */
  parse(answer: unknown): Parsed {
    return this.make(this.check(answer));
  }

  /**
   * Asks until the answer fits, at most `attempts` times (2 by default), and tells the model each time what was wrong.
   *
   * @returns the checked answer, for `parse` or `addTo`
   * @throws OntologyModelError of the last answer
   * @example
   * const answer = await model.ask((feedback) => chat([picture, prompt, feedback ?? ""].join("\n")));
   */
  async ask(
    ask: Ask,
    { attempts = ATTEMPTS }: { readonly attempts?: number } = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    let feedback: string | null = null;
    for (let attempt = 1; ; attempt++) {
      try {
        return this.check(await ask(feedback));
      } catch (error) {
        if (!(error instanceof OntologyModelError) || attempt >= attempts) throw error;
        feedback = error.feedback;
      }
    }
  }

  /** @throws OntologyModelError with every fault and its place */
  protected check(answer: unknown): Readonly<Record<string, unknown>> {
    const value = typeof answer === "string" ? parseJson(answer) : answer;
    const result = this.schema.safeParse(value);
    if (result.success) return result.data;
    const issues = answerIssues(result.error, value);
    const faults = issues.map(({ path, message }) => `${path.join(".") || "the answer"} ${message}`);
    throw new OntologyModelError(
      "invalid-answer",
      `The model's answer does not fit the ontology: ${faults.join(" ")}`,
      {
        issues,
        cause: result.error,
      },
    );
  }

  protected abstract make(answer: Readonly<Record<string, unknown>>): Parsed;
}

/** Asks for classifications; made by `ontologyModel`. */
export class ClassificationModel extends AnswerModel<ClassificationInstance[]> {
  readonly #fields: readonly ClassificationField[];

  /** @throws OntologyModelError when one of them cannot be asked for */
  constructor(classifications: readonly Classification[]) {
    const fields = planClassifications(classifications);
    super(classificationSchema(fields), classificationJsonSchema(fields));
    this.#fields = fields;
  }

  /**
   * Puts the classifications of an answer on a label row.
   *
   * @param options.force replaces classifications of the same kind that are there
   * @throws OntologyModelError when the answer does not fit; LabelRowError when the row has one of them already
   * @example
   * model.addTo(labelRow, answer, { frames: frame.frame });
   */
  addTo(
    labelRow: LabelRow,
    answer: unknown,
    { force = false, ...place }: PlaceOptions & { readonly force?: boolean } = {},
  ): ClassificationInstance[] {
    const made = this.make(this.check(answer), (classification) =>
      labelRow.createClassificationInstance(classification),
    );
    for (const instance of made) {
      if (!instance.isGlobal) instance.setForFrames({ manualAnnotation: false, ...place });
      labelRow.addClassificationInstance(instance, { force });
    }
    return made;
  }

  protected override make(
    answer: Readonly<Record<string, unknown>>,
    create = (classification: Classification) => classification.createInstance(),
  ): ClassificationInstance[] {
    return this.#fields.map(({ classification, field }) => {
      const instance = create(classification);
      answerField(
        (attribute, given) => instance.setAnswer(given, { attribute }),
        field,
        answer[field.key] as Answers,
      );
      return instance;
    });
  }
}

/** Asks which object something is; made by `ontologyModel`. */
export class ObjectModel extends AnswerModel<ObjectInstance> {
  readonly #question: ObjectQuestion;

  /** @throws OntologyModelError when one of them cannot be asked for */
  constructor(objects: readonly OntologyObject[]) {
    const question = planObjects(objects);
    super(objectSchema(question), objectJsonSchema(question));
    this.#question = question;
  }

  /**
   * Puts the object of an answer on a label row.
   *
   * @param place.coordinates where it is; they must fit the shape of the object that the answer chooses
   * @throws OntologyModelError when the answer does not fit; LabelRowError when the coordinates are of another shape
   */
  addTo(
    labelRow: LabelRow,
    answer: unknown,
    { coordinates, frames = 0, ...author }: PlaceOptions & { readonly coordinates: Coordinates },
  ): ObjectInstance {
    const checked = this.check(answer);
    const { object, fields, answers } = this.#choose(checked);
    const instance = labelRow.createObjectInstance(object);
    instance.setForFrames(coordinates, { frames, manualAnnotation: false, ...author });
    answerFields((attribute, given) => instance.setAnswer(given, { attribute }), fields, answers);
    labelRow.addObjectInstance(instance);
    return instance;
  }

  /**
   * Turns an object on a label row into what the answer says it is: frames and coordinates stay, kind and answers change.
   *
   * @returns the object that is there now
   * @throws OntologyModelError when the answer does not fit, or chooses an object that is drawn in another shape
   */
  replaceOn(labelRow: LabelRow, instance: ObjectInstance, answer: unknown): ObjectInstance {
    const { object, fields, answers } = this.#choose(this.check(answer));
    if (object.shape !== instance.ontologyItem.shape) throw otherShape(object, instance);
    const replacement = labelRow.createObjectInstance(object);
    for (const annotation of instance.getAnnotations()) {
      replacement.setForFrames(annotation.coordinates, { frames: annotation.frame });
      replacement.getAnnotation(annotation.frame).copyAuthorship(annotation);
    }
    answerFields((attribute, given) => replacement.setAnswer(given, { attribute }), fields, answers);
    labelRow.removeObject(instance);
    labelRow.addObjectInstance(replacement);
    return replacement;
  }

  protected override make(answer: Readonly<Record<string, unknown>>): ObjectInstance {
    const { object, fields, answers } = this.#choose(answer);
    const instance = object.createInstance();
    answerFields(
      (attribute, given) => {
        if (attribute.dynamic) {
          throw new OntologyModelError(
            "frames-needed",
            `The attribute "${attribute.name}" of "${object.name}" is dynamic: answer it on frames, with addTo.`,
          );
        }
        instance.setAnswer(given, { attribute });
      },
      fields,
      answers,
    );
    return instance;
  }

  #choose({ choice }: Readonly<Record<string, unknown>>) {
    const question = this.#question;
    if (question.kind === "names") {
      // The schema lets only these names through.
      const object = question.objects.find((each) => each.name === choice) as OntologyObject;
      return { object, fields: [], answers: {} };
    }
    const chosen = chosenOf(question.choices, choice as Answers);
    return { object: chosen.of, fields: chosen.fields, answers: choice as Answers };
  }
}

/**
 * Makes the schema for asking a language model about an ontology, and the reader of its answers.
 *
 * @param wish classifications or objects, by title, by feature node hash, or themselves
 * @throws OntologyModelError when nothing is named, or something is not in the ontology or cannot be asked for (numbers, lines)
 * @example
 * editorAgent({
 *   name: "weather",
 *   dependencies: { labelRow },
 *   async run({ labelRow }) {
 *     const model = ontologyModel(labelRow, { classifications: ["Weather", "Caption"] });
 *     const answer = await model.ask((feedback) => askLanguageModel(model.jsonSchema, feedback));
 *     model.addTo(labelRow, answer, { force: true });
 *     await labelRow.save();
 *   },
 * });
 */
export function ontologyModel(
  ontology: OntologySource,
  wish: { readonly classifications: readonly (string | Classification)[] },
): ClassificationModel;
export function ontologyModel(
  ontology: OntologySource,
  wish: { readonly objects: readonly (string | OntologyObject)[] },
): ObjectModel;
export function ontologyModel(
  ontology: OntologySource,
  wish: {
    readonly classifications?: readonly (string | Classification)[];
    readonly objects?: readonly (string | OntologyObject)[];
  },
): ClassificationModel | ObjectModel {
  const { objects, classifications } =
    "ontologyStructure" in ontology ? ontology.ontologyStructure : ontology;
  if ((wish.objects === undefined) === (wish.classifications === undefined)) {
    throw new OntologyModelError("nothing-asked", "Name either objects or classifications to ask about.");
  }
  return wish.objects
    ? new ObjectModel(named(objects, wish.objects, "object"))
    : new ClassificationModel(named(classifications, wish.classifications ?? [], "classification"));
}

function named<Node extends { readonly title: string; readonly featureNodeHash: string }>(
  nodes: readonly Node[],
  wishes: readonly (string | Node)[],
  kind: string,
): Node[] {
  return wishes.map((wish) => {
    if (typeof wish !== "string") return wish;
    const found = nodes.find((node) => node.featureNodeHash === wish || node.title === wish);
    if (found) return found;
    const known = nodes.map((node) => `"${node.title}"`).join(", ") || "none";
    throw new OntologyModelError(
      "not-in-ontology",
      `The ontology has no ${kind} "${wish}"; it has ${known}.`,
    );
  });
}

/** A part of an answer that the schema let through. */
type Answers = Readonly<Record<string, unknown>>;
type SetAnswer = (attribute: Attribute, given: GivenAnswer) => void;

function answerFields(set: SetAnswer, fields: readonly Field[], answers: Answers): void {
  for (const field of fields) answerField(set, field, answers[field.key] as Answers);
}

function answerField(set: SetAnswer, field: Field, answers: Answers): void {
  switch (field.kind) {
    case "text":
      set(field.attribute, answers["value"] as string);
      return;
    case "checklist": {
      const chosen = field.options.filter(({ key }) => answers[key] === true);
      set(
        field.attribute,
        chosen.map(({ option }) => option),
      );
      return;
    }
    case "radio": {
      const option = field.attribute.options.find((each) => each.label === answers["choice"]);
      if (option) set(field.attribute, option);
      return;
    }
    case "nested-radio": {
      const inner = answers["choice"] as Answers;
      const choice = chosenOf(field.choices, inner);
      set(field.attribute, choice.of);
      answerFields(set, choice.fields, inner);
    }
  }
}

/** The schema lets only known hashes through. */
function chosenOf<Of>(choices: readonly Choice<Of>[], answer: Answers): Choice<Of> {
  return choices.find(({ hash }) => hash === answer["feature_node_hash"]) as Choice<Of>;
}

function otherShape(chosen: OntologyObject, instance: ObjectInstance): OntologyModelError {
  const { shape } = instance.ontologyItem;
  const message = `chooses "${chosen.name}", which is a ${chosen.shape}; the object is a ${shape}.`;
  return new OntologyModelError("invalid-answer", `The model's answer ${message}`, {
    issues: [{ code: "wrong-value", path: ["choice"], message }],
  });
}

function parseJson(text: string): unknown {
  let cause: unknown;
  // As it is, or from the first brace to the last: models put code fences and sentences around their JSON.
  for (const json of [text, text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)]) {
    try {
      return JSON.parse(json);
    } catch (error) {
      cause ??= error;
    }
  }
  const message = "is not JSON.";
  throw new OntologyModelError("invalid-answer", `The model's answer ${message}`, {
    issues: [{ code: "not-json", path: [], message }],
    cause,
  });
}
