// H.264's deblocking filter of 8-bit pictures with SIMD, in place of FFmpeg's C (h264dsp_template.c), bit for bit.
// Lanes are the positions along an edge; p2 p1 p0 | q0 q1 q2 are the samples across it.
#include "libavcodec/h264dsp.h"
#include "simd.h"

INLINE v128_t distance(v128_t a, v128_t b) { return wasm_v128_or(wasm_u8x16_sub_sat(a, b), wasm_u8x16_sub_sat(b, a)); }

// The positions to which the filter applies: |p0 - q0| < alpha, |p1 - p0| < beta, |q1 - q0| < beta.
INLINE v128_t applies(v128_t p1, v128_t p0, v128_t q0, v128_t q1, v128_t alpha, v128_t beta) {
  return wasm_v128_and(wasm_u8x16_lt(distance(p0, q0), alpha),
                       wasm_v128_and(wasm_u8x16_lt(distance(p1, p0), beta), wasm_u8x16_lt(distance(q1, q0), beta)));
}

INLINE v128_t half_delta(v128_t p1, v128_t p0, v128_t q0, v128_t q1) {
  v128_t step = wasm_i16x8_add(wasm_i16x8_shl(wasm_i16x8_sub(q0, p0), 2), wasm_i16x8_sub(p1, q1));
  return wasm_i16x8_shr(wasm_i16x8_add(step, wasm_i16x8_const_splat(4)), 3);
}

// Moves p0 and q0 towards each other by ((q0 - p0) * 4 + (p1 - q1) + 4) >> 3, but at most by `limit` (0 for not at all).
INLINE void move(v128_t p1, v128_t *p0, v128_t *q0, v128_t q1, v128_t limit) {
  v128_t low = half_delta(wasm_u16x8_extend_low_u8x16(p1), wasm_u16x8_extend_low_u8x16(*p0), wasm_u16x8_extend_low_u8x16(*q0),
                          wasm_u16x8_extend_low_u8x16(q1));
  v128_t high = half_delta(wasm_u16x8_extend_high_u8x16(p1), wasm_u16x8_extend_high_u8x16(*p0),
                           wasm_u16x8_extend_high_u8x16(*q0), wasm_u16x8_extend_high_u8x16(q1));
  v128_t delta = wasm_i8x16_narrow_i16x8(low, high), none = wasm_i8x16_const_splat(0);
  delta = wasm_i8x16_min(wasm_i8x16_max(delta, wasm_i8x16_neg(limit)), limit);
  v128_t up = wasm_i8x16_max(delta, none), down = wasm_i8x16_max(wasm_i8x16_neg(delta), none);
  *p0 = wasm_u8x16_sub_sat(wasm_u8x16_add_sat(*p0, up), down);
  *q0 = wasm_u8x16_add_sat(wasm_u8x16_sub_sat(*q0, up), down);
}

// (a + b) >> 1, where avgr rounds up.
INLINE v128_t mean_down(v128_t a, v128_t b) {
  return wasm_i8x16_sub(wasm_u8x16_avgr(a, b), wasm_v128_and(wasm_v128_xor(a, b), wasm_i8x16_const_splat(1)));
}
INLINE v128_t within(v128_t value, v128_t centre, v128_t limit) {
  return wasm_u8x16_min(wasm_u8x16_max(value, wasm_u8x16_sub_sat(centre, limit)), wasm_u8x16_add_sat(centre, limit));
}

// Sixteen positions of a luma edge, four per entry of tc0. 0 if nothing changes.
INLINE int filter_luma(v128_t p2, v128_t *p1, v128_t *p0, v128_t *q0, v128_t *q1, v128_t q2, int alpha, int beta, const int8_t *tc0) {
  v128_t a = wasm_i8x16_splat(alpha), b = wasm_i8x16_splat(beta);
  v128_t strength = wasm_i8x16_swizzle(wasm_v128_load32_zero(tc0), wasm_i8x16_const(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3));
  v128_t mask = wasm_v128_and(applies(*p1, *p0, *q0, *q1, a, b), wasm_i8x16_ge(strength, wasm_i8x16_const_splat(0)));
  if (!wasm_v128_any_true(mask)) return 0;
  strength = wasm_v128_and(strength, mask);
  v128_t near_p = wasm_v128_and(wasm_u8x16_lt(distance(p2, *p0), b), mask);
  v128_t near_q = wasm_v128_and(wasm_u8x16_lt(distance(q2, *q0), b), mask);
  v128_t middle = wasm_u8x16_avgr(*p0, *q0);
  v128_t new_p1 = within(mean_down(p2, middle), *p1, wasm_v128_and(strength, near_p));
  v128_t new_q1 = within(mean_down(q2, middle), *q1, wasm_v128_and(strength, near_q));
  // A lane of a mask is -1: subtracting it counts the near sides.
  move(*p1, p0, q0, *q1, wasm_i8x16_sub(wasm_i8x16_sub(strength, near_p), near_q));
  *p1 = new_p1;
  *q1 = new_q1;
  return 1;
}

