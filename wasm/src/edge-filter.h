/* What the loop filters of VP9 and AV1 share (VP9 specification, 8.8.5; AV1, 7.14.6). A vector holds samples of the same distance from
   the edge, one position along the edge per byte lane: p1 p0 q0 q1 are the two on each side. */
#ifndef EDGE_FILTER_H
#define EDGE_FILTER_H
#include "transpose.h"

typedef struct Limits {
  v128_t edge, inner, variance;
} Limits;

INLINE v128_t distance(v128_t a, v128_t b) { return wasm_v128_or(wasm_u8x16_sub_sat(a, b), wasm_u8x16_sub_sat(b, a)); }
INLINE v128_t at_most(v128_t a, v128_t b) { return wasm_i8x16_eq(wasm_u8x16_sub_sat(a, b), wasm_i8x16_const_splat(0)); }

/* Each sample becomes the mean of those within `reach`, with those within `near` counted twice; the outermost are repeated beyond the end.
   x: 2 * reach + 2 samples, of which all but the first and the last change. */
INLINE void smooth(const v128_t *x, v128_t *out, int reach, int near) {
  const int last = 2 * reach + 1, shift = reach > 3 ? 4 : 3;
  v128_t sum[2];
  for (int half = 0; half < 2; half++) {
#define SAMPLE(i) (half ? wasm_u16x8_extend_high_u8x16(x[(i) < 0 ? 0 : (i) > last ? last : (i)]) \
                        : wasm_u16x8_extend_low_u8x16(x[(i) < 0 ? 0 : (i) > last ? last : (i)]))
    sum[half] = wasm_i16x8_add(wasm_i16x8_mul(SAMPLE(0), wasm_i16x8_splat(reach)), wasm_i16x8_splat(1 << (shift - 1)));
    for (int i = 1; i <= reach + 1; i++) sum[half] = wasm_i16x8_add(sum[half], SAMPLE(i));
  }
  for (int i = 1; i < last; i++) {
    v128_t result[2];
    for (int half = 0; half < 2; half++) {
      result[half] = sum[half];
      for (int k = i - near; k <= i + near; k++) result[half] = wasm_i16x8_add(result[half], SAMPLE(k));
      result[half] = wasm_u16x8_shr(result[half], shift);
      sum[half] = wasm_i16x8_add(sum[half], wasm_i16x8_sub(SAMPLE(i + reach + 1), SAMPLE(i - reach)));
    }
    out[i] = pack(result[0], result[1]);
  }
#undef SAMPLE
}

/* The positions where samples `from` to `to` beyond the edge, on both sides, differ from those at the edge by one at most. */
INLINE v128_t flat(const v128_t *edge, int from, int to) {
  v128_t most = wasm_i8x16_const_splat(0);
  for (int i = from; i <= to; i++)
    most = wasm_u8x16_max(most, wasm_u8x16_max(distance(edge[-1 - i], edge[-1]), distance(edge[i], edge[0])));
  return at_most(most, wasm_i8x16_const_splat(1));
}

/* The filter of four samples, p1 p0 q0 q1, at the positions of `mask`. */
INLINE void filter_narrow(v128_t *s, v128_t mask, const Limits *limits) {
  const v128_t sign = wasm_i8x16_const_splat((int8_t)0x80);
  v128_t varies = wasm_u8x16_max(distance(s[0], s[1]), distance(s[2], s[3]));
  varies = wasm_v128_not(at_most(varies, limits->variance));
  v128_t p1 = wasm_v128_xor(s[0], sign), p0 = wasm_v128_xor(s[1], sign), q0 = wasm_v128_xor(s[2], sign), q1 = wasm_v128_xor(s[3], sign);
  v128_t step = wasm_i8x16_sub_sat(q0, p0), change = wasm_v128_and(wasm_i8x16_sub_sat(p1, q1), varies);
  for (int i = 0; i < 3; i++) change = wasm_i8x16_add_sat(change, step);
  change = wasm_v128_and(change, mask);
  v128_t first = wasm_i8x16_shr(wasm_i8x16_add_sat(change, wasm_i8x16_const_splat(4)), 3);
  v128_t second = wasm_i8x16_shr(wasm_i8x16_add_sat(change, wasm_i8x16_const_splat(3)), 3);
  s[1] = wasm_v128_xor(wasm_i8x16_add_sat(p0, second), sign), s[2] = wasm_v128_xor(wasm_i8x16_sub_sat(q0, first), sign);
  /* Half of it, rounded up, for the outer two. */
  first = wasm_v128_andnot(wasm_i8x16_shr(wasm_i8x16_add(first, wasm_i8x16_const_splat(1)), 1), wasm_v128_or(varies, wasm_v128_not(mask)));
  s[0] = wasm_v128_xor(wasm_i8x16_add_sat(p1, first), sign), s[3] = wasm_v128_xor(wasm_i8x16_sub_sat(q1, first), sign);
}

#endif
