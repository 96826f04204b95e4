/** A data unit on a page: its picture with labels, and links to try an agent on it or open it in Encord. */

import type { EditorAddress } from "../data-unit-address.ts";
import type { TrialPicture } from "../trial-runner.ts";

/** The playground's address for a data unit. @param agent name of the task agent to preselect */
export function playgroundHref(projectHash: string, dataHash: string, agent?: string): string {
  const query = new URLSearchParams({ unit: `${projectHash}/${dataHash}` });
  if (agent !== undefined) query.set("agent", `stage:${agent}`);
  return `/console/playground?${query}`;
}

/** A link to a data unit in Encord's Label Editor, or why there is none. */
export function EditorLink({ address }: { address: EditorAddress }) {
  if ("none" in address) return <span class="quiet">{address.none}</span>;
  return (
    <a href={address.url} target="_blank" rel="noreferrer">
      Open in Encord's editor
    </a>
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
