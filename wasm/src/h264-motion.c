// H.264's motion compensation and weighted prediction of 8-bit pictures with SIMD, in place of FFmpeg's C (h264qpel_template.c,
// h264chroma_template.c, h264dsp_template.c), bit for bit. The linker's --wrap lets this file fill FFmpeg's tables.
#include "libavcodec/h264chroma.h"
#include "libavcodec/h264dsp.h"
#include "libavcodec/h264qpel.h"
#include "simd.h"

// --- luma: six taps (1, -5, 20, 20, -5, 1) across, down, or both ---------------------------------------------------------------

INLINE v128_t six_taps(v128_t a, v128_t b, v128_t c, v128_t d, v128_t e, v128_t f) {
  v128_t outer = wasm_i16x8_add(a, f), middle = wasm_i16x8_add(b, e), inner = wasm_i16x8_add(c, d);
  v128_t sum = wasm_i16x8_sub(wasm_i16x8_shl(inner, 2), middle);
  return wasm_i16x8_add(outer, wasm_i16x8_add(sum, wasm_i16x8_shl(sum, 2)));
}
INLINE v128_t across(const uint8_t *at) {
  return six_taps(load_wide(at - 2), load_wide(at - 1), load_wide(at), load_wide(at + 1), load_wide(at + 2), load_wide(at + 3));
}
INLINE v128_t rounded(v128_t sum) { return wasm_i16x8_shr(wasm_i16x8_add(sum, wasm_i16x8_const_splat(16)), 5); }

// The six taps down, over rows that are already filtered across: sums need 32 bits.
INLINE v128_t down_wide(const v128_t *row) {
  const v128_t first = wasm_i16x8_const(1, -5, 1, -5, 1, -5, 1, -5), inner = wasm_i16x8_const_splat(20),
               last = wasm_i16x8_const(-5, 1, -5, 1, -5, 1, -5, 1), half = wasm_i32x4_const_splat(512);
  v128_t low = wasm_i32x4_add(wasm_i32x4_dot_i16x8(INTERLEAVE_LOW(row[0], row[1]), first),
                              wasm_i32x4_dot_i16x8(INTERLEAVE_LOW(row[4], row[5]), last));
  low = wasm_i32x4_add(low, wasm_i32x4_dot_i16x8(INTERLEAVE_LOW(row[2], row[3]), inner));
  v128_t high = wasm_i32x4_add(wasm_i32x4_dot_i16x8(INTERLEAVE_HIGH(row[0], row[1]), first),
                               wasm_i32x4_dot_i16x8(INTERLEAVE_HIGH(row[4], row[5]), last));
  high = wasm_i32x4_add(high, wasm_i32x4_dot_i16x8(INTERLEAVE_HIGH(row[2], row[3]), inner));
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(low, half), 10), wasm_i32x4_shr(wasm_i32x4_add(high, half), 10));
}

// Stores a row of the result: its mean with `second` if there is one (a quarter position lies between two half ones), and with
// `average` the mean with what is there already.
typedef struct Target {
  uint8_t *to;
  ptrdiff_t stride;
  const uint8_t *second;
  ptrdiff_t second_stride;
  int average;
} Target;

INLINE void emit(Target *t, v128_t row, int width) {
  if (t->second) {
    row = wasm_u8x16_avgr(row, load_bytes(t->second, width));
    t->second += t->second_stride;
  }
  if (t->average) row = wasm_u8x16_avgr(row, load_bytes(t->to, width));
  store_bytes(t->to, row, width);
  t->to += t->stride;
}

