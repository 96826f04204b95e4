// VP9's inverse transforms of 8-bit pictures with SIMD (VP9 bitstream specification, 8.7), in place of FFmpeg's C (vp9dsp_template.c), bit
// for bit for every stream whose values stay within the 16 bits that the specification allows (as FFmpeg's x86 code has it).
// A pass takes eight columns at a time, one per lane; after the first the block is turned.
#include <string.h>
#include "libavcodec/vp9dsp.h"
#include "transpose.h"

// a * factor_a + b * factor_b, with 14 bits behind the point of the factors, as 32 bits: lanes 0 to 3 and 4 to 7.
typedef struct Wide {
  v128_t low, high;
} Wide;
INLINE Wide products(v128_t a, v128_t b, int factor_a, int factor_b) {
  const v128_t factors = wasm_i32x4_splat((int)((unsigned)factor_b << 16 | (factor_a & 0xffff)));
  return (Wide){wasm_i32x4_dot_i16x8(INTERLEAVE_LOW(a, b), factors), wasm_i32x4_dot_i16x8(INTERLEAVE_HIGH(a, b), factors)};
}
INLINE Wide plus(Wide a, Wide b) { return (Wide){wasm_i32x4_add(a.low, b.low), wasm_i32x4_add(a.high, b.high)}; }
INLINE Wide minus(Wide a, Wide b) { return (Wide){wasm_i32x4_sub(a.low, b.low), wasm_i32x4_sub(a.high, b.high)}; }
INLINE v128_t rounded(Wide a) {
  const v128_t half = wasm_i32x4_const_splat(1 << 13);
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(a.low, half), 14), wasm_i32x4_shr(wasm_i32x4_add(a.high, half), 14));
}
INLINE v128_t scaled(v128_t a, int factor) { return wasm_i16x8_q15mulr_sat(a, wasm_i16x8_splat(2 * factor)); }
INLINE v128_t add(v128_t a, v128_t b) { return wasm_i16x8_add(a, b); }
INLINE v128_t sub(v128_t a, v128_t b) { return wasm_i16x8_sub(a, b); }

#define SQRT_HALF 11585
// A rotation: x = a * cos - b * sin, y = a * sin + b * cos. The quarter: x = -(a * sin + b * cos), y = a * cos - b * sin.
INLINE void rotate(v128_t a, v128_t b, int cos, int sin, v128_t *x, v128_t *y) {
  *x = rounded(products(a, b, cos, -sin)), *y = rounded(products(a, b, sin, cos));
}
INLINE void rotate_quarter(v128_t a, v128_t b, int cos, int sin, v128_t *x, v128_t *y) {
  *x = rounded(products(a, b, -sin, -cos)), *y = rounded(products(a, b, cos, -sin));
}
INLINE void rotate_eighth(v128_t a, v128_t b, v128_t *x, v128_t *y) {
  v128_t difference = sub(a, b), sum = add(a, b);
  *x = scaled(difference, SQRT_HALF), *y = scaled(sum, SQRT_HALF);
}
// The same of inputs number i and k, of which those from `count` on are zero.
INLINE void rotate_inputs(const v128_t *in, int i, int k, int count, int cos, int sin, v128_t *x, v128_t *y) {
  if (i >= count && k >= count) *x = *y = wasm_i16x8_const_splat(0);
  else if (k >= count) *x = scaled(in[i], cos), *y = scaled(in[i], sin);
  else if (i >= count) *x = scaled(in[k], -sin), *y = scaled(in[k], cos);
  else rotate(in[i], in[k], cos, sin, x, y);
}
INLINE void butterfly(v128_t *a, v128_t *b) {
  v128_t sum = add(*a, *b);
  *b = sub(*a, *b), *a = sum;
}

