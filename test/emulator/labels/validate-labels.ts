/**
 * Checks that labels which a client saves fit their row and the project's ontology: hashes that exist, shapes with their
 * coordinates, answers of the right kind, frames inside the file, an answer entry for every instance. The real Encord refuses
 * labels that do not, with three codes; the message here names the object and the frame.
 *
 * Answers without an instance are accepted: the SDK drops them when it reads.
 */

import type { JsonObject, RowDocument } from "../state/documents.ts";
import { words } from "../words.ts";
import { checkAnswers, isRange } from "./answers.ts";
import { checkCoordinates, type FrameSize } from "./coordinates.ts";
import { indexOntology, type OntologyIndex } from "./ontology-index.ts";

export interface SavedLabels {
  readonly labelHash: string;
  readonly row: RowDocument;
  readonly blob: unknown;
  /** The ontology's `editor`. */
  readonly editor: JsonObject;
}

export interface LabelProblem {
  /** A code of the legacy API. */
  readonly code: "ANSWER_DICTIONARY_ERROR" | "CORRUPTED_LABEL_ERROR" | "FEATURE_DOES_NOT_EXIST_ERROR";
  readonly message: string;
}

/** @returns the first problem, or null */
export function validateLabels(saved: SavedLabels): LabelProblem | null {
  try {
    new Validation(saved).run();
    return null;
  } catch (error) {
    if (error instanceof Problem) return { code: error.code, message: error.message };
    throw error;
  }
}

class Problem extends Error {
  readonly code: LabelProblem["code"];

  constructor(code: LabelProblem["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Types without a known number of frames. */
const UNBOUNDED = new Set(["DICOM", "SCENE", "GROUP"]);

class Validation {
  readonly #saved: SavedLabels;
  readonly #ontology: OntologyIndex;
  /** Feature hashes of the instances met so far. */
  readonly #objects = new Map<string, string>();
  readonly #classifications = new Map<string, string>();

  constructor(saved: SavedLabels) {
    this.#saved = saved;
    this.#ontology = indexOntology(saved.editor);
  }

  run(): void {
    const { labelHash, row } = this.#saved;
    const blob = object(this.#saved.blob, `The labels of ${labelHash}`);
    if (blob.label_hash !== labelHash) {
      corrupted(`Labels of ${words(blob.label_hash)} were sent as those of ${labelHash}.`);
    }
    if (blob.data_hash !== row.dataHash) {
      corrupted(`Labels ${labelHash} belong to data unit ${row.dataHash}, not to ${words(blob.data_hash)}.`);
    }
    if (words(blob.data_type).toUpperCase() !== row.dataType) {
      corrupted(`Data unit ${row.dataHash} is of type ${row.dataType}, not ${words(blob.data_type)}.`);
    }
    this.#units(object(blob.data_units, "data_units"));
    for (const [id, space] of Object.entries(object(blob.spaces ?? {}, "spaces"))) {
      this.#labels(object(space, `space ${id}`).labels ?? {}, `space ${id}`, { width: null, height: null });
    }
    this.#objectAnswers(object(blob.object_answers, "object_answers"));
    this.#objectActions(object(blob.object_actions ?? {}, "object_actions"));
    this.#classificationAnswers(object(blob.classification_answers, "classification_answers"));
  }

  #units(units: JsonObject): void {
    const { row } = this.#saved;
    const known =
      row.dataType === "IMG_GROUP" ? (row.images ?? []).map((image) => image.image_hash) : [row.dataHash];
    const sent = Object.keys(units);
    const missing = known.find((hash) => !sent.includes(hash));
    if (missing !== undefined) corrupted(`data_units lacks ${missing}.`);
    for (const [hash, value] of Object.entries(units)) {
      if (!known.includes(hash)) corrupted(`${hash} is not a data unit of this row.`);
      const unit = object(value, `data unit ${hash}`);
      const image = row.images?.find((each) => each.image_hash === hash);
      const { width, height } = image ?? row;
      this.#labels(unit.labels ?? {}, `data unit ${hash}`, { width, height });
    }
  }

  /** Either one frame's lists, or frames by their numbers. */
  #labels(value: unknown, where: string, size: FrameSize): void {
    const labels = object(value, `labels of ${where}`);
    if ("objects" in labels || "classifications" in labels) {
      this.#frame(labels, where, size);
      return;
    }
    const { row } = this.#saved;
    for (const [number, frame] of Object.entries(labels)) {
      // Scenes name the events of their images too: "camera#10".
      if (!/^\d+$/.test(number) && row.dataType !== "SCENE")
        corrupted(`"${number}" is not a frame of ${where}.`);
      if (!UNBOUNDED.has(row.dataType) && Number(number) >= row.numberOfFrames) {
        corrupted(`Frame ${number} of ${where}: the file has ${row.numberOfFrames} frames.`);
      }
      this.#frame(object(frame, `frame ${number}`), `frame ${number} of ${where}`, size);
    }
  }

  #frame(frame: JsonObject, where: string, size: FrameSize): void {
    const onFrame = new Set<string>();
    for (const value of array(frame.objects ?? [], `objects of ${where}`)) {
      const item = object(value, `an object on ${where}`);
      const hash = words(item.objectHash);
      if (onFrame.has(hash)) corrupted(`Object ${hash} is twice on ${where}.`);
      onFrame.add(hash);
      const feature = this.#ontology.objects.get(words(item.featureHash));
      if (!feature) unknownFeature(`Object ${hash} on ${where}`, item.featureHash);
      if (item.shape !== feature.shape) {
        corrupted(
          `Object ${hash} on ${where} is a ${words(item.shape)}; "${feature.name}" is a ${feature.shape}.`,
        );
      }
      const problem = checkCoordinates(item, feature.shape, size);
      if (problem) corrupted(`Object ${hash} ("${feature.name}") on ${where}: ${problem}.`);
      this.#meet(this.#objects, hash, words(item.featureHash), "Object");
    }
    const kinds = new Set<string>();
    for (const value of array(frame.classifications ?? [], `classifications of ${where}`)) {
      const item = object(value, `a classification on ${where}`);
      const hash = words(item.classificationHash);
      const feature = this.#ontology.classifications.get(words(item.featureHash));
      if (!feature) unknownFeature(`Classification ${hash} on ${where}`, item.featureHash);
      if (kinds.has(words(item.featureHash))) {
        corrupted(`"${feature.name}" is twice on ${where}.`);
      }
      kinds.add(words(item.featureHash));
      this.#meet(this.#classifications, hash, words(item.featureHash), "Classification");
    }
  }

  #meet(met: Map<string, string>, hash: string, featureHash: string, kind: string): void {
    const before = met.get(hash);
    if (before !== undefined && before !== featureHash) {
      corrupted(`${kind} ${hash} is of feature ${before} and of feature ${featureHash}.`);
    }
    met.set(hash, featureHash);
  }

