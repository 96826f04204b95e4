/** Issues: comments that a person or an agent pins to a data unit, a frame of it, or a point in a frame. */

import {
  flag,
  integer,
  isObject,
  listOf,
  number,
  object,
  orNull,
  type Read,
  type Reader,
  text,
  time,
  uuid,
} from "./json.ts";
import { readPages } from "./page.ts";
import type { Transport } from "./transport.ts";

/** What an issue says. */
export interface NewIssue {
  readonly comment: string;
  /** Names of tags; none by default. */
  readonly issueTags?: readonly string[];
}

const issueFields = object({
  dataUuid: uuid,
  comments: listOf(object({ content: text, authorEmail: orNull(text), createdAt: time })),
  tags: listOf(object({ name: text })),
  resolutionHistory: listOf(object({ isResolved: flag, createdAt: time, actorEmail: orNull(text) })),
});
const frameFields = object({ frameIndex: integer });
const coordinateFields = object({ frameIndex: integer, coordinate: object({ x: number, y: number }) });
const rangeFields = object({ frameRanges: listOf(object({ start: integer, end: integer })) });
const annotationFields = object({ annotationId: text });

/** An issue as Encord lists it; `type` says what it is pinned to. Coordinates run from 0 to 1. */
export type Issue = Read<typeof issueFields> &
  (
    | { readonly type: "dataUnit" }
    | ({ readonly type: "frame" } & Read<typeof frameFields>)
    | ({ readonly type: "frameCoordinate" } & Read<typeof coordinateFields>)
    | ({ readonly type: "frameRange" } & Read<typeof rangeFields>)
    | ({ readonly type: "annotation" } & Read<typeof annotationFields>)
    /** A kind that this client does not know; `serverType` is Encord's word for it. */
    | { readonly type: "other"; readonly serverType: string }
  );

const issue: Reader<Issue> = (value) => {
  const fields = issueFields(value);
  const type = isObject(value) ? value.type : undefined;
  switch (type) {
    case "dataUnit":
      return { type, ...fields };
    case "frame":
      return { type, ...frameFields(value), ...fields };
    case "frameCoordinate":
      return { type, ...coordinateFields(value), ...fields };
    case "frameRange":
      return { type, ...rangeFields(value), ...fields };
    case "annotation":
      return { type, ...annotationFields(value), ...fields };
    default:
      return { type: "other", serverType: text(type), ...fields };
  }
};

/** The issues of one data unit. */
export class DataUnitIssues {
  readonly #transport: Transport;
  readonly #path: string;
  readonly #dataHash: string;

  constructor(transport: Transport, projectHash: string, dataHash: string) {
    this.#transport = transport;
    this.#path = `projects/${projectHash}/issues`;
    this.#dataHash = dataHash;
  }

  /** Pins an issue to the whole file. */
  async addFileIssue(issue: NewIssue): Promise<void> {
    await this.#add({ type: "dataUnit", dataUuid: this.#dataHash }, issue);
  }

  /** Pins an issue to a frame, counted from 0. */
  async addFrameIssue(issue: NewIssue & { readonly frameIndex: number }): Promise<void> {
    await this.#add({ type: "frame", dataUuid: this.#dataHash, frameIndex: issue.frameIndex }, issue);
  }

  /** Pins an issue to a point of a frame; x and y run from 0 to 1. */
  async addCoordinateIssue(
    issue: NewIssue & { readonly frameIndex: number; readonly x: number; readonly y: number },
  ): Promise<void> {
    const { frameIndex, x, y } = issue;
    await this.#add({ type: "frameCoordinate", dataUuid: this.#dataHash, frameIndex, x, y }, issue);
  }

  /** All issues of the data unit, fetched page by page as the caller gets there. */
  async *list(): AsyncGenerator<Issue> {
    const query = { dataUnitId: this.#dataHash };
    for await (const page of readPages(this.#transport, this.#path, query, issue)) yield* page;
  }

  async #add(anchor: object, { comment, issueTags = [] }: NewIssue): Promise<void> {
    const body = { issues: [{ anchor, comment, issueTags }] };
    await this.#transport.v2({
      method: "POST",
      path: this.#path,
      body,
      // Sent twice, it would make two issues. (The Python SDK takes that risk.)
      repeatable: false,
      expects: "nothing",
    });
  }
}
