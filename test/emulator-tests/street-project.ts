/** A project for the emulator's tests: one agent stage between annotation and review, five pictures in it. */

import type { EmulatorSeed, SeedData } from "../emulator/index.ts";

export const PROJECT = "aaaa0001-0000-4000-8000-000000000001";
export const ANNOTATE = "57a9e001-0000-4000-8000-000000000001";
export const AGENT = "57a9e001-0000-4000-8000-000000000002";
export const REVIEW = "57a9e001-0000-4000-8000-000000000003";
export const DONE = "57a9e001-0000-4000-8000-000000000004";
export const TO_REVIEW = "9a7b0001-0000-4000-8000-000000000001";
export const DATASET = "da7a5e70-0000-4000-8000-000000000001";
export const FOLDER = "f01de700-0000-4000-8000-000000000001";

const numbered = (prefix: string, n: number) => `${prefix}-0000-4000-8000-${String(n).padStart(12, "0")}`;
export const task = (n: number) => numbered("7a5c0000", n);
export const data = (n: number) => numbered("da7a0000", n);
export const item = (n: number) => numbered("17e30000", n);

export const TASKS = `projects/${PROJECT}/workflow/stages/${AGENT}/tasks`;
export const ACTIONS = `projects/${PROJECT}/workflow/stages/${AGENT}/actions`;

export function streetProject(count = 5): EmulatorSeed {
  return {
    projects: [
      {
        projectHash: PROJECT,
        title: "Streets",
        dataset: { datasetHash: DATASET, title: "Street data", folderUuid: FOLDER },
        ontology: {
          objects: [
            {
              id: "1",
              name: "Car",
              color: "#D33115",
              shape: "bounding_box",
              featureNodeHash: "objCar01",
              required: false,
              archived: false,
            },
          ],
          classifications: [
            {
              id: "1",
              featureNodeHash: "clWeath1",
              attributes: [
                {
                  id: "1.1",
                  name: "Weather",
                  type: "radio",
                  featureNodeHash: "atWeath1",
                  required: true,
                  archived: false,
                  dynamic: false,
                  options: [
                    {
                      id: "1.1.1",
                      label: "Sunny",
                      value: "sunny",
                      featureNodeHash: "opSunny1",
                      archived: false,
                    },
                    {
                      id: "1.1.2",
                      label: "Rainy",
                      value: "rainy",
                      featureNodeHash: "opRainy1",
                      archived: false,
                    },
                  ],
                },
              ],
            },
          ],
        },
        stages: [
          { uuid: ANNOTATE, title: "Annotate", stageType: "ANNOTATION", next: "Review" },
          {
            uuid: AGENT,
            title: "Agent 1",
            stageType: "AGENT",
            pathways: [
              { uuid: TO_REVIEW, title: "to review", to: "Review" },
              { title: "back", to: "Annotate" },
            ],
          },
          { uuid: REVIEW, title: "Review", stageType: "REVIEW" },
          { uuid: DONE, title: "Complete", stageType: "DONE" },
        ],
        data: Array.from({ length: count }, (_, index): SeedData => {
          const n = index + 1;
          return {
            title: `street ${n}.png`,
            media: `street-${n}.png`,
            width: 640,
            height: 480,
            dataHash: data(n),
            itemUuid: item(n),
            clientMetadata: { index: n },
            stage: "Agent 1",
            task: { uuid: task(n), assignee: n === 2 ? "a+b@example.com" : null },
          };
        }),
      },
    ],
  };
}
