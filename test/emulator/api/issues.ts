/** `POST` and `GET /projects/P/issues`: remarks on a data unit, a frame or a point of a frame. */

import { asArray, asObject, asText, asUuid, type Call, isoTime, projectOf } from "../call.ts";
import { type Page, pageOf } from "../page.ts";
import { Refusal, unprocessable } from "../refusal.ts";
import type { JsonObject } from "../state/documents.ts";
import { words } from "../words.ts";

export function addIssues(call: Call): null {
  const project = projectOf(call);
  const at = isoTime(call.world.now());
  const issues = asArray(asObject(call.body).issues, "issues").map((value, index) => {
    const where = ["issues", index] as const;
    const { anchor, comment, issueTags } = asObject(value, ...where);
    const place = asObject(anchor, ...where, "anchor");
    const dataUuid = asUuid(place.dataUuid, ...where, "anchor", "dataUuid");
    const rows = call.state.rowsOfData(dataUuid);
    if (!rows.some((row) => row.projectHash === project.projectHash)) {
      throw new Refusal(400, `Project ${project.projectHash} has no data unit ${dataUuid}.`);
    }
    return {
      uuid: call.world.newUuid(),
      projectHash: project.projectHash,
      dataUuid,
      anchor: shownAnchor(place, [...where, "anchor"]),
      comments: [
        { content: asText(comment, ...where, "comment"), authorEmail: call.caller.email, createdAt: at },
      ],
      tags: asArray(issueTags ?? [], ...where, "issueTags").map((name) => ({ name: words(name) })),
      resolutionHistory: [],
    };
  });
  for (const issue of issues) call.state.issues.put(issue.uuid, issue);
  return null;
}

export function listIssues(call: Call): Page {
  const project = projectOf(call);
  const dataUnit = call.query.get("dataUnitId");
  const issues = [...call.state.issues.values()].filter(
    (issue) =>
      issue.projectHash === project.projectHash && (dataUnit === null || issue.dataUuid === dataUnit),
  );
  const page = pageOf(issues, call.query.get("pageToken"), call.world.pageSize);
  const results = page.items.map(({ anchor, dataUuid, comments, tags, resolutionHistory }) => ({
    ...anchor,
    dataUuid,
    comments,
    tags,
    resolutionHistory,
  }));
  return { results, nextPageToken: page.nextPageToken };
}

/** Coordinates are sent flat and come back nested. */
function shownAnchor(anchor: JsonObject, where: readonly (string | number)[]): JsonObject {
  const { type, frameIndex, x, y } = anchor;
  const number = (value: unknown, name: string) => {
    if (typeof value === "number") return value;
    throw unprocessable(["body", ...where, name], "A number is expected.");
  };
  switch (type) {
    case "dataUnit":
      return { type };
    case "frame":
      return { type, frameIndex: number(frameIndex, "frameIndex") };
    case "frameCoordinate":
      return {
        type,
        frameIndex: number(frameIndex, "frameIndex"),
        coordinate: { x: number(x, "x"), y: number(y, "y") },
      };
    default:
      throw unprocessable(["body", ...where, "type"], `"${words(type)}" is not a kind of anchor.`);
  }
}
