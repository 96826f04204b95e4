/**
 * The answers of one object or classification. Static answers hold everywhere, dynamic ones for ranges of frames.
 *
 * A nested attribute can be answered only while the option that it hangs on is chosen. When that choice changes, the nested
 * answer stays in the labels' JSON (as with the Python SDK), but is hidden until the option is chosen again.
 */

import { LabelRowError } from "../errors.ts";
import type { HashSource } from "../hashes.ts";
import type { JsonObject } from "../json.ts";
import type { Attribute } from "../ontology/attribute.ts";
import { type Answer, checkedAnswer, type GivenAnswer, isOption, sameAnswer } from "./answer.ts";
import { Ranges } from "./ranges.ts";

/** Whose attributes are answered: an object or classification of the ontology. */
export interface Questionnaire {
  readonly description: string;
  /** Nested ones included, depth first. */
  readonly allAttributes: readonly Attribute[];
}

export interface StaticAnswer {
  readonly attribute: Attribute;
  readonly answer: Answer;
  readonly manualAnnotation: boolean;
  /** Fields of the JSON that this client does not know. */
  readonly extra: JsonObject | null;
}

export interface DynamicEntry extends StaticAnswer {
  readonly ranges: Ranges;
  /** Null until the object is on a label row, whose hash source gives one. */
  trackHash: string | null;
}

/** How an answer is set. */
export interface AnswerOptions {
  /** Whether an existing answer may be changed. */
  readonly overwrite?: boolean;
  /** True by default; false marks what a model answered. */
  readonly manualAnnotation?: boolean;
}

export class AnswerSheet {
  readonly #questions: Questionnaire;
  readonly #static = new Map<Attribute, StaticAnswer>();
  /** Newest first, as they are written. */
  #dynamic: DynamicEntry[] = [];
  /** Fields beside the answers that this client does not know; they go back as they came. */
  extra: JsonObject | null = null;

  constructor(questions: Questionnaire) {
    this.#questions = questions;
  }

  /**
   * The attribute of this questionnaire that is meant.
   *
   * @param attribute the one that the caller named; without it, the attribute of the option, or the only one that takes a
   * text or number
   * @throws LabelRowError when it does not belong here, or cannot be told from the answer
   */
  attributeFor(attribute: Attribute | undefined, answer: GivenAnswer): Attribute {
    if (attribute) return this.own(attribute);
    if (typeof answer === "string") return this.#only("textAttribute", "text");
    if (typeof answer === "number") return this.#only("numericAttribute", "number");
    const [option] = isOption(answer) ? [answer] : answer;
    if (!option) {
      throw new LabelRowError(
        `Name the attribute that the empty list answers: setAnswer([], { attribute }) (${this.#questions.description}).`,
      );
    }
    return this.own(option.attribute);
  }

  /** The attribute here with the same hash. @throws LabelRowError when there is none */
  own(attribute: Attribute): Attribute {
    const own = this.find(attribute.featureNodeHash);
    if (own) return own;
    throw new LabelRowError(
      `The ${attribute.description} does not belong to the ${this.#questions.description}.`,
    );
  }

  find(featureNodeHash: string): Attribute | undefined {
    return this.#questions.allAttributes.find((each) => each.featureNodeHash === featureNodeHash);
  }

  /** Whether the options above this attribute are chosen. */
  isReachable(attribute: Attribute): boolean {
    for (let option = attribute.parentOption; option; option = option.attribute.parentOption) {
      if (this.#static.get(option.attribute)?.answer !== option) return false;
    }
    return true;
  }

  /** The static answer; null when there is none or it is hidden. */
  get(attribute: Attribute): Answer | null {
    return this.isReachable(attribute) ? (this.#static.get(attribute)?.answer ?? null) : null;
  }

  /** @throws LabelRowError when it is answered already and `overwrite` is not set, or hidden; InvalidArgumentsError */
  set(
    attribute: Attribute,
    given: GivenAnswer,
    { overwrite = false, manualAnnotation = true }: AnswerOptions,
  ): void {
    if (!this.isReachable(attribute)) {
      throw new LabelRowError(
        `The ${attribute.description} is only asked while ${attribute.parentOption?.description ?? "its option"} is chosen; ` +
          "choose that first.",
      );
    }
    if (this.#static.has(attribute) && !overwrite) {
      throw new LabelRowError(
        `The ${attribute.description} is answered already; set { overwrite: true } to change it.`,
      );
    }
    this.#static.set(attribute, {
      attribute,
      answer: checkedAnswer(attribute, given),
      manualAnnotation,
      extra: null,
    });
  }

