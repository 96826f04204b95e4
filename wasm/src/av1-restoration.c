// AV1's loop restoration of 8-bit pictures with SIMD (AV1 specification, 7.17), in place of dav1d's C (looprestoration_tmpl.c), bit for
// bit. A unit is at most 384 samples wide and 64 high; it is copied with three samples around it, and filtered from there, row by row.
#include <string.h>
#include "simd.h"
#include "src/looprestoration.h"
#include "src/tables.h"

#define ROW 416 // 384 + 2 * 3, and what is read beyond
#define ROWS (64 + 2 * 3)

typedef const uint8_t (*Left)[4];

// Rows of `width` + 6 samples: of the picture, of beyond the stripe as the loop filter left it (`lpf`), or the nearest one repeated.
static void surround(uint8_t *to, const uint8_t *from, ptrdiff_t stride, Left left, const uint8_t *lpf, int width, int height,
                     enum LrEdgeFlags edges) {
  for (int y = -3; y < height + 3; y++, to += ROW) {
    const uint8_t *row, *before;
    if (y < 0 && edges & LR_HAVE_TOP) row = lpf + (y == -1 ? stride : 0), before = row - 3;
    else if (y >= height && edges & LR_HAVE_BOTTOM) row = lpf + (y == height ? 6 : 7) * stride, before = row - 3;
    else {
      int nearest = y < 0 ? 0 : y >= height ? height - 1 : y;
      row = from + nearest * stride, before = left[nearest] + 1;
    }
    if (edges & LR_HAVE_LEFT) memcpy(to, before, 3);
    else memset(to, row[0], 3);
    for (int x = 0; x < width; x += 16) wasm_v128_store(to + 3 + x, wasm_v128_load(row + x));
    if (edges & LR_HAVE_RIGHT) memcpy(to + 3 + width, row + width, 3);
    else memset(to + 3 + width, row[width - 1], 3);
  }
}

// --- Wiener filter: seven taps across, then down; symmetric in both directions ---------------------------------------------------

typedef struct Taps {
  v128_t outer, inner;
} Taps;
INLINE Taps taps_of(const int16_t *filter, int more) {
  return (Taps){wasm_i32x4_splat((filter[0] & 0xffff) | (int)((unsigned)filter[1] << 16)),
                wasm_i32x4_splat((filter[2] & 0xffff) | (int)((unsigned)(filter[3] + more) << 16))};
}
INLINE v128_t seven_taps(const v128_t s[7], const Taps *taps, v128_t offset, int shift) {
  v128_t a = wasm_i16x8_add(s[0], s[6]), b = wasm_i16x8_add(s[1], s[5]), c = wasm_i16x8_add(s[2], s[4]);
  v128_t low = wasm_i32x4_add(wasm_i32x4_dot_i16x8(INTERLEAVE_LOW(a, b), taps->outer),
                              wasm_i32x4_dot_i16x8(INTERLEAVE_LOW(c, s[3]), taps->inner));
  v128_t high = wasm_i32x4_add(wasm_i32x4_dot_i16x8(INTERLEAVE_HIGH(a, b), taps->outer),
                               wasm_i32x4_dot_i16x8(INTERLEAVE_HIGH(c, s[3]), taps->inner));
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(low, offset), shift), wasm_i32x4_shr(wasm_i32x4_add(high, offset), shift));
}

static void wiener(uint8_t *to, ptrdiff_t stride, Left left, const uint8_t *lpf, int width, int height,
                   const LooprestorationParams *params, enum LrEdgeFlags edges) {
  uint8_t samples[ROWS * ROW];
  int16_t across[ROWS * ROW];
  surround(samples, to, stride, left, lpf, width, height, edges);
  const Taps horizontal = taps_of(params->filter[0], 128), vertical = taps_of(params->filter[1], 0);
  const v128_t zero = wasm_i16x8_const_splat(0), most = wasm_i16x8_const_splat(8191);
  v128_t s[7];
  for (int y = 0; y < height + 6; y++)
    for (int x = 0; x < width; x += 8) {
      for (int i = 0; i < 7; i++) s[i] = load_wide(samples + y * ROW + x + i);
      v128_t sum = seven_taps(s, &horizontal, wasm_i32x4_const_splat((1 << 14) + 4), 3);
      wasm_v128_store(across + y * ROW + x, wasm_i16x8_min(wasm_i16x8_max(sum, zero), most));
    }
  for (int y = 0; y < height; y++, to += stride)
    for (int x = 0; x < width; x += 8) {
      for (int i = 0; i < 7; i++) s[i] = wasm_v128_load(across + (y + i) * ROW + x);
      v128_t sum = seven_taps(s, &vertical, wasm_i32x4_const_splat((1 << 10) - (1 << 18)), 11);
      wasm_v128_store64_lane(to + x, pack(sum, sum), 0);
    }
}

