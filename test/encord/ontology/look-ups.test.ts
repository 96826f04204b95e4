import { describe, expect, it } from "vitest";
import { OntologyError } from "../../../src/encord/errors.ts";
import { OntologyStructure } from "../../../src/encord/ontology/ontology-structure.ts";
import { demoStructure } from "../labels/labelled-row.ts";

const structure = demoStructure();

describe("elements are found by their title", () => {
  it("an object by default, anything else by its kind", () => {
    expect(structure.getChildByTitle("Car").featureNodeHash).toBe("objCar01");
    expect(structure.getChildByTitle("Weather", "classification").featureNodeHash).toBe("clWeath1");
    expect(structure.getChildByTitle("Weather", "attribute").featureNodeHash).toBe("atWeath1");
    expect(structure.getChildByTitle("Rainy", "option").featureNodeHash).toBe("opRainy1");
  });

  it("below an element, whatever else has the title elsewhere", () => {
    const car = structure.getChildByTitle("Car");
    expect(car.getChildByTitle("None").featureNodeHash).toBe("opOccN01");
    expect(car.getChildByTitle("Describe color", "textAttribute").parentOption?.label).toBe("Custom");
  });

  it("what is not there is told apart: wrong kind, wrong case, nothing of the sort", () => {
    expect(() => structure.getChildByTitle("Weather")).toThrow(
      /has no object "Weather", but classification "Weather".*kind/,
    );
    expect(() => structure.getChildByTitle("car")).toThrow(/Did you mean "Car"\? Titles must match exactly/);
    expect(() => structure.getChildByTitle("Bicycle")).toThrow(/There is: "Car", "Ship", "Building"/);
    expect(() => structure.getChildByTitle("Car", "polygon")).toThrow(/but object "Car"/);
  });

  it("a title that is there twice names all, with the hash to tell them apart", () => {
    const car = { id: "1", name: "Car", color: "#000000", shape: "point", featureNodeHash: "other001" };
    const twice = { objects: [car, { ...car, id: "2", featureNodeHash: "other002" }], classifications: [] };
    const structure = OntologyStructure.fromJson(twice);
    expect(() => structure.getChildByTitle("Car")).toThrow(
      /the object "Car" 2 times: .*other001.*other002.*getChildByHash/,
    );
    expect(structure.getChildrenByTitle("Car", "object")).toHaveLength(2);
  });
});

describe("elements are found by their hash", () => {
  it("wherever they are", () => {
    expect(structure.getChildByHash("atMilli1").title).toBe("Millimeters");
    expect(structure.getChildByHash("clWeath1", "classification").getChildByHash("opHigh01").title).toBe(
      "High",
    );
  });

  it("of the kind that is asked for, base kinds and shapes included", () => {
    expect(structure.getChildByHash("objCar01", "bounding_box").shape).toBe("bounding_box");
    expect(structure.getChildByHash("opRainy1", "option").kind).toBe("nestableOption");
    expect(() => structure.getChildByHash("objCar01", "classification")).toThrow(
      /objCar01 is object "Car", not a classification/,
    );
    expect(() => structure.getChildByHash("objCar01", "polygon")).toThrow(OntologyError);
    expect(() => structure.getChildByHash("nothing1")).toThrow(
      /nothing with the feature node hash "nothing1"/,
    );
    expect(() => structure.getChildByTitle("Car").getChildByHash("opRainy1")).toThrow(OntologyError);
    expect(structure.findChildByHash("nothing1", "object")).toBeUndefined();
    expect(structure.findChildByHash("objCar01", "object")).toBe(structure.getChildByHash("objCar01"));
    expect(structure.findChildByHash("objCar01", "classification")).toBeUndefined();
  });
});
