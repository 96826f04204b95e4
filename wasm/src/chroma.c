// Scales the chroma of 4:2:0 and 4:2:2 to the size of luma, interpolating between neighbours by distance (3:1), as libavif and libyuv
// do for still pictures. Not used for videos, because OpenCV does not do that.
#include <libavutil/pixfmt.h>
#include <stddef.h>
#include <stdint.h>

// The format with full chroma for one without, or AV_PIX_FMT_NONE.
int chroma_full_format(int format) {
  switch (format) {
  case AV_PIX_FMT_YUV420P: case AV_PIX_FMT_YUV422P: return AV_PIX_FMT_YUV444P;
  case AV_PIX_FMT_YUVJ420P: case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUVJ444P;
  case AV_PIX_FMT_YUV420P10: case AV_PIX_FMT_YUV422P10: return AV_PIX_FMT_YUV444P10;
  case AV_PIX_FMT_YUV420P12: case AV_PIX_FMT_YUV422P12: return AV_PIX_FMT_YUV444P12;
  default: return AV_PIX_FMT_NONE;
  }
}

// One row of `width` samples from two of half as many, of which `far` counts a quarter; at an edge there is only one. Defined for samples
// of one byte and of two.
#define WIDEN(name, sample)                                                                          \
  static void name(const sample *near, const sample *far, sample *to, int width) {                   \
    for (int x = 0; x < width; x++) {                                                                 \
      int at = x >> 1, beside = x == 0 || x == width - 1 ? at : x & 1 ? at + 1 : at - 1;              \
      to[x] = (9 * near[at] + 3 * near[beside] + 3 * far[at] + far[beside] + 8) >> 4;                 \
    }                                                                                                 \
  }
WIDEN(widen_bytes, uint8_t)
WIDEN(widen_words, uint16_t)

// Rows `from` up to `from + rows` of a plane in the size of luma. `shared`: how many of them share a row of chroma, by its power of two.
void chroma_rows(const uint8_t *plane, ptrdiff_t stride, int plane_rows, int shared, int is_wide, int width, int from, int rows, uint8_t *to,
                 ptrdiff_t to_stride) {
  for (int y = from; y < from + rows; y++, to += to_stride) {
    int at = y >> shared, beside = !shared ? at : y & 1 ? at + 1 : at - 1;
    if (beside < 0 || beside >= plane_rows) beside = at;
    const uint8_t *near = plane + at * stride, *far = plane + beside * stride;
    if (is_wide) widen_words((const uint16_t *)near, (const uint16_t *)far, (uint16_t *)to, width);
    else widen_bytes(near, far, to, width);
  }
}