// Cosine transforms of 4 to 32 inputs that stand `step` apart; each contains the one of half the length.
INLINE void cosine4(const v128_t *in, int step, int count, v128_t *out) {
  v128_t a, b, c, d;
  if (2 * step >= count) a = b = scaled(in[0], SQRT_HALF);
  else rotate_eighth(in[0], in[2 * step], &b, &a);
  rotate_inputs(in, step, 3 * step, count, 6270, 15137, &c, &d);
  out[0] = add(a, d), out[1] = add(b, c), out[2] = sub(b, c), out[3] = sub(a, d);
}
INLINE void cosine8(const v128_t *in, int step, int count, v128_t *out) {
  v128_t e[4], t4, t5, t6, t7;
  cosine4(in, 2 * step, count, e);
  rotate_inputs(in, step, 7 * step, count, 3196, 16069, &t4, &t7);
  rotate_inputs(in, 5 * step, 3 * step, count, 13623, 9102, &t5, &t6);
  butterfly(&t4, &t5), butterfly(&t7, &t6);
  rotate_eighth(t6, t5, &t5, &t6);
  const v128_t o[4] = {t7, t6, t5, t4};
  for (int i = 0; i < 4; i++) out[i] = add(e[i], o[i]), out[7 - i] = sub(e[i], o[i]);
}
INLINE void cosine16(const v128_t *in, int step, int count, v128_t *out) {
  v128_t e[8], t[16];
  cosine8(in, 2 * step, count, e);
  rotate_inputs(in, step, 15 * step, count, 1606, 16305, &t[8], &t[15]);
  rotate_inputs(in, 9 * step, 7 * step, count, 12665, 10394, &t[9], &t[14]);
  rotate_inputs(in, 5 * step, 11 * step, count, 7723, 14449, &t[10], &t[13]);
  rotate_inputs(in, 13 * step, 3 * step, count, 15679, 4756, &t[11], &t[12]);
  butterfly(&t[8], &t[9]), butterfly(&t[11], &t[10]), butterfly(&t[12], &t[13]), butterfly(&t[15], &t[14]);
  rotate(t[14], t[9], 6270, 15137, &t[9], &t[14]);
  rotate_quarter(t[13], t[10], 6270, 15137, &t[10], &t[13]);
  butterfly(&t[8], &t[11]), butterfly(&t[9], &t[10]), butterfly(&t[15], &t[12]), butterfly(&t[14], &t[13]);
  rotate_eighth(t[13], t[10], &t[10], &t[13]);
  rotate_eighth(t[12], t[11], &t[11], &t[12]);
  for (int i = 0; i < 8; i++) out[i] = add(e[i], t[15 - i]), out[15 - i] = sub(e[i], t[15 - i]);
}
INLINE void cosine32(const v128_t *in, int count, v128_t *out) {
  v128_t e[16], t[32];
  cosine16(in, 2, count, e);
  rotate_inputs(in, 1, 31, count, 804, 16364, &t[16], &t[31]);
  rotate_inputs(in, 17, 15, count, 12140, 11003, &t[17], &t[30]);
  rotate_inputs(in, 9, 23, count, 7005, 14811, &t[18], &t[29]);
  rotate_inputs(in, 25, 7, count, 15426, 5520, &t[19], &t[28]);
  rotate_inputs(in, 5, 27, count, 3981, 15893, &t[20], &t[27]);
  rotate_inputs(in, 21, 11, count, 14053, 8423, &t[21], &t[26]);
  rotate_inputs(in, 13, 19, count, 9760, 13160, &t[22], &t[25]);
  rotate_inputs(in, 29, 3, count, 16207, 2404, &t[23], &t[24]);
  for (int i = 16; i < 32; i += 4) butterfly(&t[i], &t[i + 1]), butterfly(&t[i + 3], &t[i + 2]);
  rotate(t[30], t[17], 3196, 16069, &t[17], &t[30]);
  rotate_quarter(t[29], t[18], 3196, 16069, &t[18], &t[29]);
  rotate(t[26], t[21], 13623, 9102, &t[21], &t[26]);
  rotate_quarter(t[25], t[22], 13623, 9102, &t[22], &t[25]);
  for (int i = 16; i < 32; i += 8) {
    butterfly(&t[i], &t[i + 3]), butterfly(&t[i + 1], &t[i + 2]);
    butterfly(&t[i + 7], &t[i + 4]), butterfly(&t[i + 6], &t[i + 5]);
  }
  rotate(t[29], t[18], 6270, 15137, &t[18], &t[29]);
  rotate(t[28], t[19], 6270, 15137, &t[19], &t[28]);
  rotate_quarter(t[27], t[20], 6270, 15137, &t[20], &t[27]);
  rotate_quarter(t[26], t[21], 6270, 15137, &t[21], &t[26]);
  for (int i = 0; i < 4; i++) butterfly(&t[16 + i], &t[23 - i]), butterfly(&t[31 - i], &t[24 + i]);
  for (int i = 20; i < 24; i++) rotate_eighth(t[47 - i], t[i], &t[i], &t[47 - i]);
  for (int i = 0; i < 16; i++) out[i] = add(e[i], t[31 - i]), out[31 - i] = sub(e[i], t[31 - i]);
}

