import { describe, expect, it } from "vitest";
import { OntologyStructure } from "../../../src/encord/ontology/ontology-structure.ts";
import { labelledRow } from "../labels/labelled-row.ts";

const POINTS = [
  { x: 0.1, y: 0.2, name: "head" },
  { x: 0.2, y: 0.4, name: "hip", visibility: "occluded" as const },
  { x: 0.3, y: 0.6, name: "foot" },
];

describe("skeletons are made from a template", () => {
  const row = labelledRow();
  const pose = row.ontologyStructure.skeletonTemplates.get("Pose");

  it("which gives each point its hash, and fits an object of the ontology", () => {
    const coordinates = pose?.createInstance(POINTS);
    expect(coordinates?.values).toEqual([
      { x: 0.1, y: 0.2, name: "head", featureHash: "skHead01" },
      { x: 0.2, y: 0.4, name: "hip", featureHash: "skHip001", visibility: "occluded" },
      { x: 0.3, y: 0.6, name: "foot", featureHash: "skFoot01" },
    ]);
    const person = row.ontologyStructure.getChildByTitle("Pose", "skeleton").createInstance();
    if (coordinates) person.setForFrames(coordinates);
    row.addObjectInstance(person);
    expect(row.getObjectInstances()).toHaveLength(1);
  });

  it("whose points must all be there, once", () => {
    expect(() => pose?.createInstance(POINTS.slice(1))).toThrow(
      /missing: head.*Expected each once: head, hip, foot/,
    );
    expect(() => pose?.createInstance([...POINTS, { x: 0, y: 0, name: "tail" }])).toThrow(/unknown: tail/);
    expect(() => pose?.createInstance([...POINTS, { x: 0, y: 0, name: "head" }])).toThrow(/given twice/);
  });

  it("also one whose names are written with underscores, without a hash of its own", () => {
    const point = (name: string) => ({ x: 0, y: 0, name, feature_hash: `hash-${name}` });
    const template = {
      name: "Line",
      width: 1,
      height: 1,
      skeleton: { "0": point("a"), "1": point("b") },
      skeleton_edges: { "0": { "1": {} } },
    };
    const ontology = { objects: [], classifications: [], skeleton_templates: [{ template }] };
    const line = OntologyStructure.fromJson(ontology).skeletonTemplates.get("Line");
    expect(line).toMatchObject({ featureNodeHash: null, edges: [[0, 1]] });
    const values = ["a", "b"].map((name) => ({ x: 0.5, y: 0.5, name }));
    expect(line?.createInstance(values).values[1]).toMatchObject({ featureHash: "hash-b" });
  });

  it("knows its lines", () =>
    expect(pose?.edges).toEqual([
      [0, 1],
      [1, 2],
    ]));
});
