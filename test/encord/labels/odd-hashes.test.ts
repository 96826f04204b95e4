/** Hashes and keys are whatever text Encord sends: none of them means something to JavaScript. */

import { expect, it } from "vitest";
import { boxJson, labelledRow, readAgain } from "./labelled-row.ts";

it.each(["__proto__", "toString", "constructor", "hasOwnProperty"])(
  "an object with the hash %s is read and written like any other",
  (objectHash) => {
    const row = labelledRow("image", {
      unit: { labels: { objects: [boxJson({ objectHash })], classifications: [] } },
    });
    const again = readAgain(row);
    expect(again.getObjectInstances().map((object) => object.objectHash)).toEqual([objectHash]);
    expect(Object.keys(again.toEncordDict().object_answers as object)).toEqual([objectHash]);
  },
);

it("a classification on a frame whose hash is a word of JavaScript's is a leftover like any without answers", () => {
  const leftover = { classificationHash: "constructor", featureHash: "clsGone1", name: "Gone" };
  const row = labelledRow("image", { unit: { labels: { objects: [], classifications: [leftover] } } });
  expect(row.getClassificationInstances()).toEqual([]);
});

it("an unknown field is kept when it is called __proto__", () => {
  const odd = JSON.parse(`{"__proto__": {"kept": 1}, "another": 2, ${JSON.stringify(boxJson()).slice(1)}`);
  const row = labelledRow("image", { unit: { labels: { objects: [odd], classifications: [] } } });
  // Looking at the annotation and changing it takes it apart into known and unknown fields.
  const [object] = row.getObjectInstances();
  object?.setForFrames(object.getAnnotation().coordinates, { overwrite: true, confidence: 0.5 });
  expect(JSON.stringify(row.toEncordDict())).toContain('"__proto__":{"kept":1}');
});

it("it is kept, too, where the annotation only has another form than the one that is written", () => {
  const odd = JSON.parse(
    `{"__proto__": {"kept": 1}, ${JSON.stringify(boxJson({ createdAt: "2025-05-30 09:15:00" })).slice(1)}`,
  );
  const row = labelledRow("image", { unit: { labels: { objects: [odd], classifications: [] } } });
  expect(JSON.stringify(row.toEncordDict())).toContain('"__proto__":{"kept":1}');
});

it.each(["", "01", "0x10", "1e1", " 1", "1.0", "-1", "99999999999999999999"])(
  "the key %j is no frame",
  (key) => {
    const labels = { [key]: { objects: [boxJson()], classifications: [] } };
    expect(() => labelledRow("video", { unit: { labels } })).toThrow(/which is not a frame number/);
  },
);