// Sine transforms. Between the two sides of a stage values keep their 32 bits.
INLINE void sine4(const v128_t *in, v128_t *out) {
  const v128_t zero = wasm_i16x8_const_splat(0);
  Wide t0 = plus(products(in[0], in[2], 5283, 15212), products(in[3], zero, 9929, 0));
  Wide t1 = plus(products(in[0], in[2], 9929, -5283), products(in[3], zero, -15212, 0));
  Wide t2 = plus(products(in[0], in[2], 13377, -13377), products(in[3], zero, 13377, 0)), t3 = products(in[1], zero, 13377, 0);
  out[0] = rounded(plus(t0, t3)), out[1] = rounded(plus(t1, t3)), out[2] = rounded(t2), out[3] = rounded(minus(plus(t0, t1), t3));
}
// Two pairs, each turned, then added and subtracted: the second the way of the first, or mirrored.
INLINE void meet(Wide x, Wide y, Wide z, Wide w, v128_t out[4]) {
  out[0] = rounded(plus(x, z)), out[1] = rounded(plus(y, w)), out[2] = rounded(minus(x, z)), out[3] = rounded(minus(y, w));
}
INLINE void turn_alike(v128_t a, v128_t b, int a_cos, int a_sin, v128_t c, v128_t d, int c_cos, int c_sin, v128_t out[4]) {
  meet(products(a, b, a_cos, a_sin), products(a, b, a_sin, -a_cos), products(c, d, c_cos, c_sin), products(c, d, c_sin, -c_cos), out);
}
INLINE void turn_mirrored(v128_t a, v128_t b, v128_t c, v128_t d, int cos, int sin, v128_t out[4]) {
  meet(products(a, b, cos, sin), products(a, b, sin, -cos), products(c, d, cos, -sin), products(c, d, sin, cos), out);
}
INLINE v128_t negative(v128_t a) { return wasm_i16x8_neg(a); }
INLINE void sine8(const v128_t *in, v128_t *out) {
  v128_t a[4], b[4], c[4];
  turn_alike(in[7], in[0], 16305, 1606, in[3], in[4], 10394, 12665, a);
  turn_alike(in[5], in[2], 14449, 7723, in[1], in[6], 4756, 15679, b);
  turn_mirrored(a[2], a[3], b[3], b[2], 15137, 6270, c);
  butterfly(&a[0], &b[0]), butterfly(&a[1], &b[1]);
  out[0] = a[0], out[7] = negative(a[1]), out[1] = negative(c[0]), out[6] = c[1];
  out[3] = negative(scaled(add(b[0], b[1]), SQRT_HALF)), out[4] = scaled(sub(b[0], b[1]), SQRT_HALF);
  out[2] = scaled(add(c[2], c[3]), SQRT_HALF), out[5] = negative(scaled(sub(c[2], c[3]), SQRT_HALF));
}
INLINE void sine16(const v128_t *in, v128_t *out) {
  v128_t a[4], b[4], c[4], d[4], e[4], f[4], g[4], h[4];
  turn_alike(in[15], in[0], 16364, 804, in[7], in[8], 11003, 12140, a);
  turn_alike(in[13], in[2], 15893, 3981, in[5], in[10], 8423, 14053, b);
  turn_alike(in[11], in[4], 14811, 7005, in[3], in[12], 5520, 15426, c);
  turn_alike(in[9], in[6], 13160, 9760, in[1], in[14], 2404, 16207, d);
  turn_mirrored(a[2], a[3], c[3], c[2], 16069, 3196, e);
  turn_mirrored(b[2], b[3], d[3], d[2], 9102, 13623, f);
  butterfly(&a[0], &c[0]), butterfly(&a[1], &c[1]), butterfly(&b[0], &d[0]), butterfly(&b[1], &d[1]);
  turn_mirrored(c[0], c[1], d[1], d[0], 15137, 6270, g);
  turn_mirrored(e[2], e[3], f[3], f[2], 15137, 6270, h);
  butterfly(&a[0], &b[0]), butterfly(&a[1], &b[1]), butterfly(&e[0], &f[0]), butterfly(&e[1], &f[1]);
  out[0] = a[0], out[15] = negative(a[1]), out[1] = negative(e[0]), out[14] = e[1];
  out[3] = negative(g[0]), out[12] = g[1], out[2] = h[0], out[13] = negative(h[1]);
  out[7] = scaled(add(b[0], b[1]), -SQRT_HALF), out[8] = scaled(sub(b[0], b[1]), SQRT_HALF);
  out[4] = scaled(add(g[3], g[2]), SQRT_HALF), out[11] = scaled(sub(g[3], g[2]), SQRT_HALF);
  out[6] = scaled(add(f[1], f[0]), SQRT_HALF), out[9] = scaled(sub(f[1], f[0]), SQRT_HALF);
  out[5] = scaled(add(h[2], h[3]), -SQRT_HALF), out[10] = scaled(sub(h[2], h[3]), SQRT_HALF);
}