INLINE void full_rows(Target t, const uint8_t *from, ptrdiff_t stride, int width) {
  for (int y = 0; y < width; y++, from += stride) emit(&t, load_bytes(from, width), width);
}
INLINE void across_rows(Target t, const uint8_t *from, ptrdiff_t stride, int width) {
  for (int y = 0; y < width; y++, from += stride) {
    v128_t low = rounded(across(from));
    emit(&t, pack(low, width == 16 ? rounded(across(from + 8)) : low), width);
  }
}
INLINE void down_rows(Target t, const uint8_t *from, ptrdiff_t stride, int width) {
  v128_t low[6], high[6];
  from -= 2 * stride;
  for (int i = 0; i < 5; i++, from += stride) {
    low[i] = load_wide(from);
    if (width == 16) high[i] = load_wide(from + 8);
  }
  for (int y = 0; y < width; y++, from += stride) {
    low[5] = load_wide(from);
    v128_t sum = rounded(six_taps(low[0], low[1], low[2], low[3], low[4], low[5])), other = sum;
    for (int i = 0; i < 5; i++) low[i] = low[i + 1];
    if (width == 16) {
      high[5] = load_wide(from + 8);
      other = rounded(six_taps(high[0], high[1], high[2], high[3], high[4], high[5]));
      for (int i = 0; i < 5; i++) high[i] = high[i + 1];
    }
    emit(&t, pack(sum, other), width);
  }
}
INLINE void both_rows(Target t, const uint8_t *from, ptrdiff_t stride, int width) {
  v128_t low[6], high[6];
  from -= 2 * stride;
  for (int i = 0; i < 5; i++, from += stride) {
    low[i] = across(from);
    if (width == 16) high[i] = across(from + 8);
  }
  for (int y = 0; y < width; y++, from += stride) {
    low[5] = across(from);
    v128_t sum = down_wide(low), other = sum;
    for (int i = 0; i < 5; i++) low[i] = low[i + 1];
    if (width == 16) {
      high[5] = across(from + 8);
      other = down_wide(high);
      for (int i = 0; i < 5; i++) high[i] = high[i + 1];
    }
    emit(&t, pack(sum, other), width);
  }
}

#define NOINLINE static __attribute__((noinline))
#define ROWS(W)                                                                                                           \
  NOINLINE void full_##W(Target t, const uint8_t *from, ptrdiff_t stride) { full_rows(t, from, stride, W); }               \
  NOINLINE void across_##W(Target t, const uint8_t *from, ptrdiff_t stride) { across_rows(t, from, stride, W); }           \
  NOINLINE void down_##W(Target t, const uint8_t *from, ptrdiff_t stride) { down_rows(t, from, stride, W); }               \
  NOINLINE void both_##W(Target t, const uint8_t *from, ptrdiff_t stride) { both_rows(t, from, stride, W); }
ROWS(16)
ROWS(8)
ROWS(4)

// The sixteen quarter positions (mcXY: X quarters right, Y quarters down) of one width, as H.264 8.4.2.2.1 builds them.
#define QPEL(OP, AVG, W)                                                                                                   \
  static void OP##W##_00(uint8_t *to, const uint8_t *from, ptrdiff_t s) { full_##W((Target){to, s, 0, 0, AVG}, from, s); } \
  static void OP##W##_10(uint8_t *to, const uint8_t *from, ptrdiff_t s) {                                                  \
    across_##W((Target){to, s, from, s, AVG}, from, s);                                                                    \
  }                                                                                                                        \
  static void OP##W##_20(uint8_t *to, const uint8_t *from, ptrdiff_t s) { across_##W((Target){to, s, 0, 0, AVG}, from, s); } \
  static void OP##W##_30(uint8_t *to, const uint8_t *from, ptrdiff_t s) {                                                  \
    across_##W((Target){to, s, from + 1, s, AVG}, from, s);                                                                \
  }                                                                                                                        \
  static void OP##W##_01(uint8_t *to, const uint8_t *from, ptrdiff_t s) {                                                  \
    down_##W((Target){to, s, from, s, AVG}, from, s);                                                                      \
  }                                                                                                                        \
  static void OP##W##_02(uint8_t *to, const uint8_t *from, ptrdiff_t s) { down_##W((Target){to, s, 0, 0, AVG}, from, s); } \
  static void OP##W##_03(uint8_t *to, const uint8_t *from, ptrdiff_t s) {                                                  \
    down_##W((Target){to, s, from + s, s, AVG}, from, s);                                                                  \
  }                                                                                                                        \
  NOINLINE void OP##W##_corner(uint8_t *to, const uint8_t *row, const uint8_t *column, ptrdiff_t s) {                      \
    uint8_t half[W * W];                                                                                                   \
    across_##W((Target){half, W, 0, 0, 0}, row, s);                                                                        \
    down_##W((Target){to, s, half, W, AVG}, column, s);                                                                    \
  }                                                                                                                        \
  static void OP##W##_11(uint8_t *to, const uint8_t *from, ptrdiff_t s) { OP##W##_corner(to, from, from, s); }             \
  static void OP##W##_31(uint8_t *to, const uint8_t *from, ptrdiff_t s) { OP##W##_corner(to, from, from + 1, s); }         \
  static void OP##W##_13(uint8_t *to, const uint8_t *from, ptrdiff_t s) { OP##W##_corner(to, from + s, from, s); }         \
  static void OP##W##_33(uint8_t *to, const uint8_t *from, ptrdiff_t s) { OP##W##_corner(to, from + s, from + 1, s); }     \
  static void OP##W##_22(uint8_t *to, const uint8_t *from, ptrdiff_t s) { both_##W((Target){to, s, 0, 0, AVG}, from, s); } \
  NOINLINE void OP##W##_middle(uint8_t *to, const uint8_t *from, const uint8_t *beside, ptrdiff_t s, int rows) {           \
    uint8_t half[W * W];                                                                                                   \
    if (rows) across_##W((Target){half, W, 0, 0, 0}, beside, s);                                                           \
    else down_##W((Target){half, W, 0, 0, 0}, beside, s);                                                                  \
    both_##W((Target){to, s, half, W, AVG}, from, s);                                                                      \
  }                                                                                                                        \
  static void OP##W##_21(uint8_t *to, const uint8_t *from, ptrdiff_t s) { OP##W##_middle(to, from, from, s, 1); }          \
  static void OP##W##_23(uint8_t *to, const uint8_t *from, ptrdiff_t s) { OP##W##_middle(to, from, from + s, s, 1); }      \
  static void OP##W##_12(uint8_t *to, const uint8_t *from, ptrdiff_t s) { OP##W##_middle(to, from, from, s, 0); }          \
  static void OP##W##_32(uint8_t *to, const uint8_t *from, ptrdiff_t s) { OP##W##_middle(to, from, from + 1, s, 0); }