INLINE int filter_chroma(v128_t p1, v128_t *p0, v128_t *q0, v128_t q1, int alpha, int beta, const int8_t *tc0) {
  v128_t strength = wasm_i8x16_swizzle(wasm_v128_load32_zero(tc0), wasm_i8x16_const(0, 0, 1, 1, 2, 2, 3, 3, 8, 8, 8, 8, 8, 8, 8, 8));
  v128_t mask = applies(p1, *p0, *q0, q1, wasm_i8x16_splat(alpha), wasm_i8x16_splat(beta));
  v128_t limit = wasm_v128_and(wasm_i8x16_max(strength, wasm_i8x16_const_splat(0)), mask);
  if (!wasm_v128_any_true(limit)) return 0;
  move(p1, p0, q0, q1, limit);
  return 1;
}

// (2 * near + far + other + 2) >> 2 in bytes: the two-tap filter of strength 4.
INLINE v128_t quarter_half(v128_t twice, v128_t once, v128_t other) {
  return wasm_u16x8_shr(wasm_i16x8_add(wasm_i16x8_add(wasm_i16x8_shl(twice, 1), once),
                                       wasm_i16x8_add(other, wasm_i16x8_const_splat(2))), 2);
}
INLINE v128_t quarter(v128_t twice, v128_t once, v128_t other) {
  return pack(quarter_half(wasm_u16x8_extend_low_u8x16(twice), wasm_u16x8_extend_low_u8x16(once), wasm_u16x8_extend_low_u8x16(other)),
              quarter_half(wasm_u16x8_extend_high_u8x16(twice), wasm_u16x8_extend_high_u8x16(once), wasm_u16x8_extend_high_u8x16(other)));
}

// Columns of sixteen rows of eight bytes: rows[i] holds row i in its low half.
INLINE void columns(const uint8_t *from, ptrdiff_t stride, v128_t out[8]) {
  v128_t a[8], b[8], c[8];
  for (int i = 0; i < 8; i++)
    a[i] = INTERLEAVE_BYTES_LOW(wasm_v128_load64_zero(from + i * stride), wasm_v128_load64_zero(from + (i + 8) * stride));
  for (int i = 0; i < 4; i++) b[i] = INTERLEAVE_BYTES_LOW(a[i], a[i + 4]), b[i + 4] = INTERLEAVE_BYTES_HIGH(a[i], a[i + 4]);
  for (int i = 0; i < 2; i++) {
    c[i] = INTERLEAVE_BYTES_LOW(b[i], b[i + 2]), c[i + 2] = INTERLEAVE_BYTES_HIGH(b[i], b[i + 2]);
    c[i + 4] = INTERLEAVE_BYTES_LOW(b[i + 4], b[i + 6]), c[i + 6] = INTERLEAVE_BYTES_HIGH(b[i + 4], b[i + 6]);
  }
  for (int i = 0; i < 4; i++) {
    out[2 * i] = INTERLEAVE_BYTES_LOW(c[2 * i], c[2 * i + 1]);
    out[2 * i + 1] = INTERLEAVE_BYTES_HIGH(c[2 * i], c[2 * i + 1]);
  }
}

#define STORE_FOUR(to, stride, rows)                          \
  wasm_v128_store32_lane(to, rows, 0);                        \
  wasm_v128_store32_lane((to) + (stride), rows, 1);           \
  wasm_v128_store32_lane((to) + 2 * (stride), rows, 2);       \
  wasm_v128_store32_lane((to) + 3 * (stride), rows, 3)

