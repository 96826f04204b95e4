/**
 * The way in: a client signs with a key (or carries a token), and fetches projects, Workflows, storage items and datasets.
 * Making one does not reach the network. Everything it and its objects throw is an `EncordError`.
 *
 * @example
 * const client = await EncordClient.withSshKey({ sshKey: env.ENCORD_SSH_KEY });
 * const project = await client.getProject(projectHash);
 * for await (const task of project.workflow.getStage({ name: "Agent 1", type: "AGENT" }).getTasks()) {
 *   const [row] = await project.listLabelRows({ dataHashes: [task.dataHash] });
 *   await task.proceed({ pathwayName: "annotate" });
 * }
 */

import { EU_DOMAIN } from "./api-domain.ts";
import { Bundle, type Bundled } from "./bundle.ts";
import { type Dataset, readDataset } from "./dataset.ts";
import { InvalidArgumentsError } from "./errors.ts";
import { type HashSource, randomHashes } from "./hashes.ts";
import { HttpTransport, type RequestReport, type Timeouts } from "./http-transport.ts";
import { object, readAnswer, text } from "./json.ts";
import { bytesToHex, readSshKey, type SigningKey } from "./key.ts";
import { Ontology } from "./ontology/ontology.ts";
import type { Page } from "./page.ts";
import { noWorkflow, Project, workflowOf } from "./project.ts";
import { listProjects, type ProjectFilters, type ProjectInfo, readProjectFields } from "./project-info.ts";
import type { RetryOptions } from "./retry.ts";
import { type Authentication, bearerAuthentication, keyAuthentication } from "./signing.ts";
import { AgentStage } from "./stage.ts";
import { StorageItem } from "./storage-item.ts";
import { itemsNotFound, type RequestedStorageItem, requestStorageItem } from "./storage-item-request.ts";
import type { AgentTask } from "./task.ts";
import type { Transport } from "./transport.ts";
import { toUuid } from "./uuid.ts";
import type { Workflow } from "./workflow.ts";

/** Options of a client; the last three are for tests. */
export interface ClientOptions {
  /** Origin of the API: `https://api.encord.com` by default, `https://api.us.encord.com` for the US, or your own. */
  readonly domain?: string | undefined;
  /** Added to the user agent: products such as `my-agent/1.2`, separated by single spaces. */
  readonly userAgentSuffix?: string | undefined;
  /** The value of `X-Cloud-Trace-Context` for each request, `<32 hex digits>/<span>;o=1`; a random one by default. */
  readonly traceId?: (() => string) | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly timeouts?: Timeouts | undefined;
  /** Where the hashes of new objects and classifications come from; random by default. */
  readonly hashes?: HashSource | undefined;
  /** Told about each attempt of each request, for counting; must not throw. */
  readonly onRequest?: ((report: RequestReport) => void) | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Waits between retries. */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
}

