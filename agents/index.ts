/**
 * The agents of this deployment. To activate another agent of this folder, import it and add it to the list. An agent that is
 * not listed is not deployed, and adds nothing to the Worker's size.
 */

import { defineAgents } from "encord-edge-agents";
import { frameQuality } from "./frame-quality.ts";
import { generalExample } from "./general-example.ts";
import { imageQualityGate } from "./image-quality-gate.ts";

export default defineAgents({
  agents: [imageQualityGate, generalExample, frameQuality],
});
