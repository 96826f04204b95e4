// AV1's motion compensation of 8-bit pictures with SIMD (AV1 specification, 7.11.3), in place of dav1d's C (mc_tmpl.c), bit for bit.
// Eight columns at a time; a prediction is written as bytes, or "prepared": kept in 16 bits with four more bits, to be joined with a
// second one. References of another size, and super-resolution, are left to dav1d.
#include <string.h>
#include "transpose.h"
#include "src/mc.h"
#include "src/tables.h"

INLINE void put_bytes(uint8_t *to, v128_t samples, int count) {
  v128_t bytes = pack(samples, samples);
  if (count >= 8) wasm_v128_store64_lane(to, bytes, 0);
  else if (count == 4) wasm_v128_store32_lane(to, bytes, 0);
  else wasm_v128_store16_lane(to, bytes, 0);
}
INLINE void put_wide(int16_t *to, v128_t samples, int count) {
  if (count >= 8) wasm_v128_store(to, samples);
  else wasm_v128_store64_lane(to, samples, 0);
}

// --- filters of eight factors, which add up to 64; most have zeros at both ends, and are applied as six ---------------------------

typedef struct Target {
  void *to;
  ptrdiff_t stride;
  int prepared;
} Target;

INLINE v128_t sum_of(const uint8_t *at, ptrdiff_t step, const v128_t *factors, int taps) {
  v128_t sum = wasm_i16x8_mul(load_wide(at), factors[0]);
  for (int i = 1; i < taps; i++) sum = wasm_i16x8_add(sum, wasm_i16x8_mul(load_wide(at + i * step), factors[i]));
  return sum;
}
INLINE void splat_factors(const int8_t *filter, int taps, v128_t *factors) {
  for (int i = 0; i < taps; i++) factors[i] = wasm_i16x8_splat(filter[i + 4 - taps / 2]);
}
INLINE int has_eight(const int8_t *filter) { return filter[0] | filter[7]; }

INLINE void one_way(const Target *t, const uint8_t *from, ptrdiff_t stride, ptrdiff_t step, int width, int height, const int8_t *filter,
                    int rounding, int taps, int prepared) {
  v128_t factors[8], half = wasm_i16x8_splat(prepared ? 2 : rounding);
  splat_factors(filter, taps, factors);
  from -= (taps / 2 - 1) * step;
  for (int y = 0; y < height; y++, from += stride)
    for (int x = 0; x < width; x += 8) {
      v128_t sum = wasm_i16x8_add(sum_of(from + x, step, factors, taps), half);
      if (prepared) put_wide((int16_t *)t->to + y * width + x, wasm_i16x8_shr(sum, 2), width - x);
      else put_bytes((uint8_t *)t->to + y * t->stride + x, wasm_i16x8_shr(sum, 6), width - x);
    }
}
static NOINLINE void filter_one_way(const Target *t, const uint8_t *from, ptrdiff_t stride, ptrdiff_t step, int width, int height,
                             const int8_t *filter, int rounding) {
  if (t->prepared) {
    if (has_eight(filter)) one_way(t, from, stride, step, width, height, filter, rounding, 8, 1);
    else one_way(t, from, stride, step, width, height, filter, rounding, 6, 1);
  } else {
    if (has_eight(filter)) one_way(t, from, stride, step, width, height, filter, rounding, 8, 0);
    else one_way(t, from, stride, step, width, height, filter, rounding, 6, 0);
  }
}

