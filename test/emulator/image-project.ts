/** The quickest way to a project: some pictures that wait in one agent stage. */

import type { CreateEmulatorOptions } from "./create-emulator.ts";
import { imageSize } from "./media/image-size.ts";
import type { SeedOntology } from "./seed.ts";

export interface ImageProjectOptions {
  /** Title of the agent stage. */
  readonly stage: string;
  /** Titles of its pathways; each leads to a stage of the same title, where tasks end. */
  readonly pathways: readonly string[];
  /** The pictures, by file name. Whatever they are, they are served; a size is noted where it can be read. */
  readonly images: Readonly<Record<string, Uint8Array>>;
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
          data: Object.entries(images).map(([name, bytes]) => ({
            title: name,
            media: name,
            fileSize: bytes.length,
            ...imageSize(bytes),
          })),
        },
      ],
    },
  };
}
