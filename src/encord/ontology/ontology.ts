/** An ontology as the project shows it: its name and times around the structure. */

import { UnexpectedAnswerError } from "../errors.ts";
import { OntologyStructure } from "./ontology-structure.ts";

export class Ontology {
  readonly ontologyHash: string;
  readonly title: string;
  readonly description: string;
  readonly createdAt: Date;
  readonly lastEditedAt: Date;
  /** The caller's role in it: 0 admin, 1 annotator, ...; null when the project gives the access. */
  readonly userRole: number | null;
  readonly structure: OntologyStructure;

  /**
   * @param answer the body of `GET /v2/public/ontologies/<hash>`
   * @throws UnexpectedAnswerError when a field is missing; OntologyError when the structure cannot be read
   */
  constructor(answer: unknown) {
    if (typeof answer !== "object" || answer === null) {
      throw new UnexpectedAnswerError("The ontology's answer is no JSON object.");
    }
    const fields = answer as Readonly<Record<string, unknown>>;
    const role = fields["userRole"];
    this.ontologyHash = text(fields, "ontologyUuid");
    this.title = text(fields, "title");
    this.description = fields["description"] == null ? "" : text(fields, "description");
    this.createdAt = time(fields, "createdAt");
    this.lastEditedAt = time(fields, "lastEditedAt");
    this.userRole = typeof role === "number" ? role : null;
    this.structure = OntologyStructure.fromJson(fields["editor"]);
  }
}

function text(fields: Readonly<Record<string, unknown>>, key: string): string {
  const value = fields[key];
  if (typeof value === "string") return value;
  throw new UnexpectedAnswerError(`The ontology's answer has no text under "${key}".`);
}

function time(fields: Readonly<Record<string, unknown>>, key: string): Date {
  const value = new Date(text(fields, key));
  if (!Number.isNaN(value.getTime())) return value;
  throw new UnexpectedAnswerError(`The ontology's answer has no time under "${key}".`);
}
