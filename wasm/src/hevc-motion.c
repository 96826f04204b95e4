// HEVC's motion compensation of 8-bit pictures with SIMD (ITU-T H.265, 8.5.3.3), in place of FFmpeg's C (hevcdsp_template.c), bit for bit.
// A prediction is made for eight columns at a time: filtering across, down, or both gives 14-bit samples, which are then kept, rounded,
// weighted, averaged with a kept one, or weighted together with it.
#include <string.h>
#include "libavcodec/hevcdsp.h"
#include "simd.h"

enum { KEEP, ROUND, WEIGH, AVERAGE, WEIGH_BOTH };

typedef struct Ending {
  void *to;
  ptrdiff_t stride;
  const int16_t *second;
  v128_t weights, rounding;
  int shift, offset;
} Ending;

INLINE void finish(const Ending *end, int kind, int row, int column, int count, v128_t samples) {
  if (kind == KEEP) {
    int16_t *to = (int16_t *)end->to + row * MAX_PB_SIZE + column;
    if (count >= 8) wasm_v128_store(to, samples);
    else memcpy(to, &samples, count * sizeof *to);
    return;
  }
  v128_t result;
  if (kind == ROUND) {
    result = wasm_i16x8_shr(wasm_i16x8_add_sat(samples, wasm_i16x8_const_splat(32)), 6);
  } else {
    v128_t second = wasm_i16x8_const_splat(0);
    if (kind != WEIGH) second = wasm_v128_load(end->second + row * MAX_PB_SIZE + column);
    if (kind == AVERAGE) {
      // A sum that saturates is beyond 255 after the shift as well.
      result = wasm_i16x8_shr(wasm_i16x8_add_sat(wasm_i16x8_add_sat(samples, second), wasm_i16x8_const_splat(64)), 7);
    } else {
      v128_t low = wasm_i32x4_dot_i16x8(INTERLEAVE_LOW(samples, second), end->weights);
      v128_t high = wasm_i32x4_dot_i16x8(INTERLEAVE_HIGH(samples, second), end->weights);
      result = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(low, end->rounding), end->shift),
                                       wasm_i32x4_shr(wasm_i32x4_add(high, end->rounding), end->shift));
      if (kind == WEIGH) result = wasm_i16x8_add_sat(result, wasm_i16x8_splat(end->offset));
    }
  }
  uint8_t *to = (uint8_t *)end->to + row * end->stride + column;
  v128_t bytes = pack(result, result);
  if (count >= 8) wasm_v128_store64_lane(to, bytes, 0);
  else memcpy(to, &bytes, count);
}

INLINE v128_t filtered(const uint8_t *at, ptrdiff_t step, const v128_t *factors, int taps) {
  v128_t sum = wasm_i16x8_mul(load_wide(at), factors[0]);
  for (int i = 1; i < taps; i++) sum = wasm_i16x8_add(sum, wasm_i16x8_mul(load_wide(at + i * step), factors[i]));
  return sum;
}

INLINE void predict(const Ending *end, int kind, const uint8_t *from, ptrdiff_t stride, int height, int width, const int8_t *across,
                    const int8_t *down, int taps) {
  const int before = taps / 2 - 1;
  v128_t factors[8], pairs[4];
  if (across) for (int i = 0; i < taps; i++) factors[i] = wasm_i16x8_splat(across[i]);
  if (down && across)
    for (int i = 0; i < taps / 2; i++) pairs[i] = wasm_i32x4_splat((down[2 * i] & 0xffff) | (int)((unsigned)down[2 * i + 1] << 16));
  else if (down) for (int i = 0; i < taps; i++) factors[i] = wasm_i16x8_splat(down[i]);
  for (int x = 0; x < width; x += 8) {
    const uint8_t *at = from + x;
    int count = width - x;
    if (across && down) {
      // Rows filtered across, each interleaved with the next one, for the filter down: its sums need 32 bits.
      v128_t low[MAX_PB_SIZE + 7], high[MAX_PB_SIZE + 7];
      at -= before * stride + before;
      v128_t above = filtered(at, 1, factors, taps);
      for (int i = 0; i < height + taps - 2; i++) {
        at += stride;
        v128_t below = filtered(at, 1, factors, taps);
        low[i] = INTERLEAVE_LOW(above, below), high[i] = INTERLEAVE_HIGH(above, below);
        above = below;
      }
      for (int y = 0; y < height; y++) {
        v128_t a = wasm_i32x4_dot_i16x8(low[y], pairs[0]), b = wasm_i32x4_dot_i16x8(high[y], pairs[0]);
        for (int i = 1; i < taps / 2; i++) {
          a = wasm_i32x4_add(a, wasm_i32x4_dot_i16x8(low[y + 2 * i], pairs[i]));
          b = wasm_i32x4_add(b, wasm_i32x4_dot_i16x8(high[y + 2 * i], pairs[i]));
        }
        finish(end, kind, y, x, count, wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(a, 6), wasm_i32x4_shr(b, 6)));
      }
    } else if (across) {
      for (int y = 0; y < height; y++, at += stride) finish(end, kind, y, x, count, filtered(at - before, 1, factors, taps));
    } else if (down) {
      for (int y = 0; y < height; y++, at += stride)
        finish(end, kind, y, x, count, filtered(at - before * stride, stride, factors, taps));
    } else {
      for (int y = 0; y < height; y++, at += stride) finish(end, kind, y, x, count, wasm_i16x8_shl(load_wide(at), 6));
    }
  }
}

