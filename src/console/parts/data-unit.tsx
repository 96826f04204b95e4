/** A data unit on a page: its picture with labels, and links to try an agent on it or open it in Encord. */

import type { EditorAddress } from "../data-unit-address.ts";
import type { Operator } from "../operator.ts";
import type { DirectoryProject, DirectoryStage } from "../stage-directory.ts";
import type { TrialPicture } from "../trial-runner.ts";

interface DataUnitLinksProps {
  readonly operator: Operator;
  readonly project: DirectoryProject;
  /** Its agent is preselected on the playground. */
  readonly stage: DirectoryStage;
  readonly dataHash: string;
  readonly editor: EditorAddress;
}

/** Links to a task's data unit: on the playground, and in Encord's Label Editor, or why there is none. */
export function DataUnitLinks({ operator, project, stage, dataHash, editor }: DataUnitLinksProps) {
  const query = new URLSearchParams({ unit: `${project.projectHash}/${dataHash}` });
  if (stage.agent) query.set("agent", `stage:${stage.agent.name}`);
  return (
    <>
      {operator.role === "operator" && <a href={`/console/playground?${query}`}>Try an agent on it</a>}
      {"none" in editor ? (
        <span class="quiet">{editor.none}</span>
      ) : (
        <a href={editor.url} target="_blank" rel="noreferrer">
          Open in Encord's editor
        </a>
      )}
    </>
  );
}

export function Picture({ picture, alt }: { picture: TrialPicture; alt: string }) {
  if ("error" in picture) return <p class="notice">No picture: {picture.error}</p>;
  return (
    <figure class="picture">
      <img src={picture.url} alt={alt} />
    </figure>
  );
}
