/** Issues: comments that a person or an agent pins to a data unit, a frame of it, or a point in a frame. */

import * as z from "zod/mini";
import { orNull, time, uuid } from "./json.ts";
import { readPages } from "./page.ts";
import type { Transport } from "./transport.ts";

export interface NewIssue {
  readonly comment: string;
  /** Names of tags; none by default. */
  readonly issueTags?: readonly string[];
}

const issueFields = {
  dataUuid: uuid,
  comments: z.array(z.object({ content: z.string(), authorEmail: orNull(z.string()), createdAt: time })),
  tags: z.array(z.object({ name: z.string() })),
  resolutionHistory: z.array(
    z.object({ isResolved: z.boolean(), createdAt: time, actorEmail: orNull(z.string()) }),
  ),
};

const issueSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("dataUnit"), ...issueFields }),
  z.object({ type: z.literal("frame"), frameIndex: z.int(), ...issueFields }),
  z.object({
    type: z.literal("frameCoordinate"),
    frameIndex: z.int(),
    coordinate: z.object({ x: z.number(), y: z.number() }),
    ...issueFields,
  }),
  z.object({
    type: z.literal("frameRange"),
    frameRanges: z.array(z.object({ start: z.int(), end: z.int() })),
    ...issueFields,
  }),
  z.object({ type: z.literal("annotation"), annotationId: z.string(), ...issueFields }),
]);

/** An issue as Encord lists it; `type` says what it is pinned to. Coordinates run from 0 to 1. */
export type Issue = z.output<typeof issueSchema>;

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

  /** All issues of the data unit, read page by page as they are asked for. */
  async *list(): AsyncGenerator<Issue> {
    const query = { dataUnitId: this.#dataHash };
    for await (const page of readPages(this.#transport, this.#path, query, issueSchema)) yield* page;
  }

  async #add(anchor: object, { comment, issueTags = [] }: NewIssue): Promise<void> {
    const body = { issues: [{ anchor, comment, issueTags }] };
    await this.#transport.v2({ method: "POST", path: this.#path, body, expects: "nothing" });
  }
}