static void luma_across_rows(uint8_t *at, ptrdiff_t stride, int alpha, int beta, int8_t *tc0) {
  v128_t p2 = wasm_v128_load(at - 3 * stride), p1 = wasm_v128_load(at - 2 * stride), p0 = wasm_v128_load(at - stride),
         q0 = wasm_v128_load(at), q1 = wasm_v128_load(at + stride), q2 = wasm_v128_load(at + 2 * stride);
  if (!filter_luma(p2, &p1, &p0, &q0, &q1, q2, alpha, beta, tc0)) return;
  wasm_v128_store(at - 2 * stride, p1);
  wasm_v128_store(at - stride, p0);
  wasm_v128_store(at, q0);
  wasm_v128_store(at + stride, q1);
}

static void luma_across_columns(uint8_t *at, ptrdiff_t stride, int alpha, int beta, int8_t *tc0) {
  v128_t s[8];
  columns(at - 4, stride, s);
  if (!filter_luma(s[1], &s[2], &s[3], &s[4], &s[5], s[6], alpha, beta, tc0)) return;
  v128_t left = INTERLEAVE_BYTES_LOW(s[2], s[3]), right = INTERLEAVE_BYTES_LOW(s[4], s[5]);
  STORE_FOUR(at - 2, stride, INTERLEAVE_LOW(left, right));
  STORE_FOUR(at - 2 + 4 * stride, stride, INTERLEAVE_HIGH(left, right));
  left = INTERLEAVE_BYTES_HIGH(s[2], s[3]), right = INTERLEAVE_BYTES_HIGH(s[4], s[5]);
  STORE_FOUR(at - 2 + 8 * stride, stride, INTERLEAVE_LOW(left, right));
  STORE_FOUR(at - 2 + 12 * stride, stride, INTERLEAVE_HIGH(left, right));
}

static void chroma_across_rows(uint8_t *at, ptrdiff_t stride, int alpha, int beta, int8_t *tc0) {
  v128_t p1 = wasm_v128_load64_zero(at - 2 * stride), p0 = wasm_v128_load64_zero(at - stride), q0 = wasm_v128_load64_zero(at),
         q1 = wasm_v128_load64_zero(at + stride);
  if (!filter_chroma(p1, &p0, &q0, q1, alpha, beta, tc0)) return;
  wasm_v128_store64_lane(at - stride, p0, 0);
  wasm_v128_store64_lane(at, q0, 0);
}
static void chroma_intra_across_rows(uint8_t *at, ptrdiff_t stride, int alpha, int beta) {
  v128_t p1 = wasm_v128_load64_zero(at - 2 * stride), p0 = wasm_v128_load64_zero(at - stride), q0 = wasm_v128_load64_zero(at),
         q1 = wasm_v128_load64_zero(at + stride);
  v128_t mask = applies(p1, p0, q0, q1, wasm_i8x16_splat(alpha), wasm_i8x16_splat(beta));
  wasm_v128_store64_lane(at - stride, wasm_v128_bitselect(quarter(p1, p0, q1), p0, mask), 0);
  wasm_v128_store64_lane(at, wasm_v128_bitselect(quarter(q1, q0, p1), q0, mask), 0);
}

