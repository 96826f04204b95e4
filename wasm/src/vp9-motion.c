// VP9's motion compensation of 8-bit pictures with SIMD (VP9 bitstream specification, 8.5.2.3), in place of FFmpeg's C
// (vp9dsp_template.c), bit for bit. References of another size are left to FFmpeg: they are rare.
#include "libavcodec/vp9dsp.h"
#include "simd.h"

// The factors of every filter add up to 128 and, without their signs, to 236 at most: a sum minus 128 * 128 fits into 16 bits whatever
// the samples are, although the sum itself does not. So that difference is kept, and clipped to a signed byte.
INLINE v128_t eight_taps(const uint8_t *at, ptrdiff_t step, const v128_t *factors) {
  v128_t sum = wasm_i16x8_const_splat(64 - 128 * 128);
  for (int i = 0; i < 8; i++) sum = wasm_i16x8_add(sum, wasm_i16x8_mul(load_wide(at + (i - 3) * step), factors[i]));
  return wasm_i16x8_shr(sum, 7);
}
INLINE v128_t two_taps(const uint8_t *at, ptrdiff_t step, v128_t factor) {
  v128_t here = load_wide(at), change = wasm_i16x8_mul(wasm_i16x8_sub(load_wide(at + step), here), factor);
  return wasm_i16x8_add(here, wasm_i16x8_shr(wasm_i16x8_add(change, wasm_i16x8_const_splat(8)), 4));
}

INLINE void write(uint8_t *to, v128_t row, int count, int average) {
  store_bytes(to, average ? wasm_u8x16_avgr(row, load_bytes(to, count)) : row, count);
}

// One dimension. `filter`: eight factors, or null for the bilinear one.
INLINE void pass(uint8_t *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t stride, ptrdiff_t step, int width, int height,
                 const int16_t *filter, int position, int average) {
  const int count = width < 16 ? width : 16;
  v128_t factors[8];
  for (int i = 0; i < 8; i++) factors[i] = wasm_i16x8_splat(filter ? filter[i] : position);
  for (; height > 0; height--, to += to_stride, from += stride)
    for (int x = 0; x < width; x += count) {
      v128_t low, high;
      if (filter) {
        low = high = eight_taps(from + x, step, factors);
        if (count == 16) high = eight_taps(from + x + 8, step, factors);
        low = wasm_v128_xor(wasm_i8x16_narrow_i16x8(low, high), wasm_i8x16_const_splat((int8_t)0x80));
      } else {
        low = high = two_taps(from + x, step, factors[0]);
        if (count == 16) high = two_taps(from + x + 8, step, factors[0]);
        low = pack(low, high);
      }
      write(to + x, low, count, average);
    }
}

#define NOINLINE static __attribute__((noinline))
#define PASS(NAME, WIDTH, COUNT)                                                                                                  \
  NOINLINE void NAME(uint8_t *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t stride, ptrdiff_t step, int width, int height, \
                     const int16_t *filter, int position, int average) {                                                          \
    if (!filter) pass(to, to_stride, from, stride, step, WIDTH, height, 0, position, average);                                    \
    else if (average) pass(to, to_stride, from, stride, step, WIDTH, height, filter, position, 1);                                \
    else pass(to, to_stride, from, stride, step, WIDTH, height, filter, position, 0);                                             \
  }
PASS(pass16, width, 16)
PASS(pass8, 8, 8)
PASS(pass4, 4, 4)

INLINE void one(uint8_t *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t stride, ptrdiff_t step, int width, int height,
                const int16_t *filter, int position, int average) {
  if (width == 4) pass4(to, to_stride, from, stride, step, 4, height, filter, position, average);
  else if (width == 8) pass8(to, to_stride, from, stride, step, 8, height, filter, position, average);
  else pass16(to, to_stride, from, stride, step, width, height, filter, position, average);
}
// Filters across into a buffer of rows, from three above to four below, then down.
INLINE void two(uint8_t *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t stride, int width, int height, const int16_t *across,
                int x, const int16_t *down, int y, int average) {
  uint8_t rows[64 * (64 + 7) + 8];
  const int above = across ? 3 : 0, below = across ? 4 : 1, pitch = width < 16 ? 16 : width;
  one(rows, pitch, from - above * stride, stride, 1, width, height + above + below, across, x, 0);
  one(to, to_stride, rows + above * pitch, pitch, pitch, width, height, down, y, average);
}

#define FILTER(kind, position) (kind == FILTER_BILINEAR ? 0 : ff_vp9_subpel_filters[kind][position])
#define ARGUMENTS uint8_t *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t stride, int height, int x, int y
#define KIND_OF(KIND, W, AVG) \
  static void across_##KIND##_##W##_##AVG(ARGUMENTS) { one(to, to_stride, from, stride, 1, W, height, FILTER(KIND, x), x, AVG); } \
  static void down_##KIND##_##W##_##AVG(ARGUMENTS) { one(to, to_stride, from, stride, stride, W, height, FILTER(KIND, y), y, AVG); } \
  static void both_##KIND##_##W##_##AVG(ARGUMENTS) {                                                                  \
    two(to, to_stride, from, stride, W, height, FILTER(KIND, x), x, FILTER(KIND, y), y, AVG);                          \
  }
#define WIDTH(W, AVG)                                                                     \
  KIND_OF(FILTER_8TAP_SMOOTH, W, AVG)                                                         \
  KIND_OF(FILTER_8TAP_REGULAR, W, AVG)                                                        \
  KIND_OF(FILTER_8TAP_SHARP, W, AVG)                                                          \
  KIND_OF(FILTER_BILINEAR, W, AVG)                                                            \
  static void full_##W##_##AVG(ARGUMENTS) {                                                \
    const int count = W < 16 ? W : 16;                                                     \
    for (; height > 0; height--, to += to_stride, from += stride)                          \
      for (int i = 0; i < W; i += count) write(to + i, load_bytes(from + i, count), count, AVG); \
  }
#define WIDTHS(AVG) WIDTH(64, AVG) WIDTH(32, AVG) WIDTH(16, AVG) WIDTH(8, AVG) WIDTH(4, AVG)
WIDTHS(0)
WIDTHS(1)

void vp9_motion_init(VP9DSPContext *dsp) {
#define SET_KIND(I, K, W, AVG)                        \
  dsp->mc[I][K][AVG][0][0] = full_##W##_##AVG;         \
  dsp->mc[I][K][AVG][1][0] = across_##K##_##W##_##AVG; \
  dsp->mc[I][K][AVG][0][1] = down_##K##_##W##_##AVG;   \
  dsp->mc[I][K][AVG][1][1] = both_##K##_##W##_##AVG;
#define SET(I, W, AVG)                   \
  SET_KIND(I, FILTER_8TAP_SMOOTH, W, AVG)  \
  SET_KIND(I, FILTER_8TAP_REGULAR, W, AVG) \
  SET_KIND(I, FILTER_8TAP_SHARP, W, AVG)   \
  SET_KIND(I, FILTER_BILINEAR, W, AVG)
#define SET_ALL(AVG) SET(0, 64, AVG) SET(1, 32, AVG) SET(2, 16, AVG) SET(3, 8, AVG) SET(4, 4, AVG)
  SET_ALL(0)
  SET_ALL(1)
}
