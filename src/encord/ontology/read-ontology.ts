/**
 * Reads the JSON of an ontology. A field that is missing or of the wrong type, or an unknown type of attribute, is an
 * OntologyError that names the place, because labels cannot be written safely against a half-read ontology.
 */

import { OntologyError } from "../errors.ts";
import {
  type Attribute,
  type AttributeFields,
  ChecklistAttribute,
  NumericAttribute,
  RadioAttribute,
  TextAttribute,
} from "./attribute.ts";
import { Classification } from "./classification.ts";
import { OntologyObject } from "./ontology-object.ts";
import { FlatOption, NestableOption, type OptionFields } from "./option.ts";
import type { Shape } from "./shape.ts";
import { SkeletonTemplate } from "./skeleton-template.ts";

type Json = Readonly<Record<string, unknown>>;

interface OntologyContent {
  readonly objects: readonly OntologyObject[];
  readonly classifications: readonly Classification[];
  readonly skeletonTemplates: readonly SkeletonTemplate[];
}

/** @throws OntologyError naming the field */
export function readOntologyStructure(editor: unknown): OntologyContent {
  const root = record(editor, "ontology");
  return {
    objects: list(root["objects"], "objects").map((entry, index) => readObject(entry, `objects[${index}]`)),
    classifications: list(root["classifications"], "classifications").map((entry, index) =>
      readClassification(entry, `classifications[${index}]`),
    ),
    skeletonTemplates: optionalList(root["skeleton_templates"], "skeleton_templates").map((entry, index) =>
      readSkeletonTemplate(entry, `skeleton_templates[${index}]`),
    ),
  };
}

function readObject(json: unknown, at: string): OntologyObject {
  const entry = record(json, at);
  return new OntologyObject({
    uid: uid(entry["id"], `${at}.id`),
    featureNodeHash: text(entry["featureNodeHash"], `${at}.featureNodeHash`),
    name: text(entry["name"], `${at}.name`),
    color: text(entry["color"], `${at}.color`),
    // An unknown shape is kept by its name; code that depends on the shape asks isShape first.
    shape: text(entry["shape"], `${at}.shape`) as Shape,
    required: flag(entry["required"], `${at}.required`),
    archived: flag(entry["archived"], `${at}.archived`),
    attributes: readAttributes(entry["attributes"], `${at}.attributes`, null),
  });
}

function readClassification(json: unknown, at: string): Classification {
  const entry = record(json, at);
  return new Classification({
    uid: uid(entry["id"], `${at}.id`),
    featureNodeHash: text(entry["featureNodeHash"], `${at}.featureNodeHash`),
    level: entry["level"] === "global" ? "global" : null,
    attributes: readAttributes(entry["attributes"], `${at}.attributes`, null),
  });
}

function readAttributes(json: unknown, at: string, parentOption: NestableOption | null): Attribute[] {
  return optionalList(json, at).map((entry, index) => readAttribute(entry, `${at}[${index}]`, parentOption));
}

function readAttribute(json: unknown, at: string, parentOption: NestableOption | null): Attribute {
  const entry = record(json, at);
  const fields: AttributeFields = {
    uid: uid(entry["id"], `${at}.id`),
    featureNodeHash: text(entry["featureNodeHash"], `${at}.featureNodeHash`),
    name: text(entry["name"], `${at}.name`),
    required: flag(entry["required"], `${at}.required`),
    archived: flag(entry["archived"], `${at}.archived`),
    dynamic: flag(entry["dynamic"], `${at}.dynamic`),
    parentOption,
  };
  const options = () => optionalList(entry["options"], `${at}.options`);
  switch (entry["type"]) {
    case "radio":
      return new RadioAttribute(fields, (attribute) =>
        options().map((option, index) => readNestableOption(option, `${at}.options[${index}]`, attribute)),
      );
    case "checklist":
      return new ChecklistAttribute(fields, (attribute) =>
        options().map(
          (option, index) => new FlatOption(readOptionFields(option, `${at}.options[${index}]`), attribute),
        ),
      );
    case "text":
      return new TextAttribute(fields);
    case "numeric":
      return new NumericAttribute(fields);
    default:
      throw new OntologyError(
        `${at}.type is ${shown(entry["type"])}; this client knows radio, checklist, text and numeric.`,
      );
  }
}

