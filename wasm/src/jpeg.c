// JPEG to packed RGB and back, with libjpeg-turbo. Pixels equal OpenCV's imread: accurate integer DCT, fancy upsampling, CMYK
// converted as OpenCV does. A fatal error leaves through the host, which throws; `jpeg_reset` then frees what was open.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "jerror.h"
#include "jpeglib.h"

#define EXPORT(name) __attribute__((export_name(#name)))

enum { DAMAGED = 1, UNSUPPORTED = 2, OUT_OF_MEMORY = 3 };
// Makes the host throw; does not return.
__attribute__((import_module("host"), import_name("fail"), noreturn)) void host_fail(int kind);

static struct jpeg_decompress_struct reader;
static struct jpeg_compress_struct writer;
static struct jpeg_error_mgr errors;
static struct jpeg_progress_mgr progress;
static int reading, writing;
static unsigned char *row;
static unsigned char *file;
static unsigned long file_size;

static char message[JMSG_LENGTH_MAX];

static int kind_of(int code) {
  switch (code) {
    case JERR_OUT_OF_MEMORY:
    case JERR_NO_BACKING_STORE:
      return OUT_OF_MEMORY;
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
      return UNSUPPORTED;
    default:
      return DAMAGED;
  }
}

static void fatal(j_common_ptr info) {
  info->err->format_message(info, message);
  host_fail(kind_of(info->err->msg_code));
}
// Damage is concealed, as imread does.
static void conceal(j_common_ptr info, int level) { (void)info, (void)level; }
static void say_nothing(j_common_ptr info) { (void)info; }

// A few bytes can announce any number of scans, each as much work as a picture; encoders write about ten.
#define MOST_SCANS 100
static void count_scans(j_common_ptr info) {
  if (info->is_decompressor && ((j_decompress_ptr)info)->input_scan_number > MOST_SCANS) {
    strcpy(message, "More than 100 scans");
    host_fail(DAMAGED);
  }
}

static struct jpeg_error_mgr *error_manager(void) {
  jpeg_std_error(&errors);
  errors.error_exit = fatal;
  errors.emit_message = conceal;
  errors.output_message = say_nothing;
  return &errors;
}

EXPORT(jpeg_reset) void jpeg_reset(void) {
  if (reading) jpeg_destroy_decompress(&reader);
  if (writing) jpeg_destroy_compress(&writer);
  free(row);
  free(file);
  row = file = 0;
  file_size = 0;
  reading = writing = 0;
}

// Reads the header of `bytes`, to be decoded at `eighths` / 8 of its size. 1 if it is fine, 0 if there is no picture.
EXPORT(jpeg_open) int jpeg_open(const unsigned char *bytes, int size, int eighths) {
  jpeg_reset();
  reader.err = error_manager();
  jpeg_create_decompress(&reader);
  reading = 1;
  progress.progress_monitor = count_scans;
  reader.progress = &progress;
  jpeg_mem_src(&reader, bytes, size);
  if (jpeg_read_header(&reader, TRUE) != JPEG_HEADER_OK) return 0;
  reader.out_color_space = reader.num_components == 4 ? JCS_CMYK : JCS_RGB;
  reader.scale_num = eighths;
  reader.scale_denom = 8;
  jpeg_calc_output_dimensions(&reader);
  return 1;
}
EXPORT(jpeg_width) int jpeg_width(void) { return reader.output_width; }
EXPORT(jpeg_height) int jpeg_height(void) { return reader.output_height; }
// The message of the last failure.
EXPORT(jpeg_message) const char *jpeg_message(void) { return message; }

EXPORT(jpeg_start) void jpeg_start(void) {
  jpeg_start_decompress(&reader);
  if (reader.out_color_space == JCS_CMYK && !(row = malloc((size_t)reader.output_width * 4)))
    ERREXIT1(&reader, JERR_OUT_OF_MEMORY, 0);
}

// Decodes the next `rows` rows (or fewer, at the end) into `rgb`; returns how many there were.
EXPORT(jpeg_read) int jpeg_read(unsigned char *rgb, int rows) {
  int width = reader.output_width, done = 0;
  for (; done < rows && reader.output_scanline < reader.output_height; done++) {
    unsigned char *to = rgb + (size_t)done * width * 3;
    JSAMPROW into = row ? row : to;
    jpeg_read_scanlines(&reader, &into, 1);
    if (!row) continue;
    for (int x = 0; x < width; x++) {
      int k = row[4 * x + 3];
      for (int c = 0; c < 3; c++) to[3 * x + c] = k - (((255 - row[4 * x + c]) * k) >> 8);
    }
  }
  return done;
}

// Begins a JPEG file, 4:2:0 by libjpeg's defaults; `jpeg_end_file` returns the size of the file at `jpeg_file`.
EXPORT(jpeg_begin_file) void jpeg_begin_file(int width, int height, int quality) {
  jpeg_reset();
  writer.err = error_manager();
  jpeg_create_compress(&writer);
  writing = 1;
  jpeg_mem_dest(&writer, &file, &file_size);
  writer.image_width = width;
  writer.image_height = height;
  writer.input_components = 3;
  writer.in_color_space = JCS_RGB;
  jpeg_set_defaults(&writer);
  jpeg_set_quality(&writer, quality, TRUE);
  jpeg_start_compress(&writer, TRUE);
}
EXPORT(jpeg_write) void jpeg_write(const unsigned char *rgb, int rows) {
  for (int y = 0; y < rows; y++) {
    JSAMPROW from = (JSAMPROW)(rgb + (size_t)y * writer.image_width * 3);
    jpeg_write_scanlines(&writer, &from, 1);
  }
}
EXPORT(jpeg_end_file) int jpeg_end_file(void) {
  jpeg_finish_compress(&writer);
  return (int)file_size;
}
EXPORT(jpeg_file) unsigned char *jpeg_file(void) { return file; }
