/** The quickest way to a project: a few images that wait in one agent stage. */

import type { CreateEmulatorOptions } from "./create-emulator.ts";
import type { SeedOntology } from "./seed.ts";
import type { MediaSource } from "./state/storage.ts";

export interface ImageProjectOptions {
  /** Title of the agent stage. */
  readonly stage: string;
  /** Titles of its pathways; each leads to a stage of the same title, where tasks end. */
  readonly pathways: readonly string[];
  /** The images, by file name. Any bytes are served; sizes are noted when they can be read from them. */
  readonly images: Readonly<Record<string, MediaSource>>;
  readonly ontology?: SeedOntology;
  /** Default `Images`. */
  readonly title?: string;
}

/**
 * Options for `createEmulator`.
 *
 * @example
 * const emulator = await createEmulator(imageProject({ stage: "Gate", pathways: ["Good", "Bad"], images: { "a.png": bytes } }));
 */
export function imageProject(options: ImageProjectOptions): CreateEmulatorOptions {
  const { stage, pathways, images, ontology, title = "Images" } = options;
  return {
    media: images,
    seed: {
      projects: [
        {
          title,
          ...(ontology ? { ontology } : {}),
          stages: [
            {
              title: stage,
              stageType: "AGENT",
              pathways: pathways.map((pathway) => ({ title: pathway, to: pathway })),
            },
            ...pathways.map((pathway) => ({ title: pathway, stageType: "DONE" as const })),
          ],
          data: Object.keys(images).map((name) => ({ title: name, media: name })),
        },
      ],
    },
  };
}