// Filters across, and interleaves each row with the one below, because the filter down multiplies in pairs. `rows` pairs.
INLINE void across(v128_t (*pairs)[2], const uint8_t *from, ptrdiff_t stride, int rows, const int8_t *filter, int taps) {
  v128_t factors[8], two = wasm_i16x8_const_splat(2);
  splat_factors(filter, taps, factors);
  from -= taps / 2 - 1;
  v128_t before = wasm_i16x8_shr(wasm_i16x8_add(sum_of(from, 1, factors, taps), two), 2);
  for (int y = 0; y < rows; y++) {
    from += stride;
    v128_t row = wasm_i16x8_shr(wasm_i16x8_add(sum_of(from, 1, factors, taps), two), 2);
    pairs[y][0] = INTERLEAVE_LOW(before, row), pairs[y][1] = INTERLEAVE_HIGH(before, row);
    before = row;
  }
}
INLINE void down(const Target *t, int x, v128_t (*pairs)[2], int width, int height, const int8_t *filter, int taps, int prepared) {
  v128_t factors[4], half = wasm_i32x4_splat(prepared ? 32 : 512);
  for (int i = 0; i < taps / 2; i++) {
    const int8_t *at = filter + 4 - taps / 2 + 2 * i;
    factors[i] = wasm_i32x4_splat((at[0] & 0xffff) | (int)((unsigned)at[1] << 16));
  }
  for (int y = 0; y < height; y++) {
    v128_t low = half, high = half;
    for (int i = 0; i < taps / 2; i++) {
      low = wasm_i32x4_add(low, wasm_i32x4_dot_i16x8(pairs[y + 2 * i][0], factors[i]));
      high = wasm_i32x4_add(high, wasm_i32x4_dot_i16x8(pairs[y + 2 * i][1], factors[i]));
    }
    if (prepared)
      put_wide((int16_t *)t->to + y * width + x, wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(low, 6), wasm_i32x4_shr(high, 6)), width - x);
    else
      put_bytes((uint8_t *)t->to + y * t->stride + x, wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(low, 10), wasm_i32x4_shr(high, 10)), width - x);
  }
}
static NOINLINE void filter_both_ways(const Target *t, const uint8_t *from, ptrdiff_t stride, int width, int height, const int8_t *horizontal,
                               const int8_t *vertical) {
  v128_t pairs[128 + 6][2];
  const int taps = has_eight(vertical) ? 8 : 6;
  from -= (taps / 2 - 1) * stride;
  for (int x = 0; x < width; x += 8) {
    if (has_eight(horizontal)) across(pairs, from + x, stride, height + taps - 2, horizontal, 8);
    else across(pairs, from + x, stride, height + taps - 2, horizontal, 6);
    if (t->prepared) {
      if (taps == 8) down(t, x, pairs, width, height, vertical, 8, 1);
      else down(t, x, pairs, width, height, vertical, 6, 1);
    } else {
      if (taps == 8) down(t, x, pairs, width, height, vertical, 8, 0);
      else down(t, x, pairs, width, height, vertical, 6, 0);
    }
  }
}

static NOINLINE void copy(const Target *t, const uint8_t *from, ptrdiff_t stride, int width, int height) {
  if (t->prepared) {
    int16_t *to = t->to;
    for (; height > 0; height--, from += stride, to += width)
      for (int x = 0; x < width; x += 8) put_wide(to + x, wasm_i16x8_shl(load_wide(from + x), 4), width - x);
    return;
  }
  uint8_t *to = t->to;
  for (; height > 0; height--, from += stride, to += t->stride) {
    if (width == 2) memcpy(to, from, 2);
    else if (width == 4) memcpy(to, from, 4);
    else if (width == 8) memcpy(to, from, 8);
    else for (int x = 0; x < width; x += 16) wasm_v128_store(to + x, wasm_v128_load(from + x));
  }
}

INLINE void predict(const Target *t, const uint8_t *from, ptrdiff_t stride, int width, int height, const int8_t *horizontal,
                    const int8_t *vertical) {
  if (horizontal && vertical) filter_both_ways(t, from, stride, width, height, horizontal, vertical);
  // Rounded in two steps: to four more bits, and from there.
  else if (horizontal) filter_one_way(t, from, stride, 1, width, height, horizontal, 34);
  else if (vertical) filter_one_way(t, from, stride, stride, width, height, vertical, 32);
  else copy(t, from, stride, width, height);
}
static NOINLINE void predict_by_table(const Target *t, const uint8_t *from, ptrdiff_t stride, int width, int height, int x, int y, int across,
                               int down) {
  // Small blocks take shorter filters, of which there are two.
  const int8_t *horizontal = x ? dav1d_mc_subpel_filters[width > 4 ? across : 3 + (across & 1)][x - 1] : 0;
  const int8_t *vertical = y ? dav1d_mc_subpel_filters[height > 4 ? down : 3 + (down & 1)][y - 1] : 0;
  predict(t, from, stride, width, height, horizontal, vertical);
}
static NOINLINE void predict_linear(const Target *t, const uint8_t *from, ptrdiff_t stride, int width, int height, int x, int y) {
  const int8_t horizontal[8] = {0, 0, 0, 64 - 4 * x, 4 * x}, vertical[8] = {0, 0, 0, 64 - 4 * y, 4 * y};
  predict(t, from, stride, width, height, x ? horizontal : 0, y ? vertical : 0);
}

