/** What a recording shows of the project in which it took place: everything as it was when it was first seen. */

import type { Exchange, JsonRecord } from "../../encord/conformance/trace.ts";

// The recordings are JSON without a schema; what is read from them here is checked by the comparison of the answers.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Loose = any;

/** Of one project. */
export interface Gathered {
  readonly rows: Map<string, JsonRecord>;
  readonly tasks: Map<string, { task: JsonRecord; stage: string }>;
  readonly items: Map<string, JsonRecord>;
  readonly signed: Set<string>;
  readonly children: Map<string, string[]>;
  readonly blobs: Map<string, JsonRecord>;
  readonly created: Set<string>;
  readonly validation: Map<string, string[]>;
  readonly reviews: Map<string, JsonRecord[]>;
  readonly issues: JsonRecord[];
  /** Stages that had another page. */
  readonly continued: Set<string>;
  /** Stages whose other pages were read. */
  readonly followed: Set<string>;
}

export function nothing(): Gathered {
  return {
    rows: new Map(),
    tasks: new Map(),
    items: new Map(),
    signed: new Set(),
    children: new Map(),
    blobs: new Map(),
    created: new Set(),
    validation: new Map(),
    reviews: new Map(),
    issues: [],
    continued: new Set(),
    followed: new Set(),
  };
}

export function projectOf(exchange: Exchange): string | undefined {
  const inPath = /\/projects\/([0-9a-f-]{36})/.exec(exchange.path)?.[1];
  if (inPath) return inPath;
  const { resourcetype, resourceid } = exchange.requestHeaders;
  return resourcetype === "project" ? resourceid : undefined;
}

export function gather(exchange: Exchange, into: Gathered, labelHashes: string[]): void {
  const body: Loose = exchange.responseBody;
  const { path, method } = exchange;
  const stage = /\/stages\/([0-9a-f-]{36})\/tasks$/.exec(path)?.[1];
  if (stage) {
    if (body.nextPageToken) into.continued.add(stage);
    if (exchange.rawQuery.includes("pageToken")) into.followed.add(stage);
    for (const task of body.results) {
      if (!into.tasks.has(task.uuid)) into.tasks.set(task.uuid, { task, stage });
    }
  }
  const reviewed = /\/tasks\/([0-9a-f-]{36})\/reviews$/.exec(path)?.[1];
  if (reviewed && method === "GET") into.reviews.set(reviewed, body.results);
  if (path.endsWith("/issues") && method === "GET") into.issues.push(...body.results);
  if (path.endsWith("/validation-state")) into.validation.set(body.labelHash, body.errors);
  if (path.includes("/storage/")) gatherItems(exchange, into);
  if (path === "/public" && body.status === 200) {
    const { query_type, query_method } = exchange.requestBody as Loose;
    const rows: Loose[] = Array.isArray(body.response) ? body.response : [];
    switch (`${query_type} ${query_method}`) {
      case "labelrowmetadata GET":
        for (const row of rows) addRow(row, into);
        break;
      case "labelrow PUT":
        for (const blob of rows) {
          labelHashes.push(blob.label_hash);
          into.created.add(blob.label_hash);
        }
        break;
      case "labelrow GET":
        for (const blob of rows) {
          if (!into.blobs.has(blob.label_hash)) into.blobs.set(blob.label_hash, blob);
        }
        break;
      case "dataset GET":
        for (const row of body.response.data_rows) addDatasetRow(row, body.response, into);
    }
  }
}

function addRow(row: Loose, into: Gathered): void {
  const id = `${row.branch_name} ${row.data_hash}`;
  const before: Loose = into.rows.get(id) ?? {};
  // Later listings may show what an earlier one did not ask for.
  into.rows.set(id, {
    ...row,
    ...before,
    workflow_graph_node: before.workflow_graph_node ?? row.workflow_graph_node,
    client_metadata: before.client_metadata ?? row.client_metadata,
    images_data: before.images_data ?? row.images_data,
  });
}

function addDatasetRow(row: Loose, dataset: Loose, into: Gathered): void {
  addRow(
    {
      ...row,
      branch_name: "main",
      dataset_hash: dataset.dataset_hash,
      dataset_title: dataset.title,
      data_link: row.file_link,
      number_of_frames: 1,
      spaces: {},
      priority: 0.5,
      is_valid: true,
      label_hash: null,
    },
    into,
  );
}

function gatherItems(exchange: Exchange, into: Gathered): void {
  const body: Loose = exchange.responseBody;
  const items: Loose[] = body?.results ?? (body?.name ? [body] : []);
  const parent = /\/items\/([0-9a-f-]{36})\/child-items$/.exec(exchange.path)?.[1];
  if (parent)
    into.children.set(
      parent,
      items.map((item) => item.uuid),
    );
  for (const item of items) {
    if (!into.items.has(item.uuid)) into.items.set(item.uuid, item);
    if (item.signedUrl) into.signed.add(item.uuid);
  }
}