#define FACTORS(NAME, M) ((M) ? ff_hevc_##NAME##_filters[(M) - 1] : 0)
#define PREDICT(KIND, NAME, TAPS) predict(&end, KIND, from, from_stride, height, width, FACTORS(NAME, mx), FACTORS(NAME, my), TAPS)
#define MOTION(NAME, TAPS)                                                                                                          \
  static void NAME##_keep(int16_t *to, uint8_t *from, ptrdiff_t from_stride, int height, intptr_t mx, intptr_t my, int width) {     \
    Ending end = {.to = to};                                                                                                        \
    PREDICT(KEEP, NAME, TAPS);                                                                                                      \
  }                                                                                                                                 \
  static void NAME##_round(uint8_t *to, ptrdiff_t stride, uint8_t *from, ptrdiff_t from_stride, int height, intptr_t mx, intptr_t my, \
                           int width) {                                                                                             \
    Ending end = {.to = to, .stride = stride};                                                                                      \
    PREDICT(ROUND, NAME, TAPS);                                                                                                     \
  }                                                                                                                                 \
  static void NAME##_weigh(uint8_t *to, ptrdiff_t stride, uint8_t *from, ptrdiff_t from_stride, int height, int denominator,        \
                           int weight, int offset, intptr_t mx, intptr_t my, int width) {                                           \
    int shift = denominator + 6;                                                                                                    \
    Ending end = {.to = to, .stride = stride, .weights = wasm_i32x4_splat(weight & 0xffff),                                         \
                  .rounding = wasm_i32x4_splat(1 << (shift - 1)), .shift = shift, .offset = offset};                                \
    PREDICT(WEIGH, NAME, TAPS);                                                                                                     \
  }                                                                                                                                 \
  static void NAME##_average(uint8_t *to, ptrdiff_t stride, uint8_t *from, ptrdiff_t from_stride, int16_t *second, int height,      \
                             intptr_t mx, intptr_t my, int width) {                                                                 \
    Ending end = {.to = to, .stride = stride, .second = second};                                                                    \
    PREDICT(AVERAGE, NAME, TAPS);                                                                                                   \
  }                                                                                                                                 \
  static void NAME##_weigh_both(uint8_t *to, ptrdiff_t stride, uint8_t *from, ptrdiff_t from_stride, int16_t *second, int height,   \
                                int denominator, int weight_second, int weight, int offset_second, int offset, intptr_t mx,         \
                                intptr_t my, int width) {                                                                           \
    int shift = denominator + 6;                                                                                                    \
    Ending end = {.to = to, .stride = stride, .second = second,                                                                     \
                  .weights = wasm_i32x4_splat((weight & 0xffff) | (int)((unsigned)weight_second << 16)),                            \
                  .rounding = wasm_i32x4_splat((offset_second + offset + 1) * (1 << shift)), .shift = shift + 1};                   \
    PREDICT(WEIGH_BOTH, NAME, TAPS);                                                                                                \
  }
MOTION(qpel, 8)
MOTION(epel, 4)

void hevc_motion_init(HEVCDSPContext *c) {
  for (int i = 0; i < 40; i++) {
    int width = i / 4, y = i / 2 % 2, x = i % 2;
    c->put_hevc_qpel[width][y][x] = qpel_keep;
    c->put_hevc_qpel_uni[width][y][x] = qpel_round;
    c->put_hevc_qpel_uni_w[width][y][x] = qpel_weigh;
    c->put_hevc_qpel_bi[width][y][x] = qpel_average;
    c->put_hevc_qpel_bi_w[width][y][x] = qpel_weigh_both;
    c->put_hevc_epel[width][y][x] = epel_keep;
    c->put_hevc_epel_uni[width][y][x] = epel_round;
    c->put_hevc_epel_uni_w[width][y][x] = epel_weigh;
    c->put_hevc_epel_bi[width][y][x] = epel_average;
    c->put_hevc_epel_bi_w[width][y][x] = epel_weigh_both;
  }
}
