/**
 * Who made an annotation, when, and how sure they are. A time that was not given is null until the annotation is on a label
 * row, whose clock fills it in. An author that was not given is null, and Encord writes the caller's name.
 */

import { InvalidArgumentsError, LabelRowError } from "../errors.ts";
import { type Fields, flagIn, optionalNumberIn, optionalTextIn } from "./label-json.ts";
import { formatLabelTime, isLongForm, parseLabelTime, toLongForm } from "./label-time.ts";

/** What can be said about an annotation when it is made. */
export interface AuthorshipOptions {
  readonly createdAt?: Date;
  /** An email address. */
  readonly createdBy?: string;
  readonly lastEditedAt?: Date;
  /** An email address. */
  readonly lastEditedBy?: string;
  /** 1 by default. */
  readonly confidence?: number;
  /** True by default; false marks what a model made. */
  readonly manualAnnotation?: boolean;
}

export class Authored {
  #createdAt: Date | null = null;
  #createdBy: string | null = null;
  #lastEditedAt: Date | null = null;
  #lastEditedBy: string | null = null;
  #confidence = 1;
  #manualAnnotation = true;
  #changed = false;
  #inherits = false;

  get createdAt(): Date | null {
    return this.#createdAt;
  }
  set createdAt(time: Date | null) {
    this.#createdAt = time && checkedTime(time);
    this.#changed = true;
  }

  /** An email address. */
  get createdBy(): string | null {
    return this.#createdBy;
  }
  set createdBy(email: string | null) {
    this.#createdBy = email && checkedEmail(email);
    this.#changed = true;
  }

  get lastEditedAt(): Date | null {
    return this.#lastEditedAt;
  }
  set lastEditedAt(time: Date | null) {
    this.#lastEditedAt = time && checkedTime(time);
    this.#changed = true;
  }

  /** An email address. */
  get lastEditedBy(): string | null {
    return this.#lastEditedBy;
  }
  set lastEditedBy(email: string | null) {
    this.#lastEditedBy = email && checkedEmail(email);
    this.#changed = true;
  }

  /** 1 unless a model said otherwise. */
  get confidence(): number {
    return this.#confidence;
  }
  set confidence(confidence: number) {
    if (!Number.isFinite(confidence)) {
      throw new InvalidArgumentsError(`The confidence must be a number; it is ${String(confidence)}.`);
    }
    this.#confidence = confidence;
    this.#changed = true;
  }

  /** Whether a person made it. */
  get manualAnnotation(): boolean {
    return this.#manualAnnotation;
  }
  set manualAnnotation(manual: boolean) {
    this.#manualAnnotation = manual;
    this.#changed = true;
  }

  /** Whether anything was set since it was read. */
  protected get changed(): boolean {
    return this.#changed;
  }
  protected markChanged(): void {
    this.#changed = true;
  }

  /** Takes over what is given, leaves the rest as it is. */
  author(options: AuthorshipOptions): void {
    if (options.createdAt !== undefined) this.createdAt = options.createdAt;
    if (options.createdBy !== undefined) this.createdBy = options.createdBy;
    if (options.lastEditedAt !== undefined) this.lastEditedAt = options.lastEditedAt;
    if (options.lastEditedBy !== undefined) this.lastEditedBy = options.lastEditedBy;
    if (options.confidence !== undefined) this.confidence = options.confidence;
    if (options.manualAnnotation !== undefined) this.manualAnnotation = options.manualAnnotation;
  }

  /** Whether it started as what another one says. */
  protected get inherits(): boolean {
    return this.#inherits;
  }

  /** Says what the other one says, which is no change. */
  protected inherit(other: Authored): void {
    this.copyAuthorship(other);
    this.#inherits = true;
  }

  /** Says what the other one says, unchecked: what Encord sent may name authors by what is no email address. */
  copyAuthorship(other: Authored): void {
    this.#createdAt = other.#createdAt;
    this.#createdBy = other.#createdBy;
    this.#lastEditedAt = other.#lastEditedAt;
    this.#lastEditedBy = other.#lastEditedBy;
    this.#confidence = other.#confidence;
    this.#manualAnnotation = other.#manualAnnotation;
  }

  /** Fills in the times that nobody gave. */
  stamp(now: Date): void {
    this.#createdAt ??= now;
    this.#lastEditedAt ??= now;
  }

  /** Takes over what an annotation's JSON says. @throws LabelRowError naming the field */
  protected readAuthorship(json: Fields): void {
    this.#createdAt = timeIn(json, "createdAt");
    this.#createdBy = optionalTextIn(json, "createdBy");
    this.#lastEditedAt = timeIn(json, "lastEditedAt");
    this.#lastEditedBy = optionalTextIn(json, "lastEditedBy");
    this.#confidence = optionalNumberIn(json, "confidence") ?? 1;
    this.#manualAnnotation = flagIn(json, "manualAnnotation", true);
  }

  /** The times as JSON has them. */
  times(now: Date): { createdAt: string; lastEditedAt: string } {
    return {
      createdAt: formatLabelTime(this.#createdAt ?? now),
      lastEditedAt: formatLabelTime(this.#lastEditedAt ?? now),
    };
  }
}

/** @throws InvalidArgumentsError when one of them cannot be stored */
export function checkAuthorship(options: AuthorshipOptions): void {
  new Authored().author(options);
}

/**
 * Whether an annotation's JSON can be read, without reading it.
 * @throws LabelRowError naming the field
 */
export function checkAuthorshipJson(json: Fields): void {
  checkTimeIn(json, "createdAt");
  optionalTextIn(json, "createdBy");
  checkTimeIn(json, "lastEditedAt");
  optionalTextIn(json, "lastEditedBy");
  optionalNumberIn(json, "confidence");
  flagIn(json, "manualAnnotation", true);
}

/** Whether an annotation's JSON says who and when in the very form that the SDK writes, without reviews. */
export function hasNormalAuthorship(json: Fields): boolean {
  const { createdAt, lastEditedAt } = json;
  return (
    typeof createdAt === "string" &&
    isLongForm(createdAt) &&
    typeof lastEditedAt === "string" &&
    isLongForm(lastEditedAt) &&
    json["createdBy"] !== undefined &&
    json["lastEditedBy"] !== null &&
    typeof json["confidence"] === "number" &&
    typeof json["manualAnnotation"] === "boolean" &&
    json["reviews"] === undefined
  );
}

function checkTimeIn(json: Fields, key: string): void {
  const time = json[key];
  if (typeof time !== "string" || toLongForm(time) === null) timeIn(json, key);
}

function timeIn(fields: Fields, key: string): Date | null {
  const text = optionalTextIn(fields, key);
  if (text === null) return null;
  const time = parseLabelTime(text);
  if (time === null)
    throw new LabelRowError(`${key} is ${JSON.stringify(text.slice(0, 80))}; expected a time.`);
  return time;
}

function checkedTime(time: Date): Date {
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentsError("The time of an annotation is an invalid Date.");
  return time;
}

function checkedEmail(email: string): string {
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return email;
  throw new InvalidArgumentsError(
    `Authors of annotations are email addresses; ${JSON.stringify(email.slice(0, 100))} is none.`,
  );
}
