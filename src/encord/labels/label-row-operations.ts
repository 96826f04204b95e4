/**
 * The calls of label rows that can share a request. A row that cannot be read (or is missing from an answer) does not harm
 * its neighbours: they have their labels when the error is thrown, and are not asked for again when a bundle splits the
 * chunk to find the culprit. Creating in particular must not be repeated.
 *
 * A row that the answer leaves out stays without labels when a bundle is executed, as in the Python SDK; `settle` reports it.
 * Two `LabelRow` objects of one row both get their labels (in the SDK only the last does).
 */

import type { Operation } from "../bundle.ts";
import { type EncordError, ResourceNotFoundError } from "../errors.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { Transport } from "../transport.ts";

/** Asks for the labels of one row. */
export interface InitialiseCall {
  /** The data hash (create) or label hash (read) that its answer will have. */
  readonly uid: string;
  readonly includeSignedUrl: boolean;
  /** How error messages refer to the row. */
  readonly description: string;
  /** Reads what Encord sent. @throws EncordError when it cannot be read */
  receive(blob: Readonly<Record<string, unknown>>): void;
  /** Set once an answer was received: the error of reading it, undefined when all went well. */
  outcome?: { readonly error: unknown };
}

export interface ReadFilters {
  readonly includeObjectFeatureHashes: readonly string[] | null;
  readonly includeClassificationFeatureHashes: readonly string[] | null;
  readonly includeReviews: boolean;
  readonly includeArchived: boolean;
}

export interface SaveCall {
  readonly labelHash: string;
  readonly blob: JsonObject;
  readonly validateBeforeSaving: boolean;
}

/**
 * Labels for data that has none yet. Never repeated: it creates. Rows of different branches do not share a request (in the
 * Python SDK the branch of the first would count for all).
 */
export function createOperation(
  transport: Transport,
  projectHash: string,
  branchName: string,
): Operation<InitialiseCall> {
  return {
    key: `labels.create:${projectHash}:${branchName}`,
    limit: 1000,
    leftOut,
    send: (calls) =>
      request(calls, "data_hash", (pending) =>
        transport.legacy({
          resource: { type: "project", id: projectHash },
          queryType: "labelrow",
          queryMethod: "PUT",
          uid: uidsOf(pending),
          payload: {
            multi_request: true,
            get_signed_url: pending.some((call) => call.includeSignedUrl),
            branch_name: branchName,
          },
          retryable: false,
          expects: "list",
        }),
      ),
  };
}

/**
 * Reads existing labels. Rows read with different filters do not share a request: with another row's filter, a later save
 * would delete labels.
 */
export function readOperation(
  transport: Transport,
  projectHash: string,
  filters: ReadFilters,
): Operation<InitialiseCall> {
  return {
    key: `labels.read:${projectHash}:${JSON.stringify(filters)}`,
    limit: 1000,
    leftOut,
    send: (calls) =>
      request(calls, "label_hash", (pending) =>
        transport.legacy({
          resource: { type: "project", id: projectHash },
          queryType: "labelrow",
          queryMethod: "GET",
          uid: uidsOf(pending),
          payload: {
            get_signed_url: pending.some((call) => call.includeSignedUrl),
            multi_request: true,
            include_object_feature_hashes: filters.includeObjectFeatureHashes,
            include_classification_feature_hashes: filters.includeClassificationFeatureHashes,
            include_reviews: filters.includeReviews,
            include_export_history: false,
            include_archived: filters.includeArchived,
          },
          retryable: true,
          expects: "list",
        }),
      ),
  };
}

/** Overwrites the labels of rows. May be repeated: the result is the same. */
export function saveOperation(transport: Transport, projectHash: string): Operation<SaveCall> {
  return {
    key: `labels.save:${projectHash}`,
    limit: 1000,
    async send(calls) {
      await transport.legacy({
        resource: { type: "project", id: projectHash },
        queryType: "labelrow",
        queryMethod: "POST",
        uid: calls.map((call) => call.labelHash),
        payload: {
          multi_request: true,
          labels: calls.map((call) => call.blob),
          validate_before_saving: calls.some((call) => call.validateBeforeSaving),
        },
        retryable: true,
        expects: "written",
      });
    },
  };
}

/** Sends rows back to annotation, or ends their annotation. Never repeated. The calls are label hashes. */
export function workflowOperation(
  transport: Transport,
  projectHash: string,
  action: "reopen" | "complete",
): Operation<string> {
  return {
    key: `labels.${action}:${projectHash}`,
    limit: 1000,
    async send(labelHashes) {
      await transport.legacy({
        resource: { type: "project", id: projectHash },
        queryType: "labelworkflowgraphnode",
        queryMethod: "POST",
        uid: labelHashes,
        payload: { action },
        retryable: false,
        expects: "written",
      });
    },
  };
}

async function request(
  calls: readonly InitialiseCall[],
  key: "data_hash" | "label_hash",
  ask: (pending: readonly InitialiseCall[]) => Promise<unknown>,
): Promise<void> {
  const pending = calls.filter((call) => !call.outcome);
  if (pending.length > 0) hand(await ask(pending), pending, key);
  const failed = calls.find((call) => call.outcome?.error !== undefined);
  if (failed) throw failed.outcome?.error as EncordError;
}

/** Each row once, however many calls wait for it: asking twice could create it twice. */
function uidsOf(calls: readonly InitialiseCall[]): string[] {
  return [...new Set(calls.map((call) => call.uid))];
}

/** Matches answers to calls by hash; an answer that nobody waits for is ignored, a call without an answer stays pending. */
function hand(answer: unknown, pending: readonly InitialiseCall[], key: "data_hash" | "label_hash"): void {
  const byUid = Map.groupBy(pending, (call) => call.uid);
  for (const blob of Array.isArray(answer) ? answer : []) {
    const uid: unknown = isObject(blob) ? blob[key] : undefined;
    if (typeof uid !== "string" || !isObject(blob)) continue;
    for (const call of byUid.get(uid) ?? []) {
      try {
        call.receive(blob);
        call.outcome = { error: undefined };
      } catch (error) {
        call.outcome = { error };
      }
    }
  }
}

function leftOut(call: InitialiseCall): EncordError | null {
  return call.outcome ? null : new ResourceNotFoundError(`Encord sent no labels for ${call.description}.`);
}
