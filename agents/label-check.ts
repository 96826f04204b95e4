/**
 * Checks labels before people do: for boxes that are tiny, reach outside the image or are there twice, and for required
 * questions without an answer. In the Label Editor it tells the annotator; in a Workflow, as a node or an *Advanced* stage, it
 * decides between "accept" and "reject".
 * Change: the checks and their limits, the stage, and the names of the outcomes.
 */

import { agent, labelRow } from "encord-edge-agents";
import type {
  Attribute,
  BoundingBoxCoordinates,
  ClassificationInstance,
  LabelRow,
  ObjectInstance,
} from "encord-edge-agents/encord";
import { overlapOf } from "./box-overlap.ts";

/** A box is too small below this share of the image. */
const LEAST_AREA = 0.0005;
/** Two boxes of one kind with at least this overlap (intersection over union) are the same. */
const SAME_BOX = 0.9;
/** Rounding may move a box this far outside. */
const SLACK = 0.001;

export const labelCheck = agent({
  name: "label-check",
  description: "Checks labels for boxes that cannot be right and answers that are missing",
  modes: ["editor", "node", "stage"],
  stage: "Label check",
  outcomes: ["accept", "reject"],
  dependencies: { labelRow },
  run({ labelRow }) {
    const findings = [...checkBoxes(labelRow), ...checkAnswers(labelRow)];
    return findings.length === 0
      ? { outcome: "accept", message: "No problems found." }
      : { outcome: "reject", message: findings.join("; ") };
  },
});

interface Box {
  readonly name: string;
  readonly frame: number;
  readonly at: BoundingBoxCoordinates;
}

function checkBoxes(row: LabelRow): string[] {
  const findings: string[] = [];
  const boxes = row.getObjectInstances().flatMap(boxesOf);
  for (const { name, frame, at } of boxes) {
    const place = `${name} on frame ${frame}`;
    if (at.width * at.height < LEAST_AREA) findings.push(`${place} is tiny`);
    const right = at.topLeftX + at.width;
    const bottom = at.topLeftY + at.height;
    if (Math.min(at.topLeftX, at.topLeftY) < -SLACK || Math.max(right, bottom) > 1 + SLACK)
      findings.push(`${place} leaves the picture`);
  }
  for (const [i, one] of boxes.entries()) {
    const twin = boxes
      .slice(i + 1)
      .find(
        (other) =>
          other.name === one.name && other.frame === one.frame && overlapOf(one.at, other.at) >= SAME_BOX,
      );
    if (twin) findings.push(`${one.name} on frame ${one.frame} is there twice`);
  }
  return findings;
}

function boxesOf(object: ObjectInstance): Box[] {
  if (object.ontologyItem.shape !== "bounding_box") return [];
  return object.getAnnotations().map(({ frame, coordinates }) => ({
    name: object.objectName,
    frame,
    at: coordinates as BoundingBoxCoordinates,
  }));
}

function checkAnswers(row: LabelRow): string[] {
  const labelled: readonly (ObjectInstance | ClassificationInstance)[] = [
    ...row.getObjectInstances(),
    ...row.getClassificationInstances(),
  ];
  return labelled.flatMap((instance) => {
    const attributes: readonly Attribute[] = instance.ontologyItem.allAttributes;
    return attributes
      .filter((each) => each.required && !each.dynamic && isOpen(instance, each))
      .map((each) => `"${each.name}" of ${instance.ontologyItem.title} is not answered`);
  });
}

/** Whether the question is asked and has no answer; a nested one is asked only while its option is chosen. */
function isOpen(instance: ObjectInstance | ClassificationInstance, attribute: Attribute): boolean {
  const { parentOption } = attribute;
  if (parentOption) {
    const chosen = instance.getAnswer(parentOption.attribute);
    if (chosen?.featureNodeHash !== parentOption.featureNodeHash) return false;
  }
  const answer = instance.getAnswer(attribute);
  return answer === null || answer === "" || (Array.isArray(answer) && answer.length === 0);
}
