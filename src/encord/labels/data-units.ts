/** The data units of a row: how many there may be, how they hold their labels, and what labels can be placed on them. */

import { LabelRowError } from "../errors.ts";
import { DataUnit } from "./data-unit.ts";
import { type Fields, located, objectOf } from "./label-json.ts";
import type { LabelRowMetadata } from "./label-row-metadata.ts";
import type { LabelledData } from "./labelled-data.ts";

/** @throws LabelRowError also when units share a frame: its labels would be written twice */
export function readUnits(row: Fields, dataType: string): DataUnit[] {
  const units = Object.entries(objectOf(row["data_units"], "data_units")).map(([hash, json]) => {
    try {
      return new DataUnit(json);
    } catch (error) {
      throw located(error, `Data unit ${hash}`);
    }
  });
  if (dataType !== "img_group") {
    if (units.length === 1) return units;
    throw new LabelRowError(
      `data_units has ${units.length} entries; expected one for the data type ${dataType}.`,
    );
  }
  units.sort((a, b) => a.sequence - b.sequence);
  const twice = units.find((unit, i) => unit.sequence === units[i - 1]?.sequence);
  if (!twice) return units;
  throw new LabelRowError(`data_units has two images with the data_sequence ${twice.sequence}.`);
}

/** @throws LabelRowError when data without frames has labels on one: they would be skipped here, and lost by saving */
export function refuseFrames(labels: Fields, what: string): void {
  for (const frame of holdsOneFrame(labels) ? [labels] : Object.values(labels)) {
    const { objects, classifications } = objectOf(frame, `The labels of ${what}`);
    if (isEmptyList(objects) && isEmptyList(classifications)) continue;
    throw new LabelRowError(`${what} has labels on a frame, but is of a kind that has no frames.`);
  }
}

function isEmptyList(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/** Images hold `{"objects", "classifications"}`; everything else holds a map from frames to those. */
export function holdsOneFrame(labels: Fields): boolean {
  return Array.isArray(labels["objects"]) || Array.isArray(labels["classifications"]);
}

/**
 * What can be placed on the data of these units.
 * @param scene what the labels' JSON says about a scene
 */
export function labelledData(
  { dataType, numberOfFrames }: LabelRowMetadata,
  units: readonly DataUnit[],
  description: string,
  scene: Fields,
): LabelledData {
  const kind = kindOf(dataType, units);
  const hasBound = kind === "frames" || kind === "audio";
  return {
    description,
    kind,
    isContinuous: dataType === "scene" && scene["isContinuous"] === true,
    frameCount: hasBound && dataType !== "dicom" && dataType !== "scene" ? numberOfFrames : null,
    sizeOf: (frame) =>
      dataType === "img_group"
        ? (units.find((unit) => unit.sequence === frame)?.sizeOf(frame) ?? null)
        : (units[0]?.sizeOf(frame) ?? null),
  };
}

function kindOf(dataType: string, units: readonly DataUnit[]): LabelledData["kind"] {
  if (dataType === "group") return "none";
  if (dataType === "audio" || dataType === "time_series") return dataType;
  if (dataType !== "plain_text") return "frames";
  return units.some((unit) => unit.fileType === "text/html") ? "html" : "text";
}
