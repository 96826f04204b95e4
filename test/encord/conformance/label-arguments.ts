/** Frames, coordinates, authors and answers of the recording, as the client takes them. */

import type { LabelRow } from "../../../src/encord/index.ts";
import type { GivenAnswer } from "../../../src/encord/labels/answer.ts";
import { encodeBitmask } from "../../../src/encord/labels/bitmask.ts";
import type { Coordinates } from "../../../src/encord/labels/coordinates.ts";
import type { Frames } from "../../../src/encord/labels/ranges.ts";
import type { OntologyStructure } from "../../../src/encord/ontology/ontology-structure.ts";
import { isRecord, type Json, type JsonRecord } from "./trace.ts";

/** A number, a list of numbers, or a list of ranges. */
export function framesOf(value: Json): Frames {
  if (typeof value === "number") return value;
  const list = value as (number | [number, number])[];
  return list.map((each) => (Array.isArray(each) ? { start: each[0], end: each[1] } : each)) as Frames;
}

export function authorship(metadata: Json | undefined) {
  if (!isRecord(metadata)) return {};
  const given = {
    createdAt: dateOf(metadata.created_at),
    lastEditedAt: dateOf(metadata.last_edited_at),
    createdBy: metadata.created_by,
    lastEditedBy: metadata.last_edited_by,
    confidence: metadata.confidence,
    manualAnnotation: metadata.manual_annotation,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function dateOf(value: Json | undefined): Date | undefined {
  return value === undefined ? undefined : new Date(String(value));
}

interface Answerable {
  setAnswer(answer: GivenAnswer, options?: object): void;
}

/** Nodes are looked up in the whole ontology: some steps answer with what does not belong there. */
export function answer(structure: OntologyStructure, instance: Answerable, answers: Json | undefined): void {
  for (const given of (answers ?? []) as JsonRecord[]) {
    const attribute = given.attribute;
    instance.setAnswer(givenAnswer(structure, given.answer as Json), {
      ...(attribute === undefined
        ? {}
        : { attribute: structure.getChildByHash(String(attribute), "attribute") }),
      ...(given.frames === undefined ? {} : { frames: framesOf(given.frames as Json) }),
      ...(given.overwrite === true ? { overwrite: true } : {}),
    });
  }
}

function givenAnswer(structure: OntologyStructure, value: Json): GivenAnswer {
  if (!isRecord(value)) return value as string | number;
  if (Array.isArray(value.options)) {
    return value.options.map((hash) => structure.getChildByHash(String(hash), "flatOption"));
  }
  return structure.getChildByHash(String(value.option), "option");
}

const points = (value: Json | undefined) => (value as [number, number][]).map(([x, y]) => ({ x, y }));
const flat = (value: readonly number[]) =>
  Array.from({ length: value.length / 2 }, (_, i) => ({ x: value[2 * i] ?? 0, y: value[2 * i + 1] ?? 0 }));
const xy = (value: Json | undefined) => ({
  x: Number((value as Json[])[0]),
  y: Number((value as Json[])[1]),
});

/** The recording's coordinates as ours. */
export function coordinatesOf(row: LabelRow, given: JsonRecord): Coordinates {
  const [kind = ""] = Object.keys(given);
  const value = given[kind] as Json;
  switch (kind) {
    case "boundingBox":
    case "rotatableBoundingBox": {
      const { h, w, x, y, theta } = value as { [key: string]: number };
      const box = { height: Number(h), width: Number(w), topLeftX: Number(x), topLeftY: Number(y) };
      return theta === undefined ? box : { ...box, theta };
    }
    case "polygon":
    case "polyline":
      return { values: points(value) };
    case "polygons":
      return { polygons: (value as number[][][]).map((part) => part.map(flat)) };
    case "point":
      return xy(value);
    case "skeletonTemplate": {
      const template = row.ontologyStructure.skeletonTemplates.get(String(value));
      if (!template) throw new Error(`The ontology has no skeleton template ${String(value)}.`);
      return template.createInstance(given.points as never);
    }
    case "bitmaskRows": {
      const rows = value as string[];
      const width = rows[0]?.length ?? 0;
      const pixels = rows.flatMap((line) => [...line].map((char) => (char === "#" ? 1 : 0)));
      return encodeBitmask(Uint8Array.from(pixels), { width, height: rows.length });
    }
    case "cuboid2d": {
      const { front, vanishingPoint, scaleRatio, offset } = value as JsonRecord;
      const face = flat(front as number[]);
      return offset === undefined
        ? { front: face, vanishingPoint: xy(vanishingPoint), scaleRatio: Number(scaleRatio) }
        : { front: face, offset: xy(offset) };
    }
    case "cuboid":
      return value as never;
    case "range":
      return { range: value as [number, number][] };
    case "rangeHtml":
      return { rangeHtml: value as never };
    default:
      throw new Error(`The recording has coordinates of an unknown kind: ${kind}.`);
  }
}
