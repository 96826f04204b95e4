import { describe, expect, it } from "vitest";
import { OntologyError } from "../../../src/encord/errors.ts";
import { OntologyStructure } from "../../../src/encord/ontology/ontology-structure.ts";
import { demoStructure } from "../labels/labelled-row.ts";

const object = (changes: Record<string, unknown> = {}) => ({
  id: "1",
  name: "Car",
  color: "#D33115",
  shape: "bounding_box",
  featureNodeHash: "objCar01",
  ...changes,
});
const read = (objects: unknown[], classifications: unknown[] = []) =>
  OntologyStructure.fromJson({ objects, classifications });

describe("an ontology is read completely", () => {
  it("attributes keep their order, nested ones follow the option they hang on", () => {
    const car = demoStructure().getChildByTitle("Car");
    expect(car.allAttributes.map((attribute) => attribute.name)).toEqual([
      "Color",
      "Describe color",
      "Finish",
      "Damages",
      "Plate",
      "Wheels",
      "Occlusion",
      "Visible Sides",
      "Note",
      "Speed",
    ]);
    expect(
      car.allAttributes.filter((attribute) => attribute.dynamic).map((attribute) => attribute.kind),
    ).toEqual(["radioAttribute", "checklistAttribute", "textAttribute", "numericAttribute"]);
  });

  it("a shape that is newer than this client is no reason to fail", () => {
    expect(read([object({ shape: "hyperbox" })]).getChildByTitle("Car")).toMatchObject({ shape: "hyperbox" });
  });

  it("absent lists and flags have their defaults", () => {
    const [car] = read([object()]).objects;
    expect(car).toMatchObject({ required: false, archived: false, attributes: [], value: "car", uid: [1] });
    expect(OntologyStructure.fromJson({ objects: [], classifications: [] }).skeletonTemplates.size).toBe(0);
  });

  it("a classification goes by the name of its only question; unknown levels count as none", () => {
    const question = { id: "1.1", name: "Weather", type: "text", featureNodeHash: "atText01" };
    const kind = (level: unknown) =>
      read([], [{ id: "1", featureNodeHash: "class001", level, attributes: [question] }]).classifications[0];
    expect(kind("global")).toMatchObject({ title: "Weather", isGlobal: true });
    expect(kind("galactic")).toMatchObject({ isGlobal: false });
  });
});

describe("an ontology that is not understood is an error that names the place", () => {
  const attribute = (changes: Record<string, unknown>) => [
    { id: "1.1", name: "Color", type: "radio", featureNodeHash: "atColor1", ...changes },
  ];
  it.each<[unknown, RegExp]>([
    [object({ shape: undefined }), /objects\[0\]\.shape is missing; expected a text/],
    [object({ name: 5 }), /objects\[0\]\.name is 5; expected a text/],
    [object({ featureNodeHash: undefined }), /featureNodeHash is missing/],
    [
      object({ attributes: attribute({ type: "slider" }) }),
      /objects\[0\]\.attributes\[0\]\.type is "slider"/,
    ],
    [
      object({ attributes: attribute({ options: [{ id: "1.1.1", label: "Red" }] }) }),
      /attributes\[0\]\.options\[0\]\.featureNodeHash is missing/,
    ],
    [object({ id: "one" }), /objects\[0\]\.id is "one"; expected numbers/],
    ["car", /objects\[0\] is "car"; expected an object/],
  ])("%j", (json, message) => {
    expect(() => read([json])).toThrow(OntologyError);
    expect(() => read([json])).toThrow(message);
  });

  it("a classification with two questions, and no ontology at all", () => {
    const question = { id: "1.1", name: "Weather", type: "text", featureNodeHash: "atText01" };
    expect(() =>
      read([], [{ id: "1", featureNodeHash: "class001", attributes: [question, question] }]),
    ).toThrow(/has 2 attributes; expected one/);
    for (const editor of [null, [], "x", {}])
      expect(() => OntologyStructure.fromJson(editor)).toThrow(OntologyError);
  });
});

const NO_IDS: readonly unknown[] = [{ toString: null }, {}, [1], true, "", "1..2", "1.x", -1, 1.5e300];
it.each(NO_IDS.map((id) => [id] as const))("the id %j is refused", (id) => {
  expect(() => read([object({ id })])).toThrow(/numbers with dots between them/);
});
