/** Data units as people name them: by the address in the Label Editor, by hashes; and that address made of hashes. */

import type { Settings } from "../settings.ts";

export interface DataUnitAddress {
  readonly projectHash: string;
  readonly dataHash: string;
  /** 0 when the address names none. */
  readonly frame: number;
}

const HASH = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const DATA_UNIT = new RegExp(`(${HASH})/(${HASH})(?:/(\\d{1,9}))?`, "i");
const LONE_HASH = new RegExp(`^${HASH}$`, "i");

/**
 * Reads an address of the Label Editor, or `project hash/data hash/frame` with or without the frame.
 *
 * @param onlyProject stands in where a data hash is given alone
 * @returns null when it is none
 */
export function readDataUnit(address: string, onlyProject?: string): DataUnitAddress | null {
  const found = DATA_UNIT.exec(address);
  if (!found) {
    const dataHash = address.trim().toLowerCase();
    const projectHash = LONE_HASH.test(dataHash) ? onlyProject : undefined;
    return projectHash === undefined ? null : { projectHash, dataHash, frame: 0 };
  }
  const [, projectHash = "", dataHash = "", frame = "0"] = found;
  return { projectHash: projectHash.toLowerCase(), dataHash: dataHash.toLowerCase(), frame: Number(frame) };
}

export type EditorAddress = { readonly url: string } | { readonly none: string };

/**
 * A data unit in Encord's Label Editor. The app stands beside Encord's API; of a domain that is not Encord's own it is the first of
 * the origins from which annotators' browsers call (ENCORD_CORS_ORIGINS).
 *
 * @returns the address, or why there is none
 */
export function editorAddress(settings: Settings, projectHash: string, dataHash: string): EditorAddress {
  const beside = /^https:\/\/api\.((?:[\w-]+\.)*encord\.com)$/.exec(settings.domain)?.[1];
  const app = beside === undefined ? settings.corsOrigins?.[0] : `https://app.${beside}`;
  if (app !== undefined) return { url: `${app}/label_editor/${projectHash}/${dataHash}` };
  // Plain http is this computer: an emulator.
  if (settings.domain.startsWith("http:")) return { none: "An emulator has no Label Editor." };
  return { none: "No link to the Label Editor: ENCORD_CORS_ORIGINS does not name the app's origin." };
}

/** The number of a frame from a form; undefined when none was given, or what was given is none. */
export function readFrame(text: string | null | undefined): number | undefined {
  return /^\d{1,9}$/.test(text?.trim() ?? "") ? Number(text) : undefined;
}