QPEL(put, 0, 16)
QPEL(put, 0, 8)
QPEL(put, 0, 4)
QPEL(avg, 1, 16)
QPEL(avg, 1, 8)
QPEL(avg, 1, 4)

void __real_ff_h264qpel_init(H264QpelContext *c, int bit_depth);

void __wrap_ff_h264qpel_init(H264QpelContext *c, int bit_depth) {
  __real_ff_h264qpel_init(c, bit_depth);
  if (bit_depth > 8) return;
#define FOUR(OP, W, I, Y)                                  \
  c->OP##_h264_qpel_pixels_tab[I][4 * Y] = OP##W##_0##Y;     \
  c->OP##_h264_qpel_pixels_tab[I][4 * Y + 1] = OP##W##_1##Y; \
  c->OP##_h264_qpel_pixels_tab[I][4 * Y + 2] = OP##W##_2##Y; \
  c->OP##_h264_qpel_pixels_tab[I][4 * Y + 3] = OP##W##_3##Y;
#define SIXTEEN(OP, W, I) FOUR(OP, W, I, 0) FOUR(OP, W, I, 1) FOUR(OP, W, I, 2) FOUR(OP, W, I, 3)
  SIXTEEN(put, 16, 0)
  SIXTEEN(put, 8, 1)
  SIXTEEN(put, 4, 2)
  SIXTEEN(avg, 16, 0)
  SIXTEEN(avg, 8, 1)
  SIXTEEN(avg, 4, 2)
}

// --- chroma: bilinear in eighths -----------------------------------------------------------------------------------------------

INLINE void chroma(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int rows, int x, int y, int width, int average) {
  const v128_t a = wasm_i16x8_splat((8 - x) * (8 - y)), b = wasm_i16x8_splat(x * (8 - y)), c = wasm_i16x8_splat((8 - x) * y),
               d = wasm_i16x8_splat(x * y), half = wasm_i16x8_const_splat(32);
  if (!x && !y) {
    for (; rows > 0; rows--, to += stride, from += stride) {
      v128_t row = load_bytes(from, width);
      store_bytes(to, average ? wasm_u8x16_avgr(row, load_bytes(to, width)) : row, width);
    }
    return;
  }
  v128_t here = load_wide(from), beside = load_wide(from + 1);
  for (; rows > 0; rows--, to += stride) {
    v128_t sum = wasm_i16x8_add(wasm_i16x8_add(wasm_i16x8_mul(a, here), wasm_i16x8_mul(b, beside)), half);
    from += stride;
    // The row below is read only if it counts: below the last one there may be none.
    if (y) {
      here = load_wide(from), beside = load_wide(from + 1);
      sum = wasm_i16x8_add(sum, wasm_i16x8_add(wasm_i16x8_mul(c, here), wasm_i16x8_mul(d, beside)));
    } else if (rows > 1) {
      here = load_wide(from), beside = load_wide(from + 1);
    }
    v128_t row = wasm_u16x8_shr(sum, 6);
    row = pack(row, row);
    if (average) row = wasm_u8x16_avgr(row, load_bytes(to, width));
    store_bytes(to, row, width);
  }
}
#define CHROMA(OP, AVG, W)                                                                           \
  static void OP##_chroma##W(uint8_t *to, uint8_t *from, ptrdiff_t stride, int rows, int x, int y) { \
    chroma(to, from, stride, rows, x, y, W, AVG);                                                    \
  }
