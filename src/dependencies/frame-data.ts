import { builtIn } from "../agent/dependency.ts";
import type { FrameData } from "../agent/frame-data.ts";

/**
 * What the agent was called on: project, data unit, frame, selected objects. Meant for dependencies of your own: an editor
 * agent receives it without asking. Editor agents only.
 *
 * @example
 * const isFirstFrame = dependency({ frameData }, ({ frameData }) => frameData.frame === 0);
 */
export const frameData = builtIn({
  modes: ["editor"],
  make: (invocation): FrameData => {
    if (!invocation.frameData)
      throw new TypeError(`Agent "${invocation.agentName}" was not called for a frame.`);
    return invocation.frameData;
  },
});
