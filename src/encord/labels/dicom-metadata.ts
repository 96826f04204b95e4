/** What Encord knows about DICOM files, as a row's labels hold it. It belongs to Encord: it is read and never written. */

import { type Fields, optionalNumberIn, optionalTextIn } from "./label-json.ts";

/** The series that a row is about. */
export interface DicomSeriesMetadata {
  readonly patientId: string | null;
  readonly studyUid: string;
  readonly seriesUid: string;
}

/** One slice, a frame of the row. */
export interface DicomSliceMetadata {
  readonly dicomInstanceUid: string;
  /** The frame within the slice's file, when the file holds several; else null. */
  readonly multiframeFrameNumber: number | null;
  readonly fileUri: string;
  /** Pixels. */
  readonly width: number | null;
  /** Pixels. */
  readonly height: number | null;
}

/** Null where there is none. @throws LabelRowError naming the field that is not as documented */
export function readSeriesMetadata(json: Fields): DicomSeriesMetadata | null {
  const studyUid = optionalTextIn(json, "study_uid");
  const seriesUid = optionalTextIn(json, "series_uid");
  if (studyUid === null || seriesUid === null) return null;
  return { patientId: optionalTextIn(json, "patient_id"), studyUid, seriesUid };
}

/** Null where there is none. @throws LabelRowError naming the field that is not as documented */
export function readSliceMetadata(json: Fields): DicomSliceMetadata | null {
  const dicomInstanceUid = optionalTextIn(json, "dicom_instance_uid");
  const fileUri = optionalTextIn(json, "file_uri");
  if (dicomInstanceUid === null || fileUri === null) return null;
  return {
    dicomInstanceUid,
    multiframeFrameNumber: optionalNumberIn(json, "multiframe_frame_number"),
    fileUri,
    width: optionalNumberIn(json, "width"),
    height: optionalNumberIn(json, "height"),
  };
}
