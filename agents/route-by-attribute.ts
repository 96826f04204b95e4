/**
 * Routes by what annotators answered: a task takes the pathway named after the answer to one question, such as the option
 * "Dog" of the classification "Animal". A task without an answer takes a pathway of its own.
 * Change: the stage, the question, and the pathways: the question's options, and one for tasks without an answer.
 */

import { labelRow, taskAgent } from "encord-edge-agents";

const QUESTION = "Animal";
const UNANSWERED = "Unanswered";

export const routeByAttribute = taskAgent({
  name: "route-by-attribute",
  description: `Routes by the answer to "${QUESTION}"`,
  stage: "Route",
  pathways: ["Cat", "Dog", UNANSWERED],
  dependencies: { labelRow },
  ontology: [QUESTION],
  run({ labelRow }) {
    const question = labelRow.ontologyStructure.getChildByTitle(QUESTION, "radioAttribute");
    const [instance] = labelRow
      .getClassificationInstances()
      .filter(({ ontologyItem }) => ontologyItem.attributes[0] === question);
    const label = instance?.getAnswer(question)?.label;
    return label === "Cat" || label === "Dog" ? label : UNANSWERED;
  },
});
