/** The type of data in a file, by its extension; Encord determines it when a file is uploaded. */

const MIME_TYPES: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  gif: "image/gif",
  bmp: "image/bmp",
  tif: "image/tiff",
  tiff: "image/tiff",
  avif: "image/avif",
  mp4: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
  mkv: "video/x-matroska",
  avi: "video/x-msvideo",
  ts: "video/mp2t",
  mp3: "audio/mpeg",
  wav: "audio/wav",
  txt: "text/plain",
  html: "text/html",
  pdf: "application/pdf",
  dcm: "application/dicom",
  nii: "application/nifti",
};

const ITEM_TYPES: Readonly<Record<string, string>> = {
  IMAGE: "image",
  VIDEO: "video",
  IMG_GROUP: "imageGroup",
  DICOM: "dicomSeries",
  NIFTI: "nifti",
  AUDIO: "audio",
  PLAIN_TEXT: "plainText",
  PDF: "pdf",
  GROUP: "group",
  SCENE: "scene",
};

/** The MIME type if neither name nor seed gives one; image groups, data groups and scenes have none, because they are not a single file. */
const USUAL_MIME_TYPES: Readonly<Record<string, string>> = {
  IMAGE: "image/jpeg",
  VIDEO: "video/mp4",
  DICOM: "application/dicom",
  NIFTI: "application/nifti",
  AUDIO: "audio/mpeg",
  PLAIN_TEXT: "text/plain",
  PDF: "application/pdf",
};

/** Null for types that are not a single file. */
export function usualMimeType(dataType: string): string | null {
  return USUAL_MIME_TYPES[dataType] ?? null;
}

/** Null for an unknown ending. */
export function mimeTypeOf(name: string): string | null {
  return MIME_TYPES[name.split(".").at(-1)?.toLowerCase() ?? ""] ?? null;
}

/** As label rows write it; `IMAGE` if the name does not tell. */
export function dataTypeOf(name: string | undefined): string {
  const mime = name === undefined ? null : mimeTypeOf(name);
  if (mime?.startsWith("video/")) return "VIDEO";
  if (mime?.startsWith("audio/")) return "AUDIO";
  if (mime?.startsWith("text/")) return "PLAIN_TEXT";
  if (mime === "application/pdf") return "PDF";
  if (mime === "application/dicom") return "DICOM";
  if (mime === "application/nifti") return "NIFTI";
  return "IMAGE";
}

/** The storage's name for the type of a label row. */
export function itemTypeOf(dataType: string): string {
  return ITEM_TYPES[dataType] ?? "image";
}
