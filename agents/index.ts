/**
 * The agents of this deployment. To activate another one of this folder, import it and add it to the list; what is not listed
 * is not part of the deployment, nor of its size.
 */

import { defineAgents } from "encord-edge-agents";
import { frameQuality } from "./frame-quality.ts";
import { generalExample } from "./general-example.ts";
import { imageQualityGate } from "./image-quality-gate.ts";

export default defineAgents({
  agents: [imageQualityGate, generalExample, frameQuality],
});
