/** Reads data units as people name them (by their address in the Label Editor, or by hashes), and makes that address from hashes. */

import type { Settings } from "../settings.ts";

export interface DataUnitAddress {
  readonly projectHash: string;
  readonly dataHash: string;
  /** 0 if the address names none. */
  readonly frame: number;
}

const HASH = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const DATA_UNIT = new RegExp(`(${HASH})/(${HASH})(?:/(\\d{1,9}))?`, "i");
const LONE_HASH = new RegExp(`^${HASH}$`, "i");

/**
 * Reads an address of the Label Editor, or `project hash/data hash/frame`, with or without the frame.
 *
 * @param onlyProject the project to assume if just a data hash is given
 * @returns null if it names no data unit
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

/** The address of a data unit in the Label Editor, or why there is none. */
export type EditorAddress = { readonly url: string } | { readonly none: string };

/**
 * The address of a data unit in Encord's Label Editor. The app belongs to the API's domain; for a domain that is not Encord's own, it is
 * the first of the origins from which annotators' browsers call (ENCORD_CORS_ORIGINS).
 */
export function editorAddress(settings: Settings, projectHash: string, dataHash: string): EditorAddress {
  const beside = /^https:\/\/api\.((?:[\w-]+\.)*encord\.com)$/.exec(settings.domain)?.[1];
  const app = beside === undefined ? settings.corsOrigins?.[0] : `https://app.${beside}`;
  if (app !== undefined) return { url: `${app}/label_editor/${projectHash}/${dataHash}` };
  // Plain http means an emulator on this computer.
  if (settings.domain.startsWith("http:")) return { none: "An emulator has no Label Editor." };
  return { none: "No link to the Label Editor: ENCORD_CORS_ORIGINS does not name the app's origin." };
}

/** A frame number from a form; undefined if there is none, or it is not a number. */
export function readFrame(text: string | null | undefined): number | undefined {
  return /^\d{1,9}$/.test(text?.trim() ?? "") ? Number(text) : undefined;
}
