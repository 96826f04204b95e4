/**
 * The demo's project: street scenes that pass two agent stages. In `demo` every task succeeds; in `one-corrupt` there is a picture that
 * no decoder can read. Other projects are read from files.
 */

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkSeedShape } from "../test/emulator/check-seed.ts";
import type { EmulatorSeed, SeedData } from "../test/emulator/seed.ts";

/** A seed, and the files that it names. */
export interface SeedWithMedia {
  readonly seed: EmulatorSeed;
  readonly media: Readonly<Record<string, Uint8Array>>;
}

export const DEMO_PROJECT = "de300000-0000-4000-8000-000000000001";
const DEMO_PATHWAYS = "9a7b0000-0000-4000-8000-00000000000";
const DEMO_STAGES = "57a6e000-0000-4000-8000-00000000000";

const folder = new URL("../test/fixtures/demo/", import.meta.url);

/** The demo's project and pictures. @param round gives the tasks other UUIDs, so that a queue takes them for new ones */
export async function demoSeed(variant: "demo" | "one-corrupt" = "demo", round = 0): Promise<SeedWithMedia> {
  const scenes = (await readFile(fileURLToPath(new URL("scenes.tsv", folder)), "utf8")).trim().split("\n");
  const media: Record<string, Uint8Array> = {};
  const data: SeedData[] = [];
  for (const [index, line] of scenes.entries()) {
    const [name = "", width, height] = line.split("\t");
    const bytes = await readFile(fileURLToPath(new URL(`images/${name}`, folder)));
    const ordinal = String(index + 1).padStart(12, "0");
    const stored = variant === "one-corrupt" && index === 4 ? corrupted(bytes) : bytes;
    media[name] = stored;
    data.push({
      title: name,
      media: name,
      width: Number(width),
      height: Number(height),
      fileSize: stored.length,
      dataHash: `da7a0000-0000-4000-8000-${ordinal}`,
      itemUuid: `17e30000-0000-4000-8000-${ordinal}`,
      clientMetadata: { camera: `cam-${1 + (index % 3)}` },
      stage: "Quality Gate",
      task: { uuid: `7a5c${round.toString(16).padStart(4, "0")}-0000-4000-8000-${ordinal}` },
    });
  }
  const seed: EmulatorSeed = {
    projects: [
      {
        projectHash: DEMO_PROJECT,
        title: "Street scenes",
        description: "A small project to try agents on",
        ontology: ONTOLOGY,
        stages: [
          { uuid: `${DEMO_STAGES}1`, title: "Annotate", stageType: "ANNOTATION", next: "Review" },
          {
            uuid: `${DEMO_STAGES}2`,
            title: "Quality Gate",
            stageType: "AGENT",
            pathways: [
              { uuid: `${DEMO_PATHWAYS}1`, title: "Good", to: "Agent 1" },
              { uuid: `${DEMO_PATHWAYS}2`, title: "Needs attention", to: "Annotate" },
              { uuid: `${DEMO_PATHWAYS}3`, title: "Reject", to: "Rejected" },
            ],
          },
          {
            uuid: `${DEMO_STAGES}3`,
            title: "Agent 1",
            stageType: "AGENT",
            pathways: [{ uuid: `${DEMO_PATHWAYS}4`, title: "continue to Review", to: "Review" }],
          },
          {
            uuid: `${DEMO_STAGES}4`,
            title: "Review",
            stageType: "REVIEW",
            next: "Complete",
            reject: "Annotate",
          },
          { uuid: `${DEMO_STAGES}5`, title: "Complete", stageType: "DONE" },
          { uuid: `${DEMO_STAGES}6`, title: "Rejected", stageType: "DONE" },
        ],
        data,
      },
    ],
  };
  return { seed, media };
}

/** A seed from a JSON file, with the media files that its data units and their images name. */
export async function readSeed(file: string, mediaFolder = dirname(file)): Promise<SeedWithMedia> {
  const seed: unknown = await readJson(file);
  checkSeedShape(seed);
  const units = seed.projects.flatMap(({ data }) => data);
  const names = units.flatMap(({ media, images }) => [media, ...(images ?? []).map((image) => image.media)]);
  const media: Record<string, Uint8Array> = {};
  for (const name of names) if (name !== undefined) media[name] = await readFile(join(mediaFolder, name));
  return { seed, media };
}

/** @throws Error that names the file */
async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

/** A picture that breaks off after the first bytes, which tell its format. */
function corrupted(bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, 40);
}

const attribute = { required: false, archived: false, dynamic: false };

const ONTOLOGY = {
  ontologyHash: "0e700000-0000-4000-8000-000000000001",
  title: "Street scenes",
  objects: [
    {
      id: "1",
      name: "Car",
      color: "#D33115",
      shape: "bounding_box",
      featureNodeHash: "dmObjCar",
      required: false,
      archived: false,
    },
    {
      id: "2",
      name: "Building",
      color: "#16406C",
      shape: "polygon",
      featureNodeHash: "dmObjBui",
      required: false,
      archived: false,
    },
  ],
  classifications: [
    {
      id: "1",
      featureNodeHash: "dmClQual",
      attributes: [
        {
          id: "1.1",
          name: "Image quality",
          type: "radio",
          featureNodeHash: "dmAtQual",
          ...attribute,
          required: true,
          options: ["Good", "Needs attention", "Reject"].map((label, index) => ({
            id: `1.1.${index + 1}`,
            label,
            value: label.toLowerCase().replaceAll(" ", "_"),
            featureNodeHash: `dmOpQua${index + 1}`,
            archived: false,
          })),
        },
      ],
    },
    {
      id: "2",
      featureNodeHash: "dmClNote",
      attributes: [
        { id: "2.1", name: "Quality notes", type: "text", featureNodeHash: "dmAtNote", ...attribute },
      ],
    },
  ],
};