// --- self-guided filter: each sample between itself and the mean of a box, by the box's variance ----------------------------------

// For a row, and one sample to its left and right: the weight of the mean (`part`), and the mean with that weight (`mean`).
typedef struct Guide {
  int32_t mean[ROW];
  int16_t part[ROW];
} Guide;

// The boxes around row `y`; `reach` 1: 3 x 3, 2: 5 x 5.
INLINE void guide_row(Guide *guide, const uint8_t *samples, int y, int width, int reach, unsigned strength) {
  int16_t sums[ROW];
  int32_t squares[ROW];
  const int count = (2 * reach + 1) * (2 * reach + 1);
  const uint8_t *first = samples + (y + 3 - reach) * ROW;
  for (int x = 0; x < width + 6; x += 8) {
    v128_t sum = wasm_i16x8_const_splat(0), low = sum, high = sum;
    for (int i = 0; i <= 2 * reach; i++) {
      v128_t s = load_wide(first + i * ROW + x);
      sum = wasm_i16x8_add(sum, s);
      low = wasm_i32x4_add(low, wasm_u32x4_extmul_low_u16x8(s, s)), high = wasm_i32x4_add(high, wasm_u32x4_extmul_high_u16x8(s, s));
    }
    wasm_v128_store(sums + x, sum), wasm_v128_store(squares + x, low), wasm_v128_store(squares + x + 4, high);
  }
  const v128_t factor = wasm_i32x4_splat(strength), one_by_count = wasm_i32x4_splat(reach == 2 ? 164 : 455);
  // Place 0 is the sample to the left of the first.
  for (int x = 0; x < width + 2; x += 4) {
    v128_t a = wasm_i32x4_const_splat(0), b = a;
    for (int i = 2 - reach; i <= 2 + reach; i++) {
      a = wasm_i32x4_add(a, wasm_v128_load(squares + x + i));
      b = wasm_i32x4_add(b, wasm_u32x4_load16x4(sums + x + i));
    }
    v128_t variance = wasm_i32x4_sub(wasm_i32x4_mul(a, wasm_i32x4_splat(count)), wasm_i32x4_mul(b, b));
    variance = wasm_i32x4_max(variance, wasm_i32x4_const_splat(0));
    v128_t z = wasm_u32x4_shr(wasm_i32x4_add(wasm_i32x4_mul(variance, factor), wasm_i32x4_const_splat(1 << 19)), 20);
    z = wasm_u32x4_min(z, wasm_i32x4_const_splat(255));
    v128_t part = wasm_i32x4_make(dav1d_sgr_x_by_x[wasm_i32x4_extract_lane(z, 0)], dav1d_sgr_x_by_x[wasm_i32x4_extract_lane(z, 1)],
                                  dav1d_sgr_x_by_x[wasm_i32x4_extract_lane(z, 2)], dav1d_sgr_x_by_x[wasm_i32x4_extract_lane(z, 3)]);
    v128_t mean = wasm_i32x4_mul(wasm_i32x4_mul(part, b), one_by_count);
    wasm_v128_store(guide->mean + x, wasm_u32x4_shr(wasm_i32x4_add(mean, wasm_i32x4_const_splat(1 << 11)), 12));
    wasm_v128_store64_lane(guide->part + x, wasm_i16x8_narrow_i32x4(part, part), 0);
  }
}
static __attribute__((noinline)) void guide_row3(Guide *guide, const uint8_t *samples, int y, int width, unsigned strength) {
  guide_row(guide, samples, y, width, 1, strength);
}
static __attribute__((noinline)) void guide_row5(Guide *guide, const uint8_t *samples, int y, int width, unsigned strength) {
  guide_row(guide, samples, y, width, 2, strength);
}

// A row of guides summed with weights: `centre` for the place itself, `side` for those beside it.
typedef struct Sums {
  v128_t part, low, high;
} Sums;
INLINE void add_guide(Sums *s, const Guide *g, int x, int centre, int side) {
  v128_t sides = wasm_i16x8_add(wasm_v128_load(g->part + x), wasm_v128_load(g->part + x + 2));
  s->part = wasm_i16x8_add(s->part, wasm_i16x8_add(wasm_i16x8_mul(wasm_v128_load(g->part + x + 1), wasm_i16x8_splat(centre)),
                                                   wasm_i16x8_mul(sides, wasm_i16x8_splat(side))));
#define ADD(half, at)                                                                                                                 \
  half = wasm_i32x4_add(half, wasm_i32x4_add(wasm_i32x4_mul(wasm_v128_load(g->mean + at + 1), wasm_i32x4_splat(centre)),                \
                                             wasm_i32x4_mul(wasm_i32x4_add(wasm_v128_load(g->mean + at), wasm_v128_load(g->mean + at + 2)), \
                                                            wasm_i32x4_splat(side))))
  ADD(s->low, x);
  ADD(s->high, x + 4);
}
// The amounts to add to eight samples, with four more bits.
INLINE v128_t change(const Sums *s, v128_t samples, int shift) {
  const v128_t half = wasm_i32x4_splat(1 << (shift - 1));
  v128_t low = wasm_i32x4_sub(s->low, wasm_i32x4_extmul_low_i16x8(s->part, samples));
  v128_t high = wasm_i32x4_sub(s->high, wasm_i32x4_extmul_high_i16x8(s->part, samples));
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(low, half), shift), wasm_i32x4_shr(wasm_i32x4_add(high, half), shift));
}

