// VP9's loop filter of 8-bit pictures with SIMD (VP9 bitstream specification, 8.8), in place of FFmpeg's C (vp9dsp_template.c), bit for
// bit. An edge is filtered at 8 or 16 positions at once, one per byte lane; edges between columns are turned before and after.
#include "libavcodec/vp9dsp.h"
#include "edge-filter.h"

// s: p3 p2 p1 p0 q0 q1 q2 q3. The positions at which an edge is filtered at all.
INLINE v128_t filtered(const v128_t s[8], const Limits *limits) {
  v128_t steps = distance(s[0], s[1]);
  for (int i = 1; i < 7; i++) if (i != 3) steps = wasm_u8x16_max(steps, distance(s[i], s[i + 1]));
  v128_t across = distance(s[3], s[4]);
  across = wasm_u8x16_add_sat(wasm_u8x16_add_sat(across, across), wasm_u8x16_shr(distance(s[2], s[5]), 1));
  return wasm_v128_and(at_most(steps, limits->inner), at_most(across, limits->edge));
}
enum { UNCHANGED, CHANGED, CHANGED_WIDELY };

// Changes up to three samples on each side if `wide` allows it, otherwise two.
static __attribute__((noinline)) int filter8(v128_t s[8], const Limits *limits, v128_t wide) {
  v128_t mask = filtered(s, limits);
  if (!wasm_v128_any_true(mask)) return UNCHANGED;
  wide = wasm_v128_and(wasm_v128_and(wide, mask), flat(s + 4, 1, 3));
  if (!wasm_v128_any_true(wide)) {
    filter_narrow(s + 2, mask, limits);
    return CHANGED;
  }
  v128_t smoothed[8];
  smooth(s, smoothed, 3, 0);
  mask = wasm_v128_andnot(mask, wide);
  if (wasm_v128_any_true(mask)) filter_narrow(s + 2, mask, limits);
  for (int i = 1; i < 7; i++) s[i] = wasm_v128_bitselect(smoothed[i], s[i], wide);
  return CHANGED;
}

// Changes up to seven samples on each side.
static __attribute__((noinline)) int filter16(v128_t s[16], const Limits *limits) {
  v128_t *middle = s + 4, mask = filtered(middle, limits), all = wasm_i8x16_const_splat(-1);
  if (!wasm_v128_any_true(mask)) return UNCHANGED;
  v128_t widest = wasm_v128_and(wasm_v128_and(mask, flat(s + 8, 1, 3)), flat(s + 8, 4, 7));
  if (!wasm_v128_any_true(widest)) return filter8(middle, limits, all);
  v128_t smoothed[16];
  smooth(s, smoothed, 7, 0);
  if (wasm_v128_any_true(wasm_v128_andnot(mask, widest))) filter8(middle, limits, all);
  for (int i = 1; i < 15; i++) s[i] = wasm_v128_bitselect(smoothed[i], s[i], widest);
  return CHANGED_WIDELY;
}

INLINE void rows8(uint8_t *at, ptrdiff_t stride, const Limits *limits, v128_t wide, int count) {
  v128_t s[8];
  for (int i = 0; i < 8; i++) s[i] = load_bytes(at + (i - 4) * stride, count);
  if (filter8(s, limits, wide) == UNCHANGED) return;
  for (int i = 1; i < 7; i++) store_bytes(at + (i - 4) * stride, s[i], count);
}
INLINE void columns8(uint8_t *at, ptrdiff_t stride, const Limits *limits, v128_t wide, int count) {
  v128_t s[8];
  load_columns(at - 4, stride, count, s);
  if (filter8(s, limits, wide) != UNCHANGED) store_columns(at - 4, stride, count, s);
}
INLINE void rows16(uint8_t *at, ptrdiff_t stride, const Limits *limits, int count) {
  v128_t s[16];
  for (int i = 0; i < 16; i++) s[i] = load_bytes(at + (i - 8) * stride, count);
  int result = filter16(s, limits);
  if (result == UNCHANGED) return;
  int reach = result == CHANGED ? 3 : 7;
  for (int i = 8 - reach; i < 8 + reach; i++) store_bytes(at + (i - 8) * stride, s[i], count);
}
INLINE void columns16(uint8_t *at, ptrdiff_t stride, const Limits *limits, int count) {
  v128_t s[16];
  load_16_columns(at - 8, stride, count, s);
  int result = filter16(s, limits);
  if (result == CHANGED) store_columns(at - 4, stride, count, s + 4);
  else if (result == CHANGED_WIDELY) store_16_columns(at - 8, stride, count, s);
}

// FFmpeg's functions: width of the filter, direction of the edge, number of positions; `mixed` ones have two of each limit and width.
INLINE v128_t both(int value) { return wasm_i8x16_splat(value); }
INLINE v128_t halves(int value) {
  return wasm_i64x2_make((value & 0xff) * 0x0101010101010101, (value >> 8 & 0xff) * 0x0101010101010101);
}
#define FUNCTION(name, LANES, call)                                                   \
  static void name(uint8_t *at, ptrdiff_t stride, int edge, int inner, int variance) { \
    const Limits limits = {LANES(edge), LANES(inner), LANES(variance)};                \
    call;                                                                              \
  }
#define ALONG(LINES)                                                                                  \
  FUNCTION(LINES##_4_8, both, LINES##8(at, stride, &limits, wasm_i8x16_const_splat(0), 8))             \
  FUNCTION(LINES##_8_8, both, LINES##8(at, stride, &limits, wasm_i8x16_const_splat(-1), 8))            \
  FUNCTION(LINES##_16_8, both, LINES##16(at, stride, &limits, 8))                                      \
  FUNCTION(LINES##_16_16, both, LINES##16(at, stride, &limits, 16))                                    \
  FUNCTION(LINES##_44, halves, LINES##8(at, stride, &limits, wasm_i64x2_const(0, 0), 16))              \
  FUNCTION(LINES##_48, halves, LINES##8(at, stride, &limits, wasm_i64x2_const(0, -1), 16))             \
  FUNCTION(LINES##_84, halves, LINES##8(at, stride, &limits, wasm_i64x2_const(-1, 0), 16))             \
  FUNCTION(LINES##_88, halves, LINES##8(at, stride, &limits, wasm_i64x2_const(-1, -1), 16))
ALONG(rows)
ALONG(columns)

void vp9_deblock_init(VP9DSPContext *dsp) {
#define SET(LINES, DIRECTION)                       \
  dsp->loop_filter_8[0][DIRECTION] = LINES##_4_8;    \
  dsp->loop_filter_8[1][DIRECTION] = LINES##_8_8;    \
  dsp->loop_filter_8[2][DIRECTION] = LINES##_16_8;   \
  dsp->loop_filter_16[DIRECTION] = LINES##_16_16;    \
  dsp->loop_filter_mix2[0][0][DIRECTION] = LINES##_44; \
  dsp->loop_filter_mix2[0][1][DIRECTION] = LINES##_48; \
  dsp->loop_filter_mix2[1][0][DIRECTION] = LINES##_84; \
  dsp->loop_filter_mix2[1][1][DIRECTION] = LINES##_88;
  SET(columns, 0)
  SET(rows, 1)
}
