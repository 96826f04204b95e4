/** The style sheet and the live script under addresses that change with their content, so that browsers may keep them. */

import { LIVE_SCRIPT } from "./live-script.ts";
import { STYLE_SHEET } from "./style-sheet.ts";

export const STYLE_SHEET_PATH = `/console/assets/${fingerprint(STYLE_SHEET)}.css`;
export const LIVE_SCRIPT_PATH = `/console/assets/${fingerprint(LIVE_SCRIPT)}.js`;

/** The asset at a path; null if there is none, or not in this version. */
export function consoleAsset(path: string): Response | null {
  const asset =
    path === STYLE_SHEET_PATH
      ? ([STYLE_SHEET, "text/css"] as const)
      : path === LIVE_SCRIPT_PATH
        ? ([LIVE_SCRIPT, "text/javascript"] as const)
        : null;
  if (asset === null) return null;
  return new Response(asset[0], {
    headers: {
      "content-type": `${asset[1]}; charset=utf-8`,
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
    },
  });
}

/** 32-bit FNV-1a: tells versions apart; protects nothing. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
