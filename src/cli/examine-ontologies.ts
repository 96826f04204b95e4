/**
 * The part of `encord-edge doctor` that checks ontologies for what the agents say they need. A stage's agent runs on every
 * project with that stage, so all of them must have it; an editor agent may be meant for some of the projects only.
 */

import { type AgentSet, stageFor } from "../agent/agent-set.ts";
import type { EditorAgent } from "../agent/editor-agent.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import type { Project } from "../encord/index.ts";
import { type Finding, fault, note, ok } from "./finding.ts";

export function examineOntologies(
  { taskAgents, editorAgents }: AgentSet,
  projects: readonly Project[],
): Finding[] {
  const ofStages = taskAgents.flatMap((agent) =>
    projects
      .filter((project) => stageFor(agent, project.workflow.stages))
      .flatMap((project) => examineOntology(agent, project, fault)),
  );
  const ofEditor = editorAgents.flatMap((agent) => {
    // An agent for several modes is in both lists.
    const stage = taskAgents.find(({ name }) => name === agent.name);
    const others = projects.filter((project) => !stage || !stageFor(stage, project.workflow.stages));
    const somewhere = projects.some((project) => missingTitles(agent, project).length === 0);
    return others.flatMap((project) => examineOntology(agent, project, somewhere ? note : fault));
  });
  return [...ofStages, ...ofEditor];
}

type OntologyUser = Pick<TaskAgent | EditorAgent, "name" | "ontology">;

function examineOntology(
  { name, ontology }: OntologyUser,
  project: Project,
  finding: typeof fault | typeof note,
): Finding[] {
  if (ontology.length === 0) return [];
  const subject = `Ontology for ${name}`;
  const missing = missingTitles({ name, ontology }, project);
  if (missing.length === 0) return [ok(subject, `"${project.title}" has "${ontology.join('", "')}"`)];
  const titles = titlesOf(project).map((title) => `"${title}"`);
  return [
    finding(
      subject,
      `"${project.title}" has no "${missing.join('", "')}"; it has ${titles.join(", ") || "nothing"}`,
      "add it to the ontology in Encord, or write it in `ontology` of the agent exactly as it is there",
    ),
  ];
}

function missingTitles({ ontology }: OntologyUser, project: Project): string[] {
  const titles = titlesOf(project);
  return ontology.filter((title) => !titles.includes(title));
}

function titlesOf({ ontologyStructure: { objects, classifications } }: Project): string[] {
  return [...objects, ...classifications].map(({ title }) => title);
}