typedef void Transform(const v128_t *in, v128_t *out);
#define TRANSFORM(NAME, CALL) static __attribute__((noinline)) void NAME(const v128_t *in, v128_t *out) { CALL; }
TRANSFORM(dct8, cosine8(in, 1, 8, out))
TRANSFORM(dct8_of_4, cosine8(in, 1, 4, out))
TRANSFORM(dct16, cosine16(in, 1, 16, out))
TRANSFORM(dct16_of_8, cosine16(in, 1, 8, out))
TRANSFORM(dct32, cosine32(in, 32, out))
TRANSFORM(dct32_of_8, cosine32(in, 8, out))
TRANSFORM(dct32_of_16, cosine32(in, 16, out))
TRANSFORM(adst8, sine8(in, out))
TRANSFORM(adst16, sine16(in, out))

INLINE void add_to(uint8_t *to, v128_t residual, int width, int shift) {
  residual = wasm_i16x8_shr(wasm_i16x8_add_sat(residual, wasm_i16x8_splat(1 << (shift - 1))), shift);
  v128_t sum = wasm_i16x8_add(wasm_u16x8_extend_low_u8x16(load_bytes(to, width)), residual);
  store_bytes(to, pack(sum, sum), width);
}

// Coefficients lie in the first `count` rows and columns.
INLINE void inverse(uint8_t *to, ptrdiff_t stride, int16_t *block, int size, int count, Transform *first, Transform *second, int shift) {
  v128_t in[32], out[32], turned[32 * 4];
  const int groups = size / 8, taken = (count + 7) / 8;
  for (int group = 0; group < taken; group++) {
    for (int i = 0; i < count; i++) {
      int16_t *row = block + i * size + 8 * group;
      in[i] = wasm_v128_load(row);
      wasm_v128_store(row, wasm_i16x8_const_splat(0));
    }
    first(in, out);
    for (int part = 0; part < groups; part++) {
      transpose8(out + 8 * part);
      for (int i = 0; i < 8; i++) turned[(8 * group + i) * groups + part] = out[8 * part + i];
    }
  }
  for (int part = 0; part < groups; part++) {
    for (int i = 0; i < count; i++) in[i] = turned[i * groups + part];
    second(in, out);
    for (int i = 0; i < size; i++) add_to(to + i * stride + 8 * part, out[i], 8, shift);
  }
}
INLINE void constant(uint8_t *to, ptrdiff_t stride, int16_t *block, int size, int shift) {
  v128_t residual = scaled(scaled(wasm_i16x8_splat(block[0]), SQRT_HALF), SQRT_HALF);
  block[0] = 0;
  for (int y = 0; y < size; y++, to += stride)
    for (int x = 0; x < size; x += 8) add_to(to + x, residual, size == 4 ? 4 : 8, shift);
}