  #objectAnswers(answers: JsonObject): void {
    for (const hash of this.#objects.keys()) {
      if (!(hash in answers)) incomplete(`Object ${hash} has no entry in object_answers.`);
    }
    for (const [hash, value] of Object.entries(answers)) {
      const answer = object(value, `object_answers of ${hash}`);
      if (answer.objectHash !== hash) incomplete(`object_answers of ${hash} names another objectHash.`);
      // Objects of audio and text are listed nowhere else; others name their feature on the frames.
      const featureHash = this.#objects.get(hash) ?? answer.featureHash;
      if (featureHash === undefined) continue;
      const feature = this.#ontology.objects.get(words(featureHash));
      if (!feature) unknownFeature(`Object ${hash}`, featureHash);
      if (answer.range != null && !isRange(answer.range)) {
        corrupted(`Object ${hash}: range is not a list of pairs.`);
      }
      const problem = checkAnswers(answer.classifications ?? [], feature.attributes, false);
      if (problem) incomplete(`Object ${hash} ("${feature.name}"): ${problem}.`);
      this.#objects.set(hash, words(featureHash));
    }
  }

  #objectActions(actions: JsonObject): void {
    for (const [hash, value] of Object.entries(actions)) {
      const feature = this.#ontology.objects.get(this.#objects.get(hash) ?? "");
      if (!feature) incomplete(`object_actions names the object ${hash}, which is nowhere else.`);
      const entries = object(value, `object_actions of ${hash}`).actions ?? [];
      const problem = checkAnswers(entries, feature.attributes, true);
      if (problem) incomplete(`Object ${hash} ("${feature.name}"): ${problem}.`);
    }
  }

  #classificationAnswers(answers: JsonObject): void {
    for (const hash of this.#classifications.keys()) {
      if (!(hash in answers)) incomplete(`Classification ${hash} has no entry in classification_answers.`);
    }
    for (const [hash, value] of Object.entries(answers)) {
      const answer = object(value, `classification_answers of ${hash}`);
      if (answer.classificationHash !== hash) {
        incomplete(`classification_answers of ${hash} names another classificationHash.`);
      }
      const feature = this.#ontology.classifications.get(words(answer.featureHash));
      if (!feature) unknownFeature(`Classification ${hash}`, answer.featureHash);
      const onFrames = this.#classifications.get(hash);
      if (onFrames !== undefined && onFrames !== answer.featureHash) {
        incomplete(`Classification ${hash} is of feature ${onFrames} on its frames.`);
      }
      if (answer.range != null && !isRange(answer.range)) {
        corrupted(`Classification ${hash}: range is not a list of pairs.`);
      }
      const problem = checkAnswers(answer.classifications ?? [], feature.attributes, false);
      if (problem) incomplete(`Classification ${hash} ("${feature.name}"): ${problem}.`);
    }
  }
}

function object(value: unknown, what: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  return corrupted(`${what}: an object is expected.`);
}

function array(value: unknown, what: string): unknown[] {
  return Array.isArray(value) ? value : corrupted(`${what}: a list is expected.`);
}

function corrupted(message: string): never {
  throw new Problem("CORRUPTED_LABEL_ERROR", message);
}

function incomplete(message: string): never {
  throw new Problem("ANSWER_DICTIONARY_ERROR", message);
}

function unknownFeature(what: string, featureHash: unknown): never {
  const message = `${what} has the feature ${words(featureHash)}, which the ontology does not have.`;
  throw new Problem("FEATURE_DOES_NOT_EXIST_ERROR", message);
}