// Eight rows of p1 p0 q0 q1 as four columns of eight.
INLINE void chroma_columns(const uint8_t *at, ptrdiff_t stride, v128_t out[4]) {
  v128_t upper = wasm_v128_load32_zero(at), lower = wasm_v128_load32_zero(at + 4 * stride);
  upper = wasm_v128_load32_lane(at + stride, upper, 1), lower = wasm_v128_load32_lane(at + 5 * stride, lower, 1);
  upper = wasm_v128_load32_lane(at + 2 * stride, upper, 2), lower = wasm_v128_load32_lane(at + 6 * stride, lower, 2);
  upper = wasm_v128_load32_lane(at + 3 * stride, upper, 3), lower = wasm_v128_load32_lane(at + 7 * stride, lower, 3);
  out[0] = wasm_i8x16_shuffle(upper, lower, 0, 4, 8, 12, 16, 20, 24, 28, 0, 4, 8, 12, 16, 20, 24, 28);
  out[1] = wasm_i8x16_shuffle(upper, lower, 1, 5, 9, 13, 17, 21, 25, 29, 1, 5, 9, 13, 17, 21, 25, 29);
  out[2] = wasm_i8x16_shuffle(upper, lower, 2, 6, 10, 14, 18, 22, 26, 30, 2, 6, 10, 14, 18, 22, 26, 30);
  out[3] = wasm_i8x16_shuffle(upper, lower, 3, 7, 11, 15, 19, 23, 27, 31, 3, 7, 11, 15, 19, 23, 27, 31);
}
INLINE void store_chroma_columns(uint8_t *at, ptrdiff_t stride, const v128_t s[4]) {
  v128_t left = INTERLEAVE_BYTES_LOW(s[0], s[1]), right = INTERLEAVE_BYTES_LOW(s[2], s[3]);
  STORE_FOUR(at, stride, INTERLEAVE_LOW(left, right));
  STORE_FOUR(at + 4 * stride, stride, INTERLEAVE_HIGH(left, right));
}
static void chroma_across_columns(uint8_t *at, ptrdiff_t stride, int alpha, int beta, int8_t *tc0) {
  v128_t s[4];
  chroma_columns(at - 2, stride, s);
  if (filter_chroma(s[0], &s[1], &s[2], s[3], alpha, beta, tc0)) store_chroma_columns(at - 2, stride, s);
}
static void chroma_intra_across_columns(uint8_t *at, ptrdiff_t stride, int alpha, int beta) {
  v128_t s[4];
  chroma_columns(at - 2, stride, s);
  v128_t mask = applies(s[0], s[1], s[2], s[3], wasm_i8x16_splat(alpha), wasm_i8x16_splat(beta));
  if (!wasm_v128_any_true(mask)) return;
  v128_t p0 = wasm_v128_bitselect(quarter(s[0], s[1], s[3]), s[1], mask);
  s[2] = wasm_v128_bitselect(quarter(s[3], s[2], s[0]), s[2], mask);
  s[1] = p0;
  store_chroma_columns(at - 2, stride, s);
}

// Strength 4, one side of an edge: new p0, p1, p2 as 16-bit lanes.
INLINE void smooth(v128_t p3, v128_t p2, v128_t p1, v128_t p0, v128_t q0, v128_t q1, v128_t out[3]) {
  const v128_t two = wasm_i16x8_const_splat(2), four = wasm_i16x8_const_splat(4);
  v128_t middle = wasm_i16x8_add(wasm_i16x8_add(p1, p0), q0), all = wasm_i16x8_add(middle, p2);
  out[0] = wasm_u16x8_shr(wasm_i16x8_add(wasm_i16x8_add(wasm_i16x8_add(all, middle), q1), four), 3);
  out[1] = wasm_u16x8_shr(wasm_i16x8_add(all, two), 2);
  out[2] = wasm_u16x8_shr(wasm_i16x8_add(wasm_i16x8_add(wasm_i16x8_shl(wasm_i16x8_add(p3, p2), 1), all), four), 3);
}
INLINE void smooth_side(v128_t p3, v128_t *p2, v128_t *p1, v128_t *p0, v128_t q0, v128_t q1, v128_t mask, v128_t strong) {
  v128_t low[3], high[3], weak = quarter(*p1, *p0, q1);
  smooth(wasm_u16x8_extend_low_u8x16(p3), wasm_u16x8_extend_low_u8x16(*p2), wasm_u16x8_extend_low_u8x16(*p1),
         wasm_u16x8_extend_low_u8x16(*p0), wasm_u16x8_extend_low_u8x16(q0), wasm_u16x8_extend_low_u8x16(q1), low);
  smooth(wasm_u16x8_extend_high_u8x16(p3), wasm_u16x8_extend_high_u8x16(*p2), wasm_u16x8_extend_high_u8x16(*p1),
         wasm_u16x8_extend_high_u8x16(*p0), wasm_u16x8_extend_high_u8x16(q0), wasm_u16x8_extend_high_u8x16(q1), high);
  *p0 = wasm_v128_bitselect(wasm_v128_bitselect(pack(low[0], high[0]), weak, strong), *p0, mask);
  *p1 = wasm_v128_bitselect(pack(low[1], high[1]), *p1, strong);
  *p2 = wasm_v128_bitselect(pack(low[2], high[2]), *p2, strong);
}

