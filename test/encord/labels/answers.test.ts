import { describe, expect, it } from "vitest";
import { InvalidArgumentsError, LabelRowError } from "../../../src/encord/errors.ts";
import { BOX, boxJson, demoStructure, labelledRow, readAgain } from "./labelled-row.ts";

const structure = demoStructure();
const attribute = (hash: string) => structure.getChildByHash(hash, "attribute");
const option = (hash: string) => structure.getChildByHash(hash, "option");
const flat = (hash: string) => structure.getChildByHash(hash, "flatOption");

function car() {
  const instance = structure
    .getChildByHash("objCar01", "bounding_box")
    .createInstance({ objectHash: "car-1" });
  instance.setForFrames(BOX);
  return instance;
}

const weather = () => structure.getChildByHash("clWeath1", "classification").createInstance();

describe("which attribute is answered follows from the answer", () => {
  it("an option tells its own attribute, also a nested one", () => {
    const instance = weather();
    instance.setAnswer(option("opRainy1"));
    instance.setAnswer([flat("opHail01"), flat("opDrizz1")]);
    instance.setAnswer(option("opHigh01"));
    expect(instance.getAnswer()).toMatchObject({ label: "Rainy" });
    expect(instance.getAnswer(attribute("atRainK1"))).toMatchObject([
      { label: "Drizzle" },
      { label: "Hail" },
    ]);
    expect(instance.getAnswer(attribute("atSever1"))).toMatchObject({ label: "High" });
  });

  it("a text where several attributes take one must be told which, and is told what there is", () => {
    expect(() => car().setAnswer("AB-123")).toThrow(
      /several attributes that a text answers: "Describe color", "Plate", "Note"/,
    );
  });

  it("the question of a classification comes before what is nested in it", () => {
    const instance = structure.getChildByHash("clCapti1", "classification").createInstance();
    instance.setAnswer("a street");
    expect(instance.getAnswer()).toBe("a street");
  });

  it("an empty list answers only a named checklist", () => {
    const instance = car();
    expect(() => instance.setAnswer([])).toThrow(/Name the attribute/);
    instance.setAnswer([], { attribute: attribute("atDamag1") });
    expect(instance.getAnswer(attribute("atDamag1"))).toEqual([]);
  });

  it("ontologies fetched twice are the same ontology", () => {
    const other = demoStructure();
    const instance = car();
    instance.setAnswer(other.getChildByHash("opBlue01", "option"));
    expect(instance.getAnswer(other.getChildByHash("atColor1", "attribute"))).toBe(option("opBlue01"));
  });
});

describe("an answer that does not fit is refused", () => {
  it.each([
    [
      "atDamag1",
      "opDent01",
      /a list of its options \(also for a single one\): "Scratch", "Dent", "Broken Glass"/,
    ],
    ["atColor1", "opScrat1", /one of its options: "Red", "Dark Blue", "Custom"; option "Scratch" was given/],
  ])("option %s ← %s", (attributeHash, optionHash, message) => {
    expect(() => car().setAnswer(option(optionHash), { attribute: attribute(attributeHash) })).toThrow(
      message,
    );
  });

  it.each([
    ["atPlate1", 5],
    ["atWheel1", "five"],
    ["atWheel1", Number.NaN],
    ["atWheel1", Number.POSITIVE_INFINITY],
  ])("%s ← %s", (attributeHash, answer) => {
    expect(() => car().setAnswer(answer, { attribute: attribute(attributeHash) })).toThrow(
      InvalidArgumentsError,
    );
  });

  it("an attribute of something else", () => {
    expect(() => car().setAnswer(option("opSunny1"))).toThrow(
      /"Weather" does not belong to the object "Car"/,
    );
  });

  it("a second answer, unless it is meant", () => {
    const instance = car();
    instance.setAnswer(option("opRed001"));
    expect(() => instance.setAnswer(option("opBlue01"))).toThrow(/answered already; set { overwrite: true }/);
    instance.setAnswer(option("opBlue01"), { overwrite: true });
    expect(instance.getAnswer(attribute("atColor1"))).toMatchObject({ label: "Dark Blue" });
  });

  it("frames for an attribute that is not dynamic", () => {
    expect(() => car().setAnswer("x", { attribute: attribute("atPlate1"), frames: 0 })).toThrow(
      /not dynamic/,
    );
  });
});

