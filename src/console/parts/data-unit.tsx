/** A data unit on a page: its picture with labels, and the way to try an agent on it. */

import type { TrialPicture } from "../trial-runner.ts";

/** @param agent name of a task agent that is chosen beforehand */
export function playgroundHref(projectHash: string, dataHash: string, agent?: string): string {
  const query = new URLSearchParams({ unit: `${projectHash}/${dataHash}` });
  if (agent !== undefined) query.set("agent", `stage:${agent}`);
  return `/console/playground?${query}`;
}

export function Picture({ picture, alt }: { picture: TrialPicture; alt: string }) {
  if ("error" in picture) return <p class="notice">No picture: {picture.error}</p>;
  return (
    <figure class="picture">
      <img src={picture.url} alt={alt} />
    </figure>
  );
}