// Sixteen positions of a luma edge of strength 4; s is p3 p2 p1 p0 q0 q1 q2 q3. 0 if nothing changes.
INLINE int filter_luma_intra(v128_t s[8], int alpha, int beta) {
  v128_t b = wasm_i8x16_splat(beta), p0 = s[3], p1 = s[2], q0 = s[4], q1 = s[5];
  v128_t mask = applies(p1, p0, q0, q1, wasm_i8x16_splat(alpha), b);
  if (!wasm_v128_any_true(mask)) return 0;
  v128_t strong = wasm_v128_and(mask, wasm_u8x16_lt(distance(p0, q0), wasm_i8x16_splat((alpha >> 2) + 2)));
  v128_t strong_p = wasm_v128_and(strong, wasm_u8x16_lt(distance(s[1], p0), b));
  v128_t strong_q = wasm_v128_and(strong, wasm_u8x16_lt(distance(s[6], q0), b));
  smooth_side(s[0], &s[1], &s[2], &s[3], q0, q1, mask, strong_p);
  smooth_side(s[7], &s[6], &s[5], &s[4], p0, p1, mask, strong_q);
  return 1;
}

static void luma_intra_across_rows(uint8_t *at, ptrdiff_t stride, int alpha, int beta) {
  v128_t s[8];
  for (int i = 0; i < 8; i++) s[i] = wasm_v128_load(at + (i - 4) * stride);
  if (!filter_luma_intra(s, alpha, beta)) return;
  for (int i = 1; i < 7; i++) wasm_v128_store(at + (i - 4) * stride, s[i]);
}

#define STORE_TWO(to, stride, rows)            \
  wasm_v128_store64_lane(to, rows, 0);         \
  wasm_v128_store64_lane((to) + (stride), rows, 1)
#define STORE_EIGHT(to, stride, A, B, C, D)                                        \
  {                                                                                \
    v128_t left = INTERLEAVE_LOW(A, B), right = INTERLEAVE_LOW(C, D);              \
    STORE_TWO(to, stride, INTERLEAVE_PAIRS_LOW(left, right));                      \
    STORE_TWO((to) + 2 * (stride), stride, INTERLEAVE_PAIRS_HIGH(left, right));    \
    left = INTERLEAVE_HIGH(A, B), right = INTERLEAVE_HIGH(C, D);                   \
    STORE_TWO((to) + 4 * (stride), stride, INTERLEAVE_PAIRS_LOW(left, right));     \
    STORE_TWO((to) + 6 * (stride), stride, INTERLEAVE_PAIRS_HIGH(left, right));    \
  }

static void luma_intra_across_columns(uint8_t *at, ptrdiff_t stride, int alpha, int beta) {
  v128_t s[8];
  columns(at - 4, stride, s);
  if (!filter_luma_intra(s, alpha, beta)) return;
  STORE_EIGHT(at - 4, stride, INTERLEAVE_BYTES_LOW(s[0], s[1]), INTERLEAVE_BYTES_LOW(s[2], s[3]), INTERLEAVE_BYTES_LOW(s[4], s[5]),
              INTERLEAVE_BYTES_LOW(s[6], s[7]));
  STORE_EIGHT(at - 4 + 8 * stride, stride, INTERLEAVE_BYTES_HIGH(s[0], s[1]), INTERLEAVE_BYTES_HIGH(s[2], s[3]),
              INTERLEAVE_BYTES_HIGH(s[4], s[5]), INTERLEAVE_BYTES_HIGH(s[6], s[7]));
}

// --- the strength of an edge: 2 if there are coefficients, 1 if motion differs (h264_loopfilter.c, check_mv) ----------------------

