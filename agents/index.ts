/** The agents of this deployment. An agent that is not listed here is not part of it. */

import { defineAgents } from "encord-edge-agents";
import { frameQuality } from "./frame-quality.ts";
import { generalExample } from "./general-example.ts";
import { imageQualityGate } from "./image-quality-gate.ts";

export default defineAgents({
  agents: [imageQualityGate, generalExample, frameQuality],
});