CHROMA(put, 0, 8)
CHROMA(put, 0, 4)
CHROMA(avg, 1, 8)
CHROMA(avg, 1, 4)

void __real_ff_h264chroma_init(H264ChromaContext *c, int bit_depth);

void __wrap_ff_h264chroma_init(H264ChromaContext *c, int bit_depth) {
  __real_ff_h264chroma_init(c, bit_depth);
  if (bit_depth > 8) return;
  c->put_h264_chroma_pixels_tab[0] = put_chroma8;
  c->put_h264_chroma_pixels_tab[1] = put_chroma4;
  c->avg_h264_chroma_pixels_tab[0] = avg_chroma8;
  c->avg_h264_chroma_pixels_tab[1] = avg_chroma4;
}

// --- weighted prediction ------------------------------------------------------------------------------------------------------

INLINE void weigh(uint8_t *to, ptrdiff_t stride, int rows, int denominator, int weight, int offset, int width) {
  const v128_t factor = wasm_i16x8_splat(weight),
               rest = wasm_i16x8_splat((offset << denominator) + (denominator ? 1 << (denominator - 1) : 0));
  for (; rows > 0; rows--, to += stride) {
    // A sum that saturates is far outside of 0..255 after the shift as well.
    v128_t low = wasm_i16x8_shr(wasm_i16x8_add_sat(wasm_i16x8_mul(load_wide(to), factor), rest), denominator), high = low;
    if (width == 16)
      high = wasm_i16x8_shr(wasm_i16x8_add_sat(wasm_i16x8_mul(load_wide(to + 8), factor), rest), denominator);
    store_bytes(to, pack(low, high), width);
  }
}
INLINE v128_t weigh_both(v128_t to, v128_t from, v128_t factors, v128_t rest, int shift) {
  v128_t low = wasm_i32x4_add(wasm_i32x4_dot_i16x8(INTERLEAVE_LOW(to, from), factors), rest);
  v128_t high = wasm_i32x4_add(wasm_i32x4_dot_i16x8(INTERLEAVE_HIGH(to, from), factors), rest);
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(low, shift), wasm_i32x4_shr(high, shift));
}
INLINE void biweigh(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int rows, int denominator, int weight_to, int weight_from,
                    int offset, int width) {
  const v128_t factors = wasm_i32x4_splat((weight_to & 0xffff) | (int)((unsigned)weight_from << 16)),
               rest = wasm_i32x4_splat((int)((unsigned)((offset + 1) | 1) << denominator));
  for (; rows > 0; rows--, to += stride, from += stride) {
    v128_t low = weigh_both(load_wide(to), load_wide(from), factors, rest, denominator + 1), high = low;
    if (width == 16) high = weigh_both(load_wide(to + 8), load_wide(from + 8), factors, rest, denominator + 1);
    store_bytes(to, pack(low, high), width);
  }
}
#define WEIGHT(W)                                                                                                        \
  static void weight##W(uint8_t *to, ptrdiff_t stride, int rows, int denominator, int weight, int offset) {              \
    weigh(to, stride, rows, denominator, weight, offset, W);                                                             \
  }                                                                                                                      \
  static void biweight##W(uint8_t *to, uint8_t *from, ptrdiff_t stride, int rows, int denominator, int wt, int wf, int offset) { \
    biweigh(to, from, stride, rows, denominator, wt, wf, offset, W);                                                     \
  }
WEIGHT(16)
WEIGHT(8)
WEIGHT(4)

void h264_weights_init(H264DSPContext *c) {
  c->weight_h264_pixels_tab[0] = weight16;
  c->weight_h264_pixels_tab[1] = weight8;
  c->weight_h264_pixels_tab[2] = weight4;
  c->biweight_h264_pixels_tab[0] = biweight16;
  c->biweight_h264_pixels_tab[1] = biweight8;
  c->biweight_h264_pixels_tab[2] = biweight4;
}
