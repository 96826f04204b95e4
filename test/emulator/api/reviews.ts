/** Reviews of single labels: one for each object and classification of a task in a review stage. */

import { asArray, asObject, asText, asUuid, type Call, parameter, projectOf, stageOf } from "../call.ts";
import { type Page, pageOf } from "../page.ts";
import { Refusal, unprocessable } from "../refusal.ts";
import type { ReviewDocument, TaskDocument } from "../state/documents.ts";
import type { State } from "../state/state.ts";
import { words } from "../words.ts";

export function listReviews(call: Call): Page {
  const task = reviewedTask(call);
  const reviews = call.state.reviewsOf(task.uuid);
  const page = pageOf(reviews, call.query.get("pageToken"), call.world.pageSize);
  const results = page.items.map(({ reviewUuid, status, labelType, labelId }) => ({
    reviewUuid,
    status,
    labelType,
    labelId,
  }));
  return { results, nextPageToken: page.nextPageToken };
}

const REVIEW_STATUS: Readonly<Record<string, string>> = {
  APPROVE: "APPROVED",
  REJECT: "REJECTED",
  REOPEN: "REOPENED",
};

export function actOnReviews(call: Call): null {
  const task = reviewedTask(call);
  const changed = asArray(call.body).map((value, index): ReviewDocument => {
    const body = asObject(value, index);
    const uuid = asUuid(body.reviewUuid, index, "reviewUuid");
    const review = call.state.review(uuid);
    if (review?.taskUuid !== task.uuid) throw new Refusal(404, `Task ${task.uuid} has no review ${uuid}.`);
    const action = asText(body.action, index, "action");
    const status = Object.hasOwn(REVIEW_STATUS, action) ? REVIEW_STATUS[action] : undefined;
    if (status === undefined) throw unprocessable(["body", index, "action"], `"${action}" is not an action.`);
    return {
      ...review,
      status,
      comment: typeof body.comment === "string" ? body.comment : review.comment,
      commentTags: Array.isArray(body.commentTags) ? body.commentTags.map(words) : review.commentTags,
    };
  });
  for (const review of changed) call.state.putReview(review);
  return null;
}

/** What becomes of the open reviews of a task's labels when the task moves on. */
const REVIEWS_AFTER: Readonly<Record<string, string>> = {
  SUBMIT: "RESOLVED",
  APPROVE: "APPROVED",
  REJECT: "REJECTED",
};

/** Closes the open reviews of a task that moves on by this action. */
export function closeReviews(state: State, taskUuid: string, action: string): void {
  const status = REVIEWS_AFTER[action];
  if (status === undefined) return;
  for (const review of state.reviewsOf(taskUuid)) {
    const isOpen = status === "RESOLVED" ? review.status === "REJECTED" : review.status === "NEW";
    if (isOpen) state.putReview({ ...review, status });
  }
}

function reviewedTask(call: Call): TaskDocument {
  const stage = stageOf(call, projectOf(call));
  const uuid = parameter(call, "task");
  const task = call.state.task(uuid);
  if (task?.stageUuid !== stage.uuid) throw new Refusal(404, `Stage "${stage.title}" has no task ${uuid}.`);
  return task;
}
