/** A choice of another stage of the Workflow, and the button that moves tasks there. */

import type { DirectoryProject, DirectoryStage } from "../stage-directory.ts";

interface MoveToProps {
  readonly project: DirectoryProject;
  /** Where the tasks are now. */
  readonly stage: DirectoryStage;
  readonly label: string;
}

export function MoveTo({ project, stage, label }: MoveToProps) {
  return (
    <span class="joined">
      <select name="destination" aria-label={label}>
        <option value="">to stage …</option>
        {project.stages
          .filter((other) => other.uuid !== stage.uuid)
          .map((other) => (
            <option value={other.uuid}>{other.title}</option>
          ))}
      </select>
      <button type="submit" name="action" value="move">
        Move …
      </button>
    </span>
  );
}