INLINE void turn4(v128_t x[4]) {
  v128_t a = INTERLEAVE_LOW(x[0], x[2]), b = INTERLEAVE_LOW(x[1], x[3]);
  x[0] = INTERLEAVE_LOW(a, b), x[2] = INTERLEAVE_HIGH(a, b);
  x[1] = HALVES_HIGH(x[0], x[0]), x[3] = HALVES_HIGH(x[2], x[2]);
}
INLINE void inverse4(uint8_t *to, ptrdiff_t stride, int16_t *block, int first_is_sine, int second_is_sine) {
  v128_t in[4], out[4];
  for (int i = 0; i < 4; i++) in[i] = wasm_v128_load64_zero(block + 4 * i);
  memset(block, 0, 32);
  if (first_is_sine) sine4(in, out);
  else cosine4(in, 1, 4, out);
  turn4(out);
  if (second_is_sine) sine4(out, in);
  else cosine4(out, 1, 4, in);
  for (int i = 0; i < 4; i++) add_to(to + i * stride, in[i], 4, 4);
}

// `eob`: how many coefficients there are in the order of the scan. The default scan, which the cosine transforms have, keeps the first
// ones in a corner.
#define FUNCTION(NAME) static void NAME(uint8_t *to, ptrdiff_t stride, int16_t *block, int eob)
FUNCTION(dct_dct_4) {
  if (eob == 1) constant(to, stride, block, 4, 4);
  else inverse4(to, stride, block, 0, 0);
}
FUNCTION(dct_dct_8) {
  if (eob == 1) constant(to, stride, block, 8, 5);
  else if (eob <= 12) inverse(to, stride, block, 8, 4, dct8_of_4, dct8_of_4, 5);
  else inverse(to, stride, block, 8, 8, dct8, dct8, 5);
}
FUNCTION(dct_dct_16) {
  if (eob == 1) constant(to, stride, block, 16, 6);
  else if (eob <= 38) inverse(to, stride, block, 16, 8, dct16_of_8, dct16_of_8, 6);
  else inverse(to, stride, block, 16, 16, dct16, dct16, 6);
}
FUNCTION(dct_dct_32) {
  if (eob == 1) constant(to, stride, block, 32, 6);
  else if (eob <= 34) inverse(to, stride, block, 32, 8, dct32_of_8, dct32_of_8, 6);
  else if (eob <= 135) inverse(to, stride, block, 32, 16, dct32_of_16, dct32_of_16, 6);
  else inverse(to, stride, block, 32, 32, dct32, dct32, 6);
}
FUNCTION(adst_dct_4) { inverse4(to, stride, block, 1, 0); }
FUNCTION(dct_adst_4) { inverse4(to, stride, block, 0, 1); }
FUNCTION(adst_adst_4) { inverse4(to, stride, block, 1, 1); }
FUNCTION(adst_dct_8) { inverse(to, stride, block, 8, 8, adst8, dct8, 5); }
FUNCTION(dct_adst_8) { inverse(to, stride, block, 8, 8, dct8, adst8, 5); }
FUNCTION(adst_adst_8) { inverse(to, stride, block, 8, 8, adst8, adst8, 5); }
FUNCTION(adst_dct_16) { inverse(to, stride, block, 16, 16, adst16, dct16, 6); }
FUNCTION(dct_adst_16) { inverse(to, stride, block, 16, 16, dct16, adst16, 6); }
FUNCTION(adst_adst_16) { inverse(to, stride, block, 16, 16, adst16, adst16, 6); }

void __real_ff_vp9dsp_init(VP9DSPContext *dsp, int depth, int exact);
void vp9_deblock_init(VP9DSPContext *dsp);
void vp9_motion_init(VP9DSPContext *dsp);

void __wrap_ff_vp9dsp_init(VP9DSPContext *dsp, int depth, int exact) {
  __real_ff_vp9dsp_init(dsp, depth, exact);
  if (depth > 8) return;
#define SET(TX, SIZE)                                      \
  dsp->itxfm_add[TX][DCT_DCT] = dct_dct_##SIZE;             \
  dsp->itxfm_add[TX][DCT_ADST] = adst_dct_##SIZE;           \
  dsp->itxfm_add[TX][ADST_DCT] = dct_adst_##SIZE;           \
  dsp->itxfm_add[TX][ADST_ADST] = adst_adst_##SIZE;
  SET(TX_4X4, 4)
  SET(TX_8X8, 8)
  SET(TX_16X16, 16)
  for (int i = 0; i < N_TXFM_TYPES; i++) dsp->itxfm_add[TX_32X32][i] = dct_dct_32;
  vp9_deblock_init(dsp);
  vp9_motion_init(dsp);
}
