/** A task's frame with the labels that it has in Encord now; fetched and drawn only when somebody opens this page. */

import type { TaskRow } from "../../queue/stage-rows.ts";
import type { EditorAddress } from "../data-unit-address.ts";
import type { Operator } from "../operator.ts";
import { DataUnitLinks, Picture } from "../parts/data-unit.tsx";
import { Page } from "../parts/page.tsx";
import type { DirectoryProject, DirectoryStage } from "../stage-directory.ts";
import type { TrialPicture } from "../trial-runner.ts";

export interface PicturePageProps {
  readonly operator: Operator;
  readonly csrf: string;
  readonly project: DirectoryProject;
  readonly stage: DirectoryStage;
  /** The stage's address. */
  readonly href: string;
  readonly task: TaskRow;
  readonly frame: number;
  readonly picture: TrialPicture;
  readonly editor: EditorAddress;
}

export function PicturePage(props: PicturePageProps) {
  const { operator, csrf, project, stage, href, task, frame, picture, editor } = props;
  const page = `${href}/tasks/${task.uuid}`;
  return (
    <Page title={`Picture of ${task.dataTitle}`} operator={operator} csrf={csrf} section="overview">
      <nav class="crumbs" aria-label="You are here">
        <a href="/console">Overview</a> <span aria-hidden="true">/</span> {project.title}{" "}
        <span aria-hidden="true">/</span> <a href={href}>{stage.title}</a> <span aria-hidden="true">/</span>{" "}
        <a href={page}>{task.dataTitle}</a>
      </nav>
      <div class="banner">
        <h1>{task.dataTitle}</h1>
        <DataUnitLinks {...{ operator, project, stage, editor }} dataHash={task.dataHash} />
      </div>
      <p class="quiet">Frame {frame}, with the labels that it has in Encord now.</p>
      <Picture picture={picture} alt={`Frame ${frame} of ${task.dataTitle} with its labels`} />
      <form method="get" action={`${page}/picture`} class="toolbar">
        <label for="frame">Frame</label>
        <input id="frame" name="frame" type="number" min="0" max="999999999" required value={String(frame)} />
        <button type="submit">Show</button>
      </form>
    </Page>
  );
}
