/** A project: its ontology, its Workflow, its label rows and datasets. */

import { type Bundled, sendOrAdd } from "./bundle.ts";
import { type ProjectDataset, projectDatasetReader } from "./dataset.ts";
import { UnexpectedAnswerError, WrongProjectTypeError } from "./errors.ts";
import type { HashSource } from "./hashes.ts";
import { type LabelRowFilters, listingPayload } from "./label-row-listing.ts";
import { LabelRow } from "./labels/label-row.ts";
import type { Ontology } from "./ontology/ontology.ts";
import type { OntologyStructure } from "./ontology/ontology-structure.ts";
import { readAll, readPages } from "./page.ts";
import { priorityCall, priorityOperation } from "./priority.ts";
import { type ProjectFields, type ProjectInfo, projectInfo } from "./project-info.ts";
import type { Transport } from "./transport.ts";
import { toUuid } from "./uuid.ts";
import { Workflow } from "./workflow.ts";

/** What a project passes on to its label rows. */
export interface ProjectOptions {
  readonly transport: Transport;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Where the hashes of new objects and classifications come from. */
  readonly hashes: HashSource;
}

const LISTING = "POST /public labelrowmetadata GET";

/**
 * A project with its ontology, as `EncordClient.getProject` fetches it.
 *
 * @example
 * const project = await client.getProject(projectHash);
 * const stage = project.workflow.getStage({ name: "Agent 1", type: "AGENT" });
 * const car = project.ontologyStructure.getChildByTitle("Car", "bounding_box");
 */
export class Project implements ProjectInfo {
  readonly projectHash: string;
  readonly title: string;
  readonly description: string;
  readonly projectType: string;
  readonly status: string;
  readonly createdAt: Date;
  readonly lastEditedAt: Date;
  readonly ontologyHash: string;
  readonly userRole: number | null;
  readonly ontology: Ontology;
  readonly #options: ProjectOptions;
  readonly #fields: ProjectFields;
  readonly #workflow: Workflow | null;

  constructor(options: ProjectOptions, fields: ProjectFields, ontology: Ontology) {
    const info = projectInfo(fields);
    this.projectHash = info.projectHash;
    this.title = info.title;
    this.description = info.description;
    this.projectType = info.projectType;
    this.status = info.status;
    this.createdAt = info.createdAt;
    this.lastEditedAt = info.lastEditedAt;
    this.ontologyHash = info.ontologyHash;
    this.userRole = info.userRole;
    this.ontology = ontology;
    this.#options = options;
    this.#fields = fields;
    this.#workflow = workflowOf(options.transport, fields);
  }

  /** The same project, over what `wrap` makes of its transport; as `EncordClient.through`. */
  through(wrap: (transport: Transport) => Transport): Project {
    const options = { ...this.#options, transport: wrap(this.#options.transport) };
    return new Project(options, this.#fields, this.ontology);
  }

  /** The objects and classifications that labels are made of. */
  get ontologyStructure(): OntologyStructure {
    return this.ontology.structure;
  }

  /** @throws WrongProjectTypeError when the project has no Workflow */
  get workflow(): Workflow {
    return this.#workflow ?? noWorkflow(this);
  }

  /**
   * The label rows, one for each data unit (and branch), without their labels: `initialiseLabels` fetches those. One
   * request, not paged: filter by `dataHashes` in big projects.
   *
   * @example
   * const [row] = await project.listLabelRows({ dataHashes: [task.dataHash] });
   */
  async listLabelRows(filters: LabelRowFilters = {}): Promise<LabelRow[]> {
    const { transport, now, hashes } = this.#options;
    const answer = await transport.legacy({
      resource: { type: "project", id: this.projectHash },
      queryType: "labelrowmetadata",
      queryMethod: "GET",
      uid: null,
      payload: listingPayload(filters),
      retryable: true,
      expects: "list",
    });
    if (!Array.isArray(answer)) {
      throw new UnexpectedAnswerError(`Encord's answer to ${LISTING} is not a list.`, { endpoint: LISTING });
    }
    const { projectHash, ontologyStructure } = this;
    return answer.map(
      (metadata: unknown) =>
        new LabelRow({ transport, projectHash, ontologyStructure, metadata, hashes, now }),
    );
  }

  /**
   * Sets the priority of the task of a data unit, from 0 (last) to 1 (first). Label rows listed before keep the old value.
   *
   * @throws WrongProjectTypeError when the project has no Workflow; InvalidArgumentsError for another number
   */
  async setPriority(dataHash: string, priority: number, { bundle }: Bundled = {}): Promise<void> {
    if (!this.#workflow) noWorkflow(this);
    const call = priorityCall(toUuid(dataHash, "data hash"), priority);
    await sendOrAdd(priorityOperation(this.#options.transport, this.projectHash), call, bundle);
  }

  /** The datasets that the project labels. */
  async listDatasets(): Promise<ProjectDataset[]> {
    const path = `projects/${this.projectHash}/datasets`;
    return readAll(readPages(this.#options.transport, path, {}, projectDatasetReader));
  }
}

/** The Workflow of a project; null when it has none. */
export function workflowOf(transport: Transport, fields: ProjectFields): Workflow | null {
  if (fields.projectType !== "workflow" || fields.workflow === null) return null;
  return new Workflow(transport, fields.projectHash, fields.workflow);
}

/** @throws WrongProjectTypeError always */
export function noWorkflow(project: { readonly title: string; readonly projectType: string }): never {
  throw new WrongProjectTypeError(
    `The project "${project.title}" is of the type ${project.projectType} and has no Workflow. ` +
      "Agents need a project with a Workflow.",
  );
}