const USER_AGENT = "encord-edge-client/0.1.0";
const PRODUCTS =
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]+(\/[!#$%&'*+.^_`|~0-9A-Za-z-]+)?( [!#$%&'*+.^_`|~0-9A-Za-z-]+(\/[!#$%&'*+.^_`|~0-9A-Za-z-]+)?)*$/;

/** A connection to Encord, made by `withSshKey` or `withBearerToken`; it holds nothing open. */
export class EncordClient {
  readonly #transport: Transport;
  readonly #now: () => number;
  readonly #hashes: HashSource;

  private constructor(parts: {
    readonly transport: Transport;
    readonly now: () => number;
    readonly hashes: HashSource;
  }) {
    this.#transport = parts.transport;
    this.#now = parts.now;
    this.#hashes = parts.hashes;
  }

  static #over(authentication: (now: () => number) => Authentication, options: ClientOptions): EncordClient {
    const now = options.now ?? Date.now;
    const transport = new HttpTransport({
      domain: options.domain ?? EU_DOMAIN,
      authentication: authentication(now),
      userAgent: userAgent(options.userAgentSuffix),
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      now,
      sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
      traceContext: options.traceId ?? randomTrace,
      retry: options.retry,
      timeouts: options.timeouts,
      onRequest: options.onRequest,
    });
    return new EncordClient({ transport, now, hashes: options.hashes ?? randomHashes() });
  }

  /**
   * A client that signs with a private SSH key (Ed25519, OpenSSH format) whose public half is registered in Encord.
   *
   * @param options.password of an encrypted key
   * @throws SshKeyError saying what is wrong with the key; InvalidArgumentsError for a bad domain or user agent
   */
  static async withSshKey(
    options: ClientOptions & { readonly sshKey: string; readonly password?: string | null | undefined },
  ): Promise<EncordClient> {
    const key = await readKeyOnce(options.sshKey, options.password ?? "");
    return EncordClient.#over((now) => keyAuthentication(key, now), options);
  }

  /**
   * A client that carries a token, from `getBearerToken`.
   *
   * @throws InvalidArgumentsError when the token cannot stand in a header; also for a bad domain or user agent
   */
  static async withBearerToken(options: ClientOptions & { readonly token: string }): Promise<EncordClient> {
    const authentication = bearerAuthentication(options.token);
    return EncordClient.#over(() => authentication, options);
  }

  /**
   * A client whose requests go through what `wrap` makes of this one's transport: to record, withhold or change them.
   *
   * @example
   * const readOnly = client.through((transport) => new WithoutWrites(transport));
   */
  through(wrap: (transport: Transport) => Transport): EncordClient {
    return new EncordClient({ transport: wrap(this.#transport), now: this.#now, hashes: this.#hashes });
  }

  /** Origin of the API. */
  get domain(): string {
    return this.#transport.domain;
  }

  /**
   * Checks, with a cheap request, that Encord knows the key; not what the key's owner may see.
   *
   * @throws AuthenticationError when Encord does not know it
   */
  async verifyAuth(): Promise<void> {
    const yesterday = new Date(this.#now() - 86_400_000);
    await this.#transport.legacy({
      resource: null,
      scope: "user",
      queryType: "projectwithuserrole",
      queryMethod: "GET",
      uid: null,
      payload: { filter: { created_after: yesterday.toISOString().slice(0, 19) } },
      retryable: true,
      expects: "list",
    });
  }

  /** A bearer token with the rights of the key. It expires; keep it secret. */
  async getBearerToken(): Promise<string> {
    const path = "user/bearer-token";
    const answer = await this.#transport.v2({ method: "GET", path });
    return readAnswer(object({ token: text }), answer, `GET ${path}`).token;
  }

  /**
   * A project with its ontology: two requests.
   *
   * @throws ResourceNotFoundError, AuthorisationError when the key's owner is not in the project, ...
   */
  async getProject(projectHash: string): Promise<Project> {
    const fields = await readProjectFields(this.#transport, toUuid(projectHash, "project hash"));
    const ontology = await this.getOntology(fields.ontologyHash);
    return new Project(
      { transport: this.#transport, now: this.#now, hashes: this.#hashes },
      fields,
      ontology,
    );
  }

  /**
   * Only the Workflow of a project: one request, no ontology.
   *
   * @throws WrongProjectTypeError when the project has none
   */
  async getWorkflow(projectHash: string): Promise<Workflow> {
    const fields = await readProjectFields(this.#transport, toUuid(projectHash, "project hash"));
    return workflowOf(this.#transport, fields) ?? noWorkflow(fields);
  }

  /**
   * The tasks of an agent stage whose UUID is known, a page at a time, without fetching the project first. If Encord has no
   * such stage, the first page fails.
   *
   * @param from the `nextPageToken` of a page, to go on after it; null: from the beginning
   * @throws InvalidArgumentsError when one of the ids is not a UUID; EncordError when a page cannot be fetched
   */
  agentTaskPages(
    projectHash: string,
    stageUuid: string,
    from: string | null = null,
  ): AsyncGenerator<Page<AgentTask>> {
    const context = {
      transport: this.#transport,
      projectHash: toUuid(projectHash, "project hash"),
      stageUuid: toUuid(stageUuid, "stage"),
    };
    return new AgentStage(context, "", []).taskPagesFrom(from);
  }

  /** The projects that the key's owner can see, without their ontologies, fetched page by page. */
  getProjects(filters: ProjectFilters = {}): AsyncGenerator<ProjectInfo> {
    return listProjects(this.#transport, filters);
  }

  /**
   * An ontology by itself; that of a project comes with the project.
   *
   * @throws ResourceNotFoundError; OntologyError when its structure cannot be read
   */
  async getOntology(ontologyHash: string): Promise<Ontology> {
    const path = `ontologies/${toUuid(ontologyHash, "ontology hash")}`;
    return new Ontology(await this.#transport.v2({ method: "GET", path }));
  }

  /**
   * One storage item. `signUrl` fetches its download URL along with it.
   *
   * @throws ResourceNotFoundError
   */
  async getStorageItem(
    itemUuid: string,
    { signUrl = false }: { readonly signUrl?: boolean } = {},
  ): Promise<StorageItem> {
    return StorageItem.fetch(this.#transport, itemUuid, signUrl);
  }

  /**
   * Many storage items, up to 1000 per request, in the order asked for. `skipMissing` leaves out those that Encord does
   * not have.
   *
   * @throws ResourceNotFoundError naming the missing items, unless `skipMissing` is set
   */
  async getStorageItems(
    itemUuids: readonly string[],
    {
      signUrl = false,
      skipMissing = false,
    }: { readonly signUrl?: boolean; readonly skipMissing?: boolean } = {},
  ): Promise<StorageItem[]> {
    const fetchAll = skipMissing ? StorageItem.fetchExisting : StorageItem.fetchBulk;
    const found = await fetchAll(this.#transport, itemUuids, signUrl);
    const byUuid = new Map(found.map((item) => [item.uuid, item]));
    const items: StorageItem[] = [];
    const missing: string[] = [];
    for (const itemUuid of itemUuids) {
      const item = byUuid.get(toUuid(itemUuid, "storage item"));
      if (item) items.push(item);
      else missing.push(itemUuid);
    }
    if (missing.length > 0 && !skipMissing) throw itemsNotFound(missing);
    return items;
  }

  /**
   * Asks for a storage item together with others: `item` of the result is null until the bundle has been sent. Sending
   * it throws ResourceNotFoundError naming the items that Encord does not have.
   */
  requestStorageItem(
    itemUuid: string,
    options: { readonly signUrl?: boolean } & Bundled = {},
  ): Promise<RequestedStorageItem> {
    return requestStorageItem(this.#transport, itemUuid, options);
  }

  /**
   * A dataset with all its data units: one request, not paged.
   *
   * @throws ResourceNotFoundError
   */
  getDataset(
    datasetHash: string,
    { includeClientMetadata = false }: { readonly includeClientMetadata?: boolean } = {},
  ): Promise<Dataset> {
    return readDataset(this.#transport, datasetHash, includeClientMetadata);
  }

  /** An empty bundle; `size` caps its requests below the limit of each operation. */
  createBundle(options: { readonly size?: number } = {}): Bundle {
    return new Bundle(options);
  }
}

/**
 * The last key that was read. A Worker makes a client for each request, always with the same key, and reading one that is
 * protected by a password takes a fifth of a second of CPU.
 */
let lastKey: { readonly text: string; readonly password: string; readonly key: SigningKey } | null = null;

async function readKeyOnce(text: string, password: string): Promise<SigningKey> {
  if (lastKey?.text === text && lastKey.password === password) return lastKey.key;
  const key = await readSshKey(text, password);
  lastKey = { text, password, key };
  return key;
}

function userAgent(suffix: string | undefined): string {
  if (suffix === undefined || suffix === "") return USER_AGENT;
  if (PRODUCTS.test(suffix)) return `${USER_AGENT} ${suffix}`;
  throw new InvalidArgumentsError(
    `The user agent suffix must be products such as "my-agent/1.2", separated by single spaces; it is ${JSON.stringify(suffix)}.`,
  );
}

function randomTrace(): string {
  return `${bytesToHex(crypto.getRandomValues(new Uint8Array(16)))}/1;o=1`;
}
