import { describe, expect, it } from "vitest";
import { BOX, demoStructure } from "./labelled-row.ts";

/** Each `@ts-expect-error` is checked by `npm run types`: without the error it names, the build fails. */
describe("what the compiler knows about labels", () => {
  const structure = demoStructure();
  const building = structure.getChildByTitle("Building", "polygon").createInstance();
  const car = structure.getChildByTitle("Car", "bounding_box").createInstance();

  it("an object that was looked up by its shape takes the coordinates of that shape only", () => {
    // @ts-expect-error a box is no polygon
    expect(() => building.setForFrames(BOX)).toThrow();
    // @ts-expect-error a box has a width
    expect(() => car.setForFrames({ height: 1, topLeftX: 0, topLeftY: 0 })).toThrow();
    car.setForFrames(BOX);
    expect(car.getAnnotation().coordinates.width).toBe(0.5);
  });

  it("an answer has the type of its attribute", () => {
    const plate = car.ontologyItem.getChildByTitle("Plate", "textAttribute");
    const color = car.ontologyItem.getChildByTitle("Color", "radioAttribute");
    car.setAnswer("AB-123", { attribute: plate });
    car.setAnswer(color.getChildByTitle("Red", "nestableOption"));
    expect(car.getAnswer(plate)?.startsWith("AB")).toBe(true);
    expect(car.getAnswer(color)?.label).toBe("Red");
    // @ts-expect-error an option is no text
    expect(() => car.getAnswer(color)?.startsWith("R")).toThrow();
  });

  it("a polygon has points or parts, never neither", () => {
    // @ts-expect-error nothing is given
    expect(() => building.setForFrames({})).toThrow();
  });
});
