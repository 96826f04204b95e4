/** Projects on an emulated Encord to try agents on: pictures of the demo, an ontology with one of everything, one agent stage. */

import {
  createEmulator,
  type InProcessEmulator,
  type SeedData,
  type SeedOntology,
} from "../emulator/index.ts";

export interface WorkshopOptions {
  /** Title of the agent stage that the data waits in; `Agent 1` by default. */
  readonly stage?: string;
  readonly pathways?: readonly string[];
  /** `street-01.jpg`, ... are served from the demo; other media must be given. */
  readonly data: readonly (string | SeedData)[];
  readonly media?: Readonly<Record<string, Uint8Array>>;
  readonly ontology?: SeedOntology;
  /** A second project on the same data units. */
  readonly twin?: { readonly projectHash: string; readonly ontology?: SeedOntology };
}

export const PROJECT = "0e57a11e-0000-4000-8000-0000000000a1";

export async function workshop(options: WorkshopOptions): Promise<InProcessEmulator> {
  const { stage = "Agent 1", pathways = ["Good", "Bad"], ontology = ONTOLOGY, twin } = options;
  const data = options.data.map((each, i): SeedData & { readonly dataHash: string } => {
    const ordinal = String(i + 1).padStart(12, "0");
    const hashes = {
      dataHash: `da7a0000-0000-4000-8000-${ordinal}`,
      itemUuid: `17e30000-0000-4000-8000-${ordinal}`,
    };
    return { ...hashes, ...(typeof each === "string" ? picture(each) : each) };
  });
  const named = data.flatMap(({ media, images = [] }) => [media, ...images.map((image) => image.media)]);
  const media: Record<string, Uint8Array> = { ...options.media };
  for (const name of named) if (name !== undefined) media[name] ??= await demoPicture(name);
  return createEmulator({
    media,
    seed: {
      projects: [
        {
          projectHash: PROJECT,
          title: "Workshop",
          ontology,
          stages: [
            {
              title: stage,
              stageType: "AGENT",
              pathways: pathways.map((title) => ({ title, to: `${title} tasks` })),
            },
            ...pathways.map((title) => ({ title: `${title} tasks`, stageType: "DONE" as const })),
          ],
          data,
        },
        ...(twin
          ? [{ title: "Twin", projectHash: twin.projectHash, ontology: twin.ontology ?? ontology, data }]
          : []),
      ],
    },
  });
}

/** A data unit of a picture of the demo. */
export function picture(name: string): SeedData {
  return { title: name, media: name, width: 320, height: 240 };
}

export async function demoPicture(name: string): Promise<Uint8Array> {
  const response = await fetch(`https://fixtures.test/demo/images/${name}`);
  if (!response.ok) throw new Error(`The demo has no picture ${name}.`);
  return new Uint8Array(await response.arrayBuffer());
}

/** An image group of three pictures of the demo. */
export const GROUP: SeedData = {
  title: "three views",
  dataType: "IMG_GROUP",
  images: ["street-01.jpg", "street-02.png", "street-03.webp"].map((name) => ({
    title: name,
    media: name,
    width: 320,
    height: 240,
  })),
};

const flags = { required: false, archived: false };
const option = (at: string) => (label: string, i: number) => ({
  id: `${at}.${i + 1}`,
  label,
  value: label.toLowerCase().replaceAll(" ", "_"),
  featureNodeHash: `op${label.replaceAll(" ", "").slice(0, 6).padEnd(6, "0")}`,
  archived: false,
});

/** A question of an ontology in Encord's JSON; options make it a radio or a checklist. */
export function question(
  id: string,
  name: string,
  type: "radio" | "checklist" | "text" | "numeric",
  options: readonly string[] = [],
) {
  return {
    id,
    name,
    type,
    featureNodeHash: `at${name.replaceAll(" ", "").slice(0, 6).padEnd(6, "0")}`,
    ...flags,
    dynamic: false,
    ...(options.length > 0 ? { options: options.map(option(id)) } : {}),
  };
}

/** A classification of an ontology in Encord's JSON. */
export function classification(
  id: string,
  name: string,
  type: "radio" | "checklist" | "text",
  options: readonly string[] = [],
) {
  const hash = `cl${name.replaceAll(" ", "").slice(0, 6).padEnd(6, "0")}`;
  return { id, featureNodeHash: hash, attributes: [question(`${id}.1`, name, type, options)] };
}

const object = (id: string, name: string, shape: string, color: string, attributes: object[] = []) => ({
  id,
  name,
  shape,
  color,
  featureNodeHash: `ob${name.slice(0, 6).padEnd(6, "0")}`,
  ...flags,
  attributes,
});

export const ONTOLOGY: SeedOntology = {
  objects: [
    object("1", "Car", "bounding_box", "#D33115", [
      question("1.1", "Color", "radio", ["Red", "Blue"]),
      question("1.2", "Damages", "checklist", ["Scratch", "Dent"]),
      question("1.3", "Plate", "text"),
    ]),
    object("2", "Building", "polygon", "#16406C"),
    object("3", "Road", "bitmask", "#68BC00"),
    object("4", "Truck", "rotatable_bounding_box", "#FCDC00"),
    object("5", "Lane", "polyline", "#AEA1FF"),
    object("6", "Light", "point", "#FE9200"),
  ],
  classifications: [
    classification("1", "Animal", "radio", ["Cat", "Dog"]),
    classification("2", "Caption", "text"),
    classification("3", "Weather", "checklist", ["Sun", "Rain"]),
  ],
};