#define PREDICTION(NAME, PREDICT)                                                                                                   \
  static void put_##NAME(uint8_t *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t stride, int width, int height, int x, int y) { \
    const Target target = {to, to_stride, 0}, *t = &target;                                                                         \
    PREDICT;                                                                                                                        \
  }                                                                                                                                 \
  static void prepare_##NAME(int16_t *to, const uint8_t *from, ptrdiff_t stride, int width, int height, int x, int y) {             \
    const Target target = {to, 0, 1}, *t = &target;                                                                                 \
    PREDICT;                                                                                                                        \
  }
#define BY_TABLE(NAME, ACROSS, DOWN) \
  PREDICTION(NAME, predict_by_table(t, from, stride, width, height, x, y, DAV1D_FILTER_8TAP_##ACROSS, DAV1D_FILTER_8TAP_##DOWN))
BY_TABLE(regular, REGULAR, REGULAR)
BY_TABLE(regular_smooth, REGULAR, SMOOTH)
BY_TABLE(regular_sharp, REGULAR, SHARP)
BY_TABLE(sharp_regular, SHARP, REGULAR)
BY_TABLE(sharp_smooth, SHARP, SMOOTH)
BY_TABLE(sharp, SHARP, SHARP)
BY_TABLE(smooth_regular, SMOOTH, REGULAR)
BY_TABLE(smooth, SMOOTH, SMOOTH)
BY_TABLE(smooth_sharp, SMOOTH, SHARP)
PREDICTION(linear, predict_linear(t, from, stride, width, height, x, y))

// --- two prepared predictions joined ----------------------------------------------------------------------------------------------

static void average(uint8_t *to, ptrdiff_t stride, const int16_t *a, const int16_t *b, int width, int height) {
  for (; height > 0; height--, to += stride, a += width, b += width)
    for (int x = 0; x < width; x += 8) {
      v128_t sum = wasm_i16x8_add(wasm_i16x8_add(wasm_v128_load(a + x), wasm_v128_load(b + x)), wasm_i16x8_const_splat(16));
      put_bytes(to + x, wasm_i16x8_shr(sum, 5), width - x);
    }
}
// a * weight + b * rest of each lane, shifted down.
INLINE v128_t weighed(v128_t a, v128_t b, v128_t weight, v128_t rest, int shift) {
  const v128_t half = wasm_i32x4_splat(1 << (shift - 1));
  v128_t low = wasm_i32x4_dot_i16x8(INTERLEAVE_LOW(a, b), INTERLEAVE_LOW(weight, rest));
  v128_t high = wasm_i32x4_dot_i16x8(INTERLEAVE_HIGH(a, b), INTERLEAVE_HIGH(weight, rest));
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(low, half), shift), wasm_i32x4_shr(wasm_i32x4_add(high, half), shift));
}
static void average_by_weight(uint8_t *to, ptrdiff_t stride, const int16_t *a, const int16_t *b, int width, int height, int weight) {
  const v128_t first = wasm_i16x8_splat(weight), second = wasm_i16x8_splat(16 - weight);
  for (; height > 0; height--, to += stride, a += width, b += width)
    for (int x = 0; x < width; x += 8)
      put_bytes(to + x, weighed(wasm_v128_load(a + x), wasm_v128_load(b + x), first, second, 8), width - x);
}
INLINE v128_t weighed_by_mask(v128_t a, v128_t b, v128_t mask) {
  return weighed(a, b, mask, wasm_i16x8_sub(wasm_i16x8_const_splat(64), mask), 10);
}
static void join_by_mask(uint8_t *to, ptrdiff_t stride, const int16_t *a, const int16_t *b, int width, int height, const uint8_t *mask) {
  for (; height > 0; height--, to += stride, a += width, b += width, mask += width)
    for (int x = 0; x < width; x += 8)
      put_bytes(to + x, weighed_by_mask(wasm_v128_load(a + x), wasm_v128_load(b + x), load_wide(mask + x)), width - x);
}
// The mask is how much the two differ; it is stored for chroma as it is, or as the mean of two or of four.
INLINE v128_t join_by_difference(uint8_t *to, const int16_t *a, const int16_t *b, int count) {
  v128_t first = wasm_v128_load(a), second = wasm_v128_load(b), mask = wasm_i16x8_abs(wasm_i16x8_sub(first, second));
  mask = wasm_u16x8_shr(wasm_i16x8_add(mask, wasm_i16x8_const_splat(8)), 8);
  mask = wasm_i16x8_min(wasm_i16x8_add(mask, wasm_i16x8_const_splat(38)), wasm_i16x8_const_splat(64));
  put_bytes(to, weighed_by_mask(first, second, mask), count);
  return mask;
}
INLINE v128_t pair_sums(v128_t a) { return wasm_i16x8_narrow_i32x4(wasm_i32x4_extadd_pairwise_i16x8(a), wasm_i32x4_const_splat(0)); }
INLINE void put_mask(uint8_t *to, v128_t mask, int count) {
  mask = pack(mask, mask);
  if (count >= 8) wasm_v128_store64_lane(to, mask, 0);
  else if (count == 4) wasm_v128_store32_lane(to, mask, 0);
  else wasm_v128_store16_lane(to, mask, 0);
}
static void join_444(uint8_t *to, ptrdiff_t stride, const int16_t *a, const int16_t *b, int width, int height, uint8_t *mask, int sign) {
  (void)sign;
  for (; height > 0; height--, to += stride, a += width, b += width, mask += width)
    for (int x = 0; x < width; x += 8) put_mask(mask + x, join_by_difference(to + x, a + x, b + x, width - x), width - x);
}
static void join_422(uint8_t *to, ptrdiff_t stride, const int16_t *a, const int16_t *b, int width, int height, uint8_t *mask, int sign) {
  const v128_t half = wasm_i16x8_splat(1 - sign);
  for (; height > 0; height--, to += stride, a += width, b += width, mask += width / 2)
    for (int x = 0; x < width; x += 8) {
      v128_t sums = pair_sums(join_by_difference(to + x, a + x, b + x, width - x));
      put_mask(mask + x / 2, wasm_u16x8_shr(wasm_i16x8_add(sums, half), 1), width - x >= 8 ? 4 : 2);
    }
}
static void join_420(uint8_t *to, ptrdiff_t stride, const int16_t *a, const int16_t *b, int width, int height, uint8_t *mask, int sign) {
  const v128_t half = wasm_i16x8_splat(2 - sign);
  for (; height > 0; height -= 2, to += 2 * stride, a += 2 * width, b += 2 * width, mask += width / 2)
    for (int x = 0; x < width; x += 8) {
      v128_t above = join_by_difference(to + x, a + x, b + x, width - x);
      v128_t sums = pair_sums(wasm_i16x8_add(above, join_by_difference(to + stride + x, a + width + x, b + width + x, width - x)));
      put_mask(mask + x / 2, wasm_u16x8_shr(wasm_i16x8_add(sums, half), 2), width - x >= 8 ? 4 : 2);
    }
}