function readNestableOption(json: unknown, at: string, attribute: RadioAttribute): NestableOption {
  const entry = record(json, at);
  return new NestableOption(readOptionFields(json, at), attribute, (option) =>
    readAttributes(entry["options"], `${at}.options`, option),
  );
}

function readOptionFields(json: unknown, at: string): OptionFields {
  const entry = record(json, at);
  return {
    uid: uid(entry["id"], `${at}.id`),
    featureNodeHash: text(entry["featureNodeHash"], `${at}.featureNodeHash`),
    label: text(entry["label"], `${at}.label`),
    value: text(entry["value"], `${at}.value`),
    archived: flag(entry["archived"], `${at}.archived`),
  };
}

function readSkeletonTemplate(json: unknown, at: string): SkeletonTemplate {
  const template = record(record(json, at)["template"], `${at}.template`);
  const skeleton = record(template["skeleton"], `${at}.template.skeleton`);
  const edges = record(
    template["skeletonEdges"] ?? template["skeleton_edges"] ?? {},
    `${at}.template.skeletonEdges`,
  );
  const keys = Object.keys(skeleton);
  return new SkeletonTemplate({
    name: text(template["name"], `${at}.template.name`),
    width: number(template["width"], `${at}.template.width`),
    height: number(template["height"], `${at}.template.height`),
    featureNodeHash: optionalText(template["feature_node_hash"], `${at}.template.feature_node_hash`),
    points: keys.map((key) => {
      const place = `${at}.template.skeleton.${key}`;
      const point = record(skeleton[key], place);
      return {
        x: number(point["x"], `${place}.x`),
        y: number(point["y"], `${place}.y`),
        name: text(point["name"], `${place}.name`),
        color: optionalText(point["color"], `${place}.color`),
        value: optionalText(point["value"], `${place}.value`),
        featureHash: optionalText(point["featureHash"] ?? point["feature_hash"], `${place}.featureHash`),
      };
    }),
    edges: Object.entries(edges).flatMap(([from, targets]) =>
      Object.keys(record(targets, `${at}.template.skeletonEdges.${from}`)).map(
        (to) => [keys.indexOf(from), keys.indexOf(to)] as const,
      ),
    ),
  });
}

function record(value: unknown, at: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw wrong(at, value, "an object");
}

function list(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong(at, value, "a list");
}

function optionalList(value: unknown, at: string): readonly unknown[] {
  return value === undefined || value === null ? [] : list(value, at);
}

function text(value: unknown, at: string): string {
  if (typeof value === "string") return value;
  throw wrong(at, value, "a text");
}

function optionalText(value: unknown, at: string): string | null {
  return value === undefined || value === null ? null : text(value, at);
}

function number(value: unknown, at: string): number {
  if (typeof value === "number") return value;
  throw wrong(at, value, "a number");
}

/** Absent means false. */
function flag(value: unknown, at: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === "boolean") return value;
  throw wrong(at, value, "true or false");
}

/** `1.2.3` as `[1, 2, 3]`; a bare number is accepted too. */
function uid(value: unknown, at: string): readonly number[] {
  const text = typeof value === "number" ? value.toString() : value;
  if (typeof text === "string" && /^\d+(\.\d+)*$/.test(text)) return text.split(".").map(Number);
  throw wrong(at, value, "numbers with dots between them");
}

function wrong(at: string, value: unknown, expected: string): OntologyError {
  return new OntologyError(`The ontology cannot be read: ${at} is ${shown(value)}; expected ${expected}.`);
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value).slice(0, 80);
}
