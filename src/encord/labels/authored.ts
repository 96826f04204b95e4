/**
 * Who made an annotation, when, and with what confidence. A time that was not given is null until the annotation is on a
 * label row, whose clock fills it in. An author that was not given is null, and Encord fills in the caller.
 */

import { InvalidArgumentsError } from "../errors.ts";
import { type Fields, flagIn, optionalNumberIn, optionalTextIn, optionalTimeIn } from "./label-json.ts";
import { formatLabelTime, isLongForm, toLongForm } from "./label-time.ts";

/** What can be said about an annotation when it is made. */
export interface AuthorshipOptions {
  readonly createdAt?: Date;
  /** An email address. */
  readonly createdBy?: string;
  readonly lastEditedAt?: Date;
  /** An email address. */
  readonly lastEditedBy?: string;
  /** From 0 to 1; 1 by default. */
  readonly confidence?: number;
  /** True by default; false marks what a model made. */
  readonly manualAnnotation?: boolean;
}

/** The authorship of an annotation. */
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

  /** From 0 to 1; 1 unless it was set. */
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

  /** Sets what is given and leaves the rest as it is. */
  author(options: AuthorshipOptions): void {
    if (options.createdAt !== undefined) this.createdAt = options.createdAt;
    if (options.createdBy !== undefined) this.createdBy = options.createdBy;
    if (options.lastEditedAt !== undefined) this.lastEditedAt = options.lastEditedAt;
    if (options.lastEditedBy !== undefined) this.lastEditedBy = options.lastEditedBy;
    if (options.confidence !== undefined) this.confidence = options.confidence;
    if (options.manualAnnotation !== undefined) this.manualAnnotation = options.manualAnnotation;
  }

  /** Whether it started as a copy of another's authorship. */
  protected get inherits(): boolean {
    return this.#inherits;
  }

  /** Starts as a copy of the other's authorship; that does not count as a change. */
  protected inherit(other: Authored): void {
    this.copyAuthorship(other);
    this.#inherits = true;
  }

  /** Copies the other's authorship unchecked: Encord may name authors otherwise than by an email address. */
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

  /** Reads it from an annotation's JSON. @throws LabelRowError naming the field */
  protected readAuthorship(json: Fields): void {
    this.#createdAt = optionalTimeIn(json, "createdAt");
    this.#createdBy = optionalTextIn(json, "createdBy");
    this.#lastEditedAt = optionalTimeIn(json, "lastEditedAt");
    this.#lastEditedBy = optionalTextIn(json, "lastEditedBy");
    this.#confidence = optionalNumberIn(json, "confidence") ?? 1;
    this.#manualAnnotation = flagIn(json, "manualAnnotation", true);
  }

  /** The times in the form of Encord's JSON. */
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
 * Checks that `readAuthorship` could read this JSON.
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

/** Whether the authorship in an annotation's JSON has exactly the form that the SDK writes, and there are no reviews. */
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
  if (typeof time !== "string" || toLongForm(time) === null) optionalTimeIn(json, key);
}

function checkedTime(time: Date): Date {
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentsError("The time of an annotation is an invalid Date.");
  return time;
}

function checkedEmail(email: string): string {
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return email;
  throw new InvalidArgumentsError(
    `The author of an annotation must be an email address; it is ${JSON.stringify(email.slice(0, 100))}.`,
  );
}
