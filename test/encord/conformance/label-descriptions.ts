/** Label rows as the recording describes them. */

import type { LabelRow } from "../../../src/encord/index.ts";
import type { Answer } from "../../../src/encord/labels/answer.ts";
import type { Option } from "../../../src/encord/ontology/option.ts";
import type { Json } from "./trace.ts";

/** A row with the names that the recording uses. */
export function describeRow(row: LabelRow) {
  return {
    labelHash: row.labelHash,
    branchName: row.branchName,
    dataHash: row.dataHash,
    groupHash: row.groupHash,
    datasetHash: row.datasetHash,
    datasetTitle: row.datasetTitle,
    dataTitle: row.dataTitle,
    dataType: row.dataType,
    fileType: row.fileType,
    clientMetadata: row.clientMetadata,
    workflowGraphNode: row.workflowGraphNode,
    isShadowData: row.isShadowData,
    createdAt: row.createdAt,
    lastEditedAt: row.lastEditedAt,
    numberOfFrames: row.numberOfFrames,
    duration: row.duration,
    fps: row.fps,
    width: row.width,
    height: row.height,
    dataLink: row.dataLink,
    backingItemUuid: row.backingItemUuid,
    isValid: row.isValid,
    isLabellingInitialised: row.isLabellingInitialised,
    taskUuid: row.taskUuid,
    priority: row.priority,
  };
}

/** Objects, classifications and their answers as the user sees them. */
export function describeLabels(row: LabelRow) {
  return {
    objects: row.getObjectInstances().map((object) => ({
      objectHash: object.objectHash,
      featureHash: object.featureHash,
      name: object.objectName,
      frames: object.getAnnotationFrames(),
      answers: Object.fromEntries(
        object.ontologyItem.allAttributes.map((attribute) => [
          attribute.featureNodeHash,
          attribute.dynamic
            ? object
                .getDynamicAnswers(attribute)
                .map((each) => ({ answer: describeAnswer(each.answer as Answer), ranges: each.ranges }))
            : describeAnswer(object.getAnswer(attribute) as Answer | null),
        ]),
      ),
    })),
    classifications: row.getClassificationInstances().map((instance) => ({
      classificationHash: instance.classificationHash,
      featureHash: instance.featureHash,
      name: instance.classificationName,
      ranges: instance.rangeList,
      isGlobal: instance.isGlobal,
      answers: Object.fromEntries(
        instance.ontologyItem.allAttributes.map((attribute) => [
          attribute.featureNodeHash,
          describeAnswer(instance.getAnswer(attribute) as Answer | null),
        ]),
      ),
    })),
  };
}

export function describeAnswer(given: Answer | null): Json {
  if (given === null || typeof given === "string" || typeof given === "number") return given;
  const describe = (option: Option) => ({ title: option.title, featureNodeHash: option.featureNodeHash });
  return Array.isArray(given) ? given.map(describe) : describe(given as Option);
}