  /** Stores an answer that was read, unchecked. */
  put(answer: StaticAnswer): void {
    this.#static.set(answer.attribute, answer);
  }

  delete(attribute: Attribute): void {
    this.#static.delete(attribute);
  }

  /** Answered attributes in the order of the ontology. */
  answered(): StaticAnswer[] {
    if (this.#static.size === 0) return [];
    return this.#questions.allAttributes.flatMap((attribute) => this.#static.get(attribute) ?? []);
  }

  /** The entries of one attribute, oldest first. */
  getDynamic(attribute: Attribute, frame?: number): DynamicEntry[] {
    return this.#dynamic
      .filter((entry) => entry.attribute === attribute && (frame === undefined || entry.ranges.has(frame)))
      .reverse();
  }

  /** Answers the attribute on these frames, whatever was answered there before. Equal answers share one entry. */
  setDynamic(
    attribute: Attribute,
    given: GivenAnswer,
    frames: Ranges,
    hashes: HashSource | null,
    manualAnnotation = true,
  ): void {
    const answer = checkedAnswer(attribute, given);
    this.deleteDynamic(attribute, frames);
    const same = this.#dynamic.find(
      (entry) =>
        entry.attribute === attribute &&
        entry.manualAnnotation === manualAnnotation &&
        sameAnswer(entry.answer, answer),
    );
    if (same) {
      same.ranges.addAll(frames);
      return;
    }
    const trackHash = hashes?.() ?? null;
    this.#dynamic.unshift({
      attribute,
      answer,
      ranges: frames.copy(),
      trackHash,
      manualAnnotation,
      extra: null,
    });
  }

  /** Stores entries in the order of the JSON, taken as oldest first: as in the Python SDK, writing reverses them. */
  putDynamic(entries: readonly DynamicEntry[]): void {
    this.#dynamic = [...entries].reverse();
  }

  /** Removes the answers on these frames, or on all. */
  deleteDynamic(attribute: Attribute, frames?: Ranges, answer?: Answer): void {
    this.#dynamic = this.#dynamic.filter((entry) => {
      if (entry.attribute !== attribute || (answer !== undefined && !sameAnswer(entry.answer, answer)))
        return true;
      if (!frames) return false;
      entry.ranges.removeAll(frames);
      return !entry.ranges.isEmpty;
    });
  }

  /** Removes all dynamic answers on these frames. */
  clearFrames(frames: Ranges): void {
    for (const { attribute } of [...this.#dynamic]) this.deleteDynamic(attribute, frames);
  }

  /** All dynamic answers in the order in which they are written, newest first. */
  get dynamic(): readonly DynamicEntry[] {
    return this.#dynamic;
  }

  /** Every frame that has a dynamic answer. */
  dynamicFrames(): Ranges {
    const frames = new Ranges();
    for (const entry of this.#dynamic) frames.addAll(entry.ranges);
    return frames;
  }

  /** Gives a track hash to the dynamic answers that have none. */
  track(hashes: HashSource): void {
    for (const entry of this.#dynamic) entry.trackHash ??= hashes();
  }

  /** A copy of the answers, without track hashes. */
  copy(): AnswerSheet {
    const copy = new AnswerSheet(this.#questions);
    for (const answer of this.#static.values()) copy.put(answer);
    copy.putDynamic(
      this.#dynamic.map((entry) => ({ ...entry, ranges: entry.ranges.copy(), trackHash: null })),
    );
    return copy;
  }

  #only(kind: "textAttribute" | "numericAttribute", word: string): Attribute {
    const candidates = this.#questions.allAttributes.filter((attribute) => attribute.kind === kind);
    const [only, ...more] = candidates;
    if (only && more.length === 0) return only;
    throw new LabelRowError(
      only
        ? `The ${this.#questions.description} has several attributes that a ${word} answers: ` +
            `${candidates.map((each) => `"${each.name}"`).join(", ")}. Name one: setAnswer(answer, { attribute }).`
        : `The ${this.#questions.description} has no attribute that a ${word} answers.`,
    );
  }
}
