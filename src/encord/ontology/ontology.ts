/** An ontology as the API returns it: its title and times, and its structure. */

import { anyObject, integer, object, orNull, readAnswer, text, time } from "../json.ts";
import { OntologyStructure } from "./ontology-structure.ts";

const ontologyReader = object({
  ontologyUuid: text,
  title: text,
  description: orNull(text),
  createdAt: time,
  lastEditedAt: time,
  userRole: orNull(integer),
  editor: anyObject,
});

/** An ontology: what can be labelled, and the questions about it. */
export class Ontology {
  readonly ontologyHash: string;
  readonly title: string;
  readonly description: string;
  readonly createdAt: Date;
  readonly lastEditedAt: Date;
  /** The caller's role in it: 0 admin, 1 annotator, ...; null when the caller has access through a project only. */
  readonly userRole: number | null;
  readonly structure: OntologyStructure;

  /**
   * @param answer the body of `GET /v2/public/ontologies/<hash>`
   * @throws UnexpectedAnswerError naming a field that is not as documented; OntologyError when the structure cannot be read
   */
  constructor(answer: unknown) {
    const fields = readAnswer(ontologyReader, answer, "GET ontologies");
    this.ontologyHash = fields.ontologyUuid;
    this.title = fields.title;
    this.description = fields.description ?? "";
    this.createdAt = fields.createdAt;
    this.lastEditedAt = fields.lastEditedAt;
    this.userRole = fields.userRole;
    this.structure = OntologyStructure.fromJson(fields.editor);
  }
}
