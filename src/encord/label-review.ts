/** Reviews of single labels: a review task has one for each object and classification. */

import { type Bundled, type Operation, sendOrAdd } from "./bundle.ts";
import { object, type Read, text, uuid } from "./json.ts";
import { readPages } from "./page.ts";
import type { Transport } from "./transport.ts";

/** A status that Encord adds later is passed on as it is. */
export type LabelReviewStatus = "NEW" | "APPROVED" | "REJECTED" | "RESOLVED" | "REOPENED" | (string & {});

const labelReviewReader = object({ reviewUuid: uuid, status: text, labelType: text, labelId: text });

/** @param path of a task's reviews, below `/v2/public` */
export async function* listLabelReviews(transport: Transport, path: string): AsyncGenerator<LabelReview> {
  for await (const page of readPages(transport, path, {}, labelReviewReader)) {
    for (const fields of page) yield new LabelReview(transport, path, fields);
  }
}

/** The review of one object or classification. */
export class LabelReview {
  readonly uuid: string;
  readonly status: LabelReviewStatus;
  /** `Object` or `Classification`. */
  readonly labelType: string;
  /** Hash of the object or classification. */
  readonly labelId: string;
  readonly #operation: Operation<{ readonly reviewUuid: string }>;

  /** @param path of the task's reviews */
  constructor(transport: Transport, path: string, fields: Read<typeof labelReviewReader>) {
    this.uuid = fields.reviewUuid;
    this.status = fields.status;
    this.labelType = fields.labelType;
    this.labelId = fields.labelId;
    this.#operation = {
      key: `reviews:${path}`,
      limit: 1000,
      async send(calls) {
        await transport.v2({ method: "POST", path: `${path}/actions`, body: calls, expects: "nothing" });
      },
    };
  }

  /** Accepts the label. */
  async approve(options: ReviewRemark = {}): Promise<void> {
    await this.#act("APPROVE", options);
  }

  /** Sends the label back to be changed. */
  async reject(options: ReviewRemark = {}): Promise<void> {
    await this.#act("REJECT", options);
  }

  /** Reopens a review that was approved or rejected. */
  async reopen(options: ReviewRemark = {}): Promise<void> {
    await this.#act("REOPEN", options);
  }

  async #act(action: string, { comment, issueTags, bundle }: ReviewRemark): Promise<void> {
    const call = {
      reviewUuid: this.uuid,
      action,
      ...(comment === undefined ? {} : { comment }),
      ...(issueTags === undefined ? {} : { commentTags: issueTags }),
    };
    await sendOrAdd(this.#operation, call, bundle);
  }
}

/** What the reviewer adds to the verdict. */
export interface ReviewRemark extends Bundled {
  readonly comment?: string;
  readonly issueTags?: readonly string[];
}