// There are boxes of 5 x 5 around every second row only.
INLINE void restore(uint8_t *to, ptrdiff_t stride, Left left, const uint8_t *lpf, int width, int height,
                    const LooprestorationParams *params, enum LrEdgeFlags edges, int with5, int with3) {
  uint8_t samples[ROWS * ROW];
  Guide guides5[2], guides3[3];
  surround(samples, to, stride, left, lpf, width, height, edges);
  const unsigned strength5 = params->sgr.s0, strength3 = params->sgr.s1;
  const v128_t weights = wasm_i32x4_splat((with5 ? params->sgr.w0 & 0xffff : 0) | (with3 ? (int)((unsigned)params->sgr.w1 << 16) : 0));
  const v128_t half = wasm_i32x4_const_splat(1 << 10);
  // Row y is in slot (y + 1) % 3; for 5 x 5 in (y + 1) / 2 % 2.
  if (with5) guide_row5(&guides5[0], samples, -1, width, strength5);
  if (with3) guide_row3(&guides3[0], samples, -1, width, strength3), guide_row3(&guides3[1], samples, 0, width, strength3);
  for (int y = 0; y < height; y++, to += stride) {
    const Guide *above = &guides5[y / 2 % 2], *below = &guides5[(y / 2 + 1) % 2];
    if (with5 && y % 2 == 0) guide_row5(&guides5[(y / 2 + 1) % 2], samples, y + 1, width, strength5);
    if (with3) guide_row3(&guides3[(y + 2) % 3], samples, y + 1, width, strength3);
    for (int x = 0; x < width; x += 8) {
      v128_t here = load_wide(samples + (y + 3) * ROW + 3 + x), change5 = wasm_i16x8_const_splat(0), change3 = change5;
      if (with5) {
        Sums s = {change5, change5, change5};
        if (y % 2 == 0) {
          add_guide(&s, above, x, 6, 5), add_guide(&s, below, x, 6, 5);
          change5 = change(&s, here, 9);
        } else {
          add_guide(&s, below, x, 6, 5);
          change5 = change(&s, here, 8);
        }
      }
      if (with3) {
        Sums s = {change3, change3, change3};
        add_guide(&s, &guides3[y % 3], x, 4, 3), add_guide(&s, &guides3[(y + 1) % 3], x, 4, 4), add_guide(&s, &guides3[(y + 2) % 3], x, 4, 3);
        change3 = change(&s, here, 9);
      }
      v128_t low = wasm_i32x4_dot_i16x8(INTERLEAVE_LOW(change5, change3), weights);
      v128_t high = wasm_i32x4_dot_i16x8(INTERLEAVE_HIGH(change5, change3), weights);
      low = wasm_i32x4_shr(wasm_i32x4_add(low, half), 11), high = wasm_i32x4_shr(wasm_i32x4_add(high, half), 11);
      v128_t result = wasm_i16x8_add_sat(here, wasm_i16x8_narrow_i32x4(low, high));
      wasm_v128_store64_lane(to + x, pack(result, result), 0);
    }
  }
}
#define RESTORE(NAME, WITH5, WITH3)                                                                              \
  static void NAME(uint8_t *to, ptrdiff_t stride, Left left, const uint8_t *lpf, int width, int height,          \
                   const LooprestorationParams *params, enum LrEdgeFlags edges) {                                \
    restore(to, stride, left, lpf, width, height, params, edges, WITH5, WITH3);                                  \
  }
RESTORE(restore_by_5, 1, 0)
RESTORE(restore_by_3, 0, 1)
RESTORE(restore_by_both, 1, 1)

void __wrap_dav1d_loop_restoration_dsp_init_8bpc(Dav1dLoopRestorationDSPContext *c, int depth) {
  (void)depth;
  c->wiener[0] = c->wiener[1] = wiener;
  c->sgr[0] = restore_by_5;
  c->sgr[1] = restore_by_3;
  c->sgr[2] = restore_by_both;
}
