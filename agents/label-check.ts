/**
 * Looks labels over before people do: boxes that are tiny, leave the picture or lie twice on one another, and questions that
 * must be answered and are not. Tells the annotator in the Label Editor; in a Workflow, as a node or an *Advanced* stage,
 * what it finds decides between "accept" and "reject".
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

/** A box is too small below this part of the picture. */
const LEAST_AREA = 0.0005;
/** Two boxes of one kind are the same from this overlap on (intersection over union). */
const SAME_BOX = 0.9;
/** Rounding may carry a box this far outside. */
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
      ? { outcome: "accept", message: "Nothing to complain about." }
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

/** A nested question is open only while the option that it hangs on is chosen. */
function isOpen(instance: ObjectInstance | ClassificationInstance, attribute: Attribute): boolean {
  const { parentOption } = attribute;
  if (parentOption) {
    const chosen = instance.getAnswer(parentOption.attribute);
    if (chosen?.featureNodeHash !== parentOption.featureNodeHash) return false;
  }
  const answer = instance.getAnswer(attribute);
  return answer === null || answer === "" || (Array.isArray(answer) && answer.length === 0);
}
