// WebP to packed RGB and back, with libwebp. Alpha is dropped, not composited, as by OpenCV's imread.
#include <stdlib.h>
#include "src/webp/decode.h"
#include "src/webp/encode.h"

#define EXPORT(name) __attribute__((export_name(#name)))

static WebPBitstreamFeatures features;
static uint8_t *file;

// Reads the header. 0 if it is fine, else a VP8StatusCode.
EXPORT(webp_open) int webp_open(const uint8_t *bytes, int size) { return WebPGetFeatures(bytes, size, &features); }
EXPORT(webp_width) int webp_width(void) { return features.width; }
EXPORT(webp_height) int webp_height(void) { return features.height; }

// Decodes into `rgb`, scaled to `width` x `height` if that is not the picture's own size. 0 if it is fine, else a VP8StatusCode.
EXPORT(webp_read) int webp_read(const uint8_t *bytes, int size, uint8_t *rgb, int width, int height) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return VP8_STATUS_INVALID_PARAM;
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = rgb;
  config.output.u.RGBA.stride = width * 3;
  config.output.u.RGBA.size = (size_t)width * height * 3;
  if (width != features.width || height != features.height) {
    config.options.use_scaling = 1;
    config.options.scaled_width = width;
    config.options.scaled_height = height;
  }
  return WebPDecode(bytes, size, &config);
}

// Encodes `rgb`, lossless above quality 100. Returns the size of the file at `webp_file`, or 0 if it failed.
EXPORT(webp_write) int webp_write(const uint8_t *rgb, int width, int height, int quality) {
  WebPFree(file);
  file = 0;
  return (int)(quality > 100 ? WebPEncodeLosslessRGB(rgb, width, height, width * 3, &file)
                             : WebPEncodeRGB(rgb, width, height, width * 3, quality, &file));
}
EXPORT(webp_file) uint8_t *webp_file(void) { return file; }
EXPORT(webp_reset) void webp_reset(void) {
  WebPFree(file);
  file = 0;
}
