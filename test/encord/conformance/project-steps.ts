/** Steps about clients, projects, ontologies and stages. */

import { EncordClient, type Project, type WorkflowStage } from "../../../src/encord/index.ts";
import type { Attribute } from "../../../src/encord/ontology/attribute.ts";
import type { NodeKind, OntologyNode } from "../../../src/encord/ontology/ontology-node.ts";
import type { Option } from "../../../src/encord/ontology/option.ts";
import vectors from "../../fixtures/vectors/auth.json";
import type { Operations, Session } from "./replay.ts";
import type { Json, JsonRecord } from "./trace.ts";

const PROJECT = "aaaa0001-0000-4000-8000-000000000001";

export const projectSteps: Operations = {
  async getProject(session, args) {
    const client = await clientFor(session, args);
    const project = await client.getProject(String(args.projectHash ?? PROJECT));
    session.project = project;
    return describeProject(project);
  },
  ontologyStructure: (session, _, step) => describeStructure(session.project, step.result ?? null),
  ontologyGetChildByTitle(session, { title, type }) {
    const structure = session.project.ontologyStructure;
    if (type === null) return describeNode(structure.getChildByTitle(String(title)));
    return describeNode(structure.getChildByTitle(String(title), nodeKind(type)));
  },
  ontologyGetChildByHash(session, { hash, type }) {
    const structure = session.project.ontologyStructure;
    return describeNode(
      type === null
        ? structure.getChildByHash(String(hash))
        : structure.getChildByHash(String(hash), nodeKind(type)),
    );
  },
  getStage(session, args) {
    const { name, uuid, type } = args as { name?: string; uuid?: string; type?: string };
    return describeStage(
      session.project.workflow.getStage({
        ...(name === undefined ? {} : { name }),
        ...(uuid === undefined ? {} : { uuid }),
        ...(type === "AgentStage" ? { type: "AGENT" as const } : {}),
      }),
    );
  },
  getBearerToken: (session) => session.client.getBearerToken(),
  async verifyAuth(session) {
    await session.client.verifyAuth();
  },
};

/** A step may use another client than the one with the key: one with a token, or with a user agent of its own. */
export async function clientFor(session: Session, args: JsonRecord): Promise<EncordClient> {
  const auth = typeof args.auth === "string" ? args.auth : "";
  if (auth.startsWith("bearer ")) {
    return EncordClient.withBearerToken({ token: auth.slice("bearer ".length), ...session.options() });
  }
  if (args.client === "agents") {
    return EncordClient.withSshKey({
      sshKey: vectors.key.opensshPrivateKey,
      ...session.options(),
      userAgentSuffix: "encord-agents/v0.2.9",
    });
  }
  return session.client;
}

function describeProject(project: Project) {
  return {
    projectHash: project.projectHash,
    title: project.title,
    description: project.description,
    projectType: project.projectType,
    status: project.status,
    createdAt: project.createdAt,
    lastEditedAt: project.lastEditedAt,
    ontologyHash: project.ontologyHash,
    userRole: project.userRole,
    stages: project.projectType === "workflow" ? project.workflow.stages.map(describeStage) : [],
  };
}

export function describeStage(stage: WorkflowStage) {
  const { stageType, uuid, title } = stage;
  return stage.stageType === "AGENT"
    ? { stageType, uuid, title, pathways: stage.pathways }
    : { stageType, uuid, title };
}

/** Python's classes of ontology nodes, and our kinds. */
const KINDS: Readonly<Record<string, NodeKind>> = {
  Object: "object",
  Classification: "classification",
  RadioAttribute: "radioAttribute",
  ChecklistAttribute: "checklistAttribute",
  TextAttribute: "textAttribute",
  NumericAttribute: "numericAttribute",
  Option: "option",
};

function nodeKind(type: unknown): NodeKind {
  const kind = KINDS[String(type)];
  if (!kind) throw new Error(`The trace asks for an ontology node of an unknown class: ${String(type)}.`);
  return kind;
}

function describeNode(node: OntologyNode) {
  return { featureNodeHash: node.featureNodeHash, title: node.title };
}

/** The ontology as the SDK shows it, from our model, which leaves out the colours of a skeleton's edges. */
function describeStructure({ ontologyStructure: structure }: Project, expected: Json) {
  return {
    objects: structure.objects.map((object) => ({
      ...describeUid(object),
      name: object.name,
      color: object.color,
      shape: object.shape,
      required: object.required,
      archived: object.archived,
      attributes: object.attributes.map(describeAttribute),
    })),
    classifications: structure.classifications.map((classification) => ({
      ...describeUid(classification),
      level: classification.level,
      attributes: classification.attributes.map(describeAttribute),
    })),
    skeleton_templates: [...structure.skeletonTemplates.values()].map((template) => ({
      template: {
        name: template.name,
        width: template.width,
        height: template.height,
        feature_node_hash: template.featureNodeHash,
        skeleton: Object.fromEntries(template.points.map((point, i) => [String(i), point])),
        skeletonEdges: describeEdges(template.edges, edgeColor(expected)),
        shape: "skeleton",
      },
    })),
  };
}

function describeUid(node: { uid: readonly number[]; featureNodeHash: string }) {
  return { id: node.uid.join("."), featureNodeHash: node.featureNodeHash };
}

function describeAttribute(attribute: Attribute): object {
  const options =
    attribute.kind === "radioAttribute" || attribute.kind === "checklistAttribute"
      ? { options: attribute.options.map(describeOption) }
      : {};
  return {
    ...describeUid(attribute),
    name: attribute.name,
    type: attribute.type,
    required: attribute.required,
    archived: attribute.archived,
    dynamic: attribute.dynamic,
    ...options,
  };
}

function describeOption(option: Option): object {
  return {
    ...describeUid(option),
    label: option.label,
    value: option.value,
    archived: option.archived,
    ...(option.kind === "nestableOption" ? { options: option.nestedAttributes.map(describeAttribute) } : {}),
  };
}

function describeEdges(edges: readonly (readonly [number, number])[], color: string) {
  const from: Record<string, Record<string, object>> = {};
  for (const [start, end] of edges) from[start] = { ...from[start], [end]: { color } };
  return from;
}

function edgeColor(expected: Json): string {
  return /"skeletonEdges":.*?"color":"(#\w+)"/.exec(JSON.stringify(expected))?.[1] ?? "";
}
