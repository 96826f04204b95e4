/**
 * A project's Workflow: its stages, found by title or UUID. A stage of a kind that this client does not know yet is kept as
 * `OTHER`; the Python SDK would fail to read the whole project.
 */

import { InvalidArgumentsError, StageError } from "./errors.ts";
import { listOf, object, orElse, type Read, text, uuid } from "./json.ts";
import {
  AgentStage,
  AnnotationStage,
  ConsensusAnnotationStage,
  ConsensusReviewStage,
  FinalStage,
  OtherStage,
  ReviewStage,
} from "./stage.ts";
import type { StageContext } from "./task.ts";
import type { Transport } from "./transport.ts";
import { toUuid } from "./uuid.ts";

/** A stage; `stageType` tells the kinds apart. */
export type WorkflowStage =
  | AgentStage
  | AnnotationStage
  | ReviewStage
  | ConsensusAnnotationStage
  | ConsensusReviewStage
  | FinalStage
  | OtherStage;

/** What `stageType` can be. */
export type StageType = WorkflowStage["stageType"];

/** The class of a stage type. */
export type StageOfType<Type extends StageType> = Extract<WorkflowStage, { readonly stageType: Type }>;

/** Which stage: by its exact title or its UUID; of both, either may match. */
export interface StageWish<Type extends StageType = StageType> {
  readonly name?: string;
  readonly uuid?: string;
  /** The kind that it must be of. */
  readonly type?: Type;
}

/** The part of a project's answer that describes its Workflow. */
export const workflowReader = object({
  stages: listOf(
    object({
      stageType: text,
      uuid,
      title: text,
      pathways: orElse(listOf(object({ uuid, title: text, destinationUuid: uuid })), []),
    }),
  ),
});

/** The stages that the data of a project goes through. */
export class Workflow {
  /** In Encord's order. */
  readonly stages: readonly WorkflowStage[];

  constructor(transport: Transport, projectHash: string, fields: Read<typeof workflowReader>) {
    this.stages = fields.stages.map((stage) =>
      makeStage({ transport, projectHash, stageUuid: stage.uuid }, stage),
    );
  }

  /**
   * The first stage with this title (upper and lower case matter) or this UUID. Give a type to get the stage typed.
   *
   * @example
   * workflow.getStage("Agent 1");                               // by title or UUID
   * workflow.getStage({ name: "Agent 1", type: "AGENT" }).pathways;
   *
   * @throws StageError when there is none or it is of another kind, listing the stages; InvalidArgumentsError when `uuid`
   * is not a UUID
   */
  getStage<Type extends StageType>(wish: StageWish<Type> & { readonly type: Type }): StageOfType<Type>;
  getStage(wish: StageWish | string): WorkflowStage;
  getStage(wish: StageWish | string): WorkflowStage {
    const { name, uuid: id, type } = typeof wish === "string" ? titleOrUuid(wish) : wish;
    if (name === undefined && id === undefined) {
      throw new InvalidArgumentsError("Give the name or the uuid of the stage.");
    }
    const stageUuid = id === undefined ? undefined : toUuid(id, "stage");
    const found = this.stages.find((stage) => stage.uuid === stageUuid || stage.title === name);
    const wanted = [name, id].filter((each) => each !== undefined).map((each) => `"${each}"`);
    if (!found) {
      throw new StageError(`The Workflow has no stage ${wanted.join(" or ")}. It has ${this.#listed()}.`);
    }
    if (type !== undefined && found.stageType !== type) {
      throw new StageError(
        `The stage "${found.title}" is of the type ${found.stageType}; ${type} was expected. ` +
          `The Workflow has ${this.#listed()}.`,
      );
    }
    return found;
  }

  #listed(): string {
    const stages = this.stages.map((stage) => `"${stage.title}" (${stage.stageType}, ${stage.uuid})`);
    return stages.join(", ") || "no stages";
  }
}

/** A text that reads as a UUID can still be a title. */
function titleOrUuid(text: string): StageWish {
  try {
    return { name: text, uuid: toUuid(text, "stage") };
  } catch {
    return { name: text };
  }
}

function makeStage(
  context: StageContext,
  stage: Read<typeof workflowReader>["stages"][number],
): WorkflowStage {
  const { title, stageType } = stage;
  switch (stageType) {
    case "AGENT":
      return new AgentStage(
        context,
        title,
        stage.pathways.map((pathway) => ({
          uuid: pathway.uuid,
          name: pathway.title,
          destinationUuid: pathway.destinationUuid,
        })),
      );
    case "ANNOTATION":
      return new AnnotationStage(context, title);
    case "REVIEW":
      return new ReviewStage(context, title);
    case "CONSENSUS_ANNOTATION":
      return new ConsensusAnnotationStage(context, title);
    case "CONSENSUS_REVIEW":
      return new ConsensusReviewStage(context, title);
    case "DONE":
      return new FinalStage(context, title);
    default:
      return new OtherStage(context, title, stageType);
  }
}