// Four blocks side by side, one per 32-bit lane; the caches of FFmpeg have eight blocks a row.
INLINE v128_t four_bytes(const void *from) {
  return wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(from)));
}
INLINE v128_t moves(const int16_t (*a)[2], const int16_t (*b)[2], v128_t limit) {
  v128_t far = wasm_i16x8_ge(wasm_i16x8_abs(wasm_i16x8_sub(wasm_v128_load(a), wasm_v128_load(b))), limit);
  return wasm_i32x4_ne(far, wasm_i32x4_const_splat(0));
}
INLINE v128_t motion_differs(int8_t ref[2][40], int16_t mv[2][40][2], int b, int n, int both, v128_t limit) {
  v128_t first = four_bytes(&ref[0][b]), first_n = four_bytes(&ref[0][n]);
  v128_t used = wasm_i32x4_ne(first, wasm_i32x4_const_splat(-1));
  v128_t differs = wasm_v128_or(wasm_i32x4_ne(first, first_n), wasm_v128_and(used, moves(&mv[0][b], &mv[0][n], limit)));
  if (!both) return differs;
  v128_t second = four_bytes(&ref[1][b]), second_n = four_bytes(&ref[1][n]);
  differs = wasm_v128_or(differs, wasm_v128_or(wasm_i32x4_ne(second, second_n), moves(&mv[1][b], &mv[1][n], limit)));
  if (!wasm_v128_any_true(differs)) return differs;
  // The same two pictures may be listed in reverse order.
  v128_t crossed = wasm_v128_or(wasm_i32x4_ne(first, second_n), wasm_i32x4_ne(second, first_n));
  crossed = wasm_v128_or(crossed, wasm_v128_or(moves(&mv[0][b], &mv[1][n], limit), moves(&mv[1][b], &mv[0][n], limit)));
  return wasm_v128_and(differs, crossed);
}
INLINE v128_t strength_of(const uint8_t *nnz, int b, int n, v128_t differs) {
  v128_t coded = wasm_i32x4_ne(wasm_v128_or(four_bytes(nnz + b), four_bytes(nnz + n)), wasm_i32x4_const_splat(0));
  return wasm_v128_or(wasm_v128_and(coded, wasm_i32x4_const_splat(2)), wasm_v128_andnot(wasm_v128_and(differs, wasm_i32x4_const_splat(1)), coded));
}

#define FIRST_BLOCK 12
static void strengths(int16_t bS[2][4][4], uint8_t nnz[40], int8_t ref[2][40], int16_t mv[2][40][2], int both, int edges, int step,
                      int same_rows, int same_columns, int field) {
  const v128_t limit = field ? wasm_i16x8_const(4, 2, 4, 2, 4, 2, 4, 2) : wasm_i16x8_const_splat(4);
  const v128_t none = wasm_i32x4_const_splat(0);
  for (int edge = 0; edge < edges; edge += step) {
    int b = FIRST_BLOCK + 8 * edge;
    v128_t differs = same_columns & edge ? none : motion_differs(ref, mv, b, b - 8, both, limit);
    v128_t row = strength_of(nnz, b, b - 8, differs);
    wasm_v128_store64_lane(bS[1][edge], wasm_i16x8_narrow_i32x4(row, row), 0);
  }
  // Edges between columns: a row of blocks gives one position of each of the four.
  v128_t r[4], differs = none;
  for (int i = 0; i < 4; i++) {
    int b = FIRST_BLOCK + 8 * i;
    if (!(same_rows & i)) differs = motion_differs(ref, mv, b, b - 1, both, limit);
    r[i] = strength_of(nnz, b, b - 1, differs);
  }
  v128_t upper = wasm_i16x8_narrow_i32x4(r[0], r[1]), lower = wasm_i16x8_narrow_i32x4(r[2], r[3]);
  wasm_v128_store(bS[0][0], wasm_i16x8_shuffle(upper, lower, 0, 4, 8, 12, 1, 5, 9, 13));
  wasm_v128_store(bS[0][2], wasm_i16x8_shuffle(upper, lower, 2, 6, 10, 14, 3, 7, 11, 15));
}

// chroma_format_idc 2 and 3 have other edges, which are left to FFmpeg.
void h264_deblock_init(H264DSPContext *c, int chroma_format_idc) {
  c->h264_v_loop_filter_luma = luma_across_rows;
  c->h264_h_loop_filter_luma = luma_across_columns;
  c->h264_v_loop_filter_luma_intra = luma_intra_across_rows;
  c->h264_h_loop_filter_luma_intra = luma_intra_across_columns;
  c->h264_v_loop_filter_chroma = chroma_across_rows;
  c->h264_v_loop_filter_chroma_intra = chroma_intra_across_rows;
  if (chroma_format_idc > 1) return;
  // Enables FFmpeg's fast path for a macroblock, which is right only for 4:2:0.
  c->h264_loop_filter_strength = strengths;
  c->h264_h_loop_filter_chroma = chroma_across_columns;
  c->h264_h_loop_filter_chroma_intra = chroma_intra_across_columns;
}