// --- two predictions in bytes blended ---------------------------------------------------------------------------------------------

INLINE void blend_row(uint8_t *to, const uint8_t *other, v128_t mask, int count) {
  v128_t rest = wasm_i16x8_sub(wasm_i16x8_const_splat(64), mask);
  v128_t sum = wasm_i16x8_add(wasm_i16x8_mul(load_wide(to), rest), wasm_i16x8_mul(load_wide(other), mask));
  put_bytes(to, wasm_u16x8_shr(wasm_i16x8_add(sum, wasm_i16x8_const_splat(32)), 6), count);
}
static void blend(uint8_t *to, ptrdiff_t stride, const uint8_t *other, int width, int height, const uint8_t *mask) {
  for (; height > 0; height--, to += stride, other += width, mask += width)
    for (int x = 0; x < width; x += 8) blend_row(to + x, other + x, load_wide(mask + x), width - x);
}
// The weights of the neighbour to the left, and of the one above; in the last quarter they are zero.
static void blend_across(uint8_t *to, ptrdiff_t stride, const uint8_t *other, int width, int height) {
  const uint8_t *mask = &dav1d_obmc_masks[width];
  for (; height > 0; height--, to += stride, other += width)
    for (int x = 0; x < width; x += 8) blend_row(to + x, other + x, load_wide(mask + x), width - x);
}
static void blend_down(uint8_t *to, ptrdiff_t stride, const uint8_t *other, int width, int height) {
  const uint8_t *mask = &dav1d_obmc_masks[height];
  for (int y = 0; y < height * 3 / 4; y++, to += stride, other += width)
    for (int x = 0; x < width; x += 8) blend_row(to + x, other + x, wasm_i16x8_splat(mask[y]), width - x);
}

// --- warped motion: another filter for every sample -------------------------------------------------------------------------------