describe("nested answers", () => {
  it("are taken only while their option is chosen", () => {
    const instance = weather();
    instance.setAnswer(option("opSunny1"));
    expect(() => instance.setAnswer("heavy", { attribute: attribute("atRainC1") })).toThrow(
      /only asked while option "Rainy" is chosen/,
    );
  });

  it("hide when the option changes, stay in the blob, and come back with it", () => {
    const row = labelledRow();
    const instance = row.ontologyStructure.getChildByHash("objCar01", "bounding_box").createInstance();
    instance.setForFrames(BOX);
    instance.setAnswer(option("opCust01"));
    instance.setAnswer("teal", { attribute: attribute("atDescr1") });
    row.addObjectInstance(instance);
    instance.setAnswer(option("opRed001"), { overwrite: true });
    expect(instance.getAnswer(attribute("atDescr1"))).toBeNull();
    const answers = row.toEncordDict()["object_answers"] as Record<
      string,
      { classifications: { answers: unknown }[] }
    >;
    expect(answers[instance.objectHash]?.classifications.map((each) => each.answers)).toEqual([
      "teal",
      [{ name: "Red", value: "red", featureHash: "opRed001" }],
    ]);
    instance.setAnswer(option("opCust01"), { overwrite: true });
    expect(instance.getAnswer(attribute("atDescr1"))).toBe("teal");
  });
});

describe("what is unanswered", () => {
  it("is null, for a checklist of an object an empty list, of a classification null", () => {
    const instance = car();
    expect(instance.getAnswer(attribute("atColor1"))).toBeNull();
    expect(instance.getAnswer(attribute("atDamag1"))).toEqual([]);
    expect(structure.getChildByHash("clTags01", "classification").createInstance().getAnswer()).toBeNull();
  });

  it("is not written; what is taken back is unanswered", () => {
    const row = labelledRow();
    const instance = car();
    instance.setAnswer("AB-123", { attribute: attribute("atPlate1") });
    instance.deleteAnswer(attribute("atPlate1"));
    row.addObjectInstance(instance);
    expect(row.toEncordDict()["object_answers"]).toEqual({
      "car-1": { classifications: [], objectHash: "car-1" },
    });
  });
});

describe("answers are read as they are, with names from the ontology", () => {
  const entry = (hash: string, answers: unknown, changes = {}) => ({
    name: "old name",
    value: "old_name",
    answers,
    featureHash: hash,
    manualAnnotation: true,
    ...changes,
  });
  const reads = (classifications: unknown[]) =>
    labelledRow("image", {
      labels: { object_answers: { "object-1": { classifications, objectHash: "object-1" } } },
      unit: { labels: { objects: [boxJson()], classifications: [] } },
    });
  const chosen = (...hashes: string[]) =>
    hashes.map((featureHash) => ({ name: "?", value: "?", featureHash }));

  it("several entries of one checklist are one answer, in the order of the ontology", () => {
    const row = reads([entry("atDamag1", chosen("opGlass1")), entry("atDamag1", chosen("opScrat1"))]);
    const [object] = row.getObjectInstances();
    expect(object?.getAnswer(attribute("atDamag1"))).toMatchObject([
      { label: "Scratch" },
      { label: "Broken Glass" },
    ]);
  });

  it("an answer that a model gave stays one, and fields that are new stay too", () => {
    const row = reads([entry("atPlate1", "AB-123", { manualAnnotation: false, certainty: 0.4 })]);
    const answers = readAgain(row).toEncordDict()["object_answers"];
    expect(answers).toEqual({
      "object-1": {
        objectHash: "object-1",
        classifications: [
          {
            name: "Plate",
            value: "plate",
            answers: "AB-123",
            featureHash: "atPlate1",
            manualAnnotation: false,
            certainty: 0.4,
          },
        ],
      },
    });
  });

  it("null is no answer", () => {
    const row = reads([entry("atPlate1", null), entry("atWheel1", null)]);
    expect(row.toEncordDict()["object_answers"]).toEqual({
      "object-1": { objectHash: "object-1", classifications: [] },
    });
  });

  it("one that a model gives can be told", () => {
    const row = reads([]);
    const [object] = row.getObjectInstances();
    object?.setAnswer("AB-123", { attribute: attribute("atPlate1"), manualAnnotation: false });
    expect(row.toEncordDict()["object_answers"]).toMatchObject({
      "object-1": { classifications: [{ answers: "AB-123", manualAnnotation: false }] },
    });
  });

  it.each([
    [entry("nowhere1", "x"), /belongs to the attribute nowhere1 .*Saving would lose it/],
    [entry("atWheel1", "four"), /"Wheels" is "four"; expected a number/],
    [entry("atColor1", chosen("opSunny1")), /expected an option that the ontology has there/],
    [entry("atDamag1", "Scratch"), /expected a list/],
  ])("%j cannot be read", (json, message) => {
    expect(() => reads([json])).toThrow(LabelRowError);
    expect(() => reads([json])).toThrow(message);
    expect(() => reads([json])).toThrow(/The answers of the object object-1 \("Car"\)/);
  });
});