// Sums of eight products each, for four samples.
INLINE v128_t four_sums(const int16_t *const at[4], const int8_t *const filter[4]) {
  v128_t p[4];
  for (int i = 0; i < 4; i++) p[i] = wasm_i32x4_dot_i16x8(wasm_v128_load(at[i]), wasm_i16x8_load8x8(filter[i]));
  v128_t a = wasm_i32x4_add(INTERLEAVE_PAIRS_LOW(p[0], p[1]), INTERLEAVE_PAIRS_HIGH(p[0], p[1]));
  v128_t b = wasm_i32x4_add(INTERLEAVE_PAIRS_LOW(p[2], p[3]), INTERLEAVE_PAIRS_HIGH(p[2], p[3]));
  return wasm_i32x4_add(HALVES_LOW(a, b), HALVES_HIGH(a, b));
}
INLINE v128_t eight_sums(const int16_t *at, int step, int position, int change, int shift) {
  const int16_t *from[8];
  const int8_t *filter[8];
  for (int i = 0; i < 8; i++, position += change) from[i] = at + i * step, filter[i] = dav1d_mc_warp_filter[64 + ((position + 512) >> 10)];
  const v128_t half = wasm_i32x4_splat(1 << (shift - 1));
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(four_sums(from, filter), half), shift),
                                 wasm_i32x4_shr(wasm_i32x4_add(four_sums(from + 4, filter + 4), half), shift));
}
INLINE void warp(void *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t stride, const int16_t *changes, int x, int y, int prepared) {
  int16_t row[16], columns[8][16];
  v128_t rows[16];
  from -= 3 * stride + 3;
  for (int i = 0; i < 15; i++, from += stride, x += changes[1]) {
    wasm_v128_store(row, load_wide(from)), wasm_v128_store(row + 8, load_wide(from + 8));
    rows[i] = eight_sums(row, 1, x, changes[0], 3);
  }
  rows[15] = wasm_i16x8_const_splat(0);
  for (int half = 0; half < 2; half++) {
    transpose8(rows + 8 * half);
    for (int i = 0; i < 8; i++) wasm_v128_store(columns[i] + 8 * half, rows[8 * half + i]);
  }
  for (int i = 0; i < 8; i++, y += changes[3]) {
    v128_t sums = eight_sums(columns[0] + i, 16, y, changes[2], prepared ? 7 : 11);
    if (prepared) wasm_v128_store((int16_t *)to + i * to_stride, sums);
    else put_bytes((uint8_t *)to + i * to_stride, sums, 8);
  }
}
static void warp_put(uint8_t *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t stride, const int16_t *changes, int x, int y) {
  warp(to, to_stride, from, stride, changes, x, y, 0);
}
static void warp_prepare(int16_t *to, ptrdiff_t to_stride, const uint8_t *from, ptrdiff_t stride, const int16_t *changes, int x, int y) {
  warp(to, to_stride, from, stride, changes, x, y, 1);
}

void __real_dav1d_mc_dsp_init_8bpc(Dav1dMCDSPContext *c);

void __wrap_dav1d_mc_dsp_init_8bpc(Dav1dMCDSPContext *c) {
  __real_dav1d_mc_dsp_init_8bpc(c);
#define SET(INDEX, NAME) c->mc[FILTER_2D_##INDEX] = put_##NAME, c->mct[FILTER_2D_##INDEX] = prepare_##NAME
  SET(8TAP_REGULAR, regular);
  SET(8TAP_REGULAR_SMOOTH, regular_smooth);
  SET(8TAP_REGULAR_SHARP, regular_sharp);
  SET(8TAP_SHARP_REGULAR, sharp_regular);
  SET(8TAP_SHARP_SMOOTH, sharp_smooth);
  SET(8TAP_SHARP, sharp);
  SET(8TAP_SMOOTH_REGULAR, smooth_regular);
  SET(8TAP_SMOOTH, smooth);
  SET(8TAP_SMOOTH_SHARP, smooth_sharp);
  SET(BILINEAR, linear);
  c->avg = average;
  c->w_avg = average_by_weight;
  c->mask = join_by_mask;
  c->w_mask[0] = join_444;
  c->w_mask[1] = join_422;
  c->w_mask[2] = join_420;
  c->blend = blend;
  c->blend_v = blend_across;
  c->blend_h = blend_down;
  c->warp8x8 = warp_put;
  c->warp8x8t = warp_prepare;
}
