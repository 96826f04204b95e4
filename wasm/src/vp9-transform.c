// VP9's inverse transforms of 8-bit pictures with SIMD (VP9 bitstream specification, 8.7), in place of FFmpeg's C (vp9dsp_template.c), bit
// for bit for every stream whose values stay within the 16 bits that the specification allows (as FFmpeg's x86 code has it).
// A pass takes eight columns at a time, one per lane; after the first pass the block is transposed.
#include <string.h>
#include "libavcodec/vp9dsp.h"
#include "inverse-transform.h"

static const Factors factors = {
  14, 0,
  {0, 16364, 16305, 16207, 16069, 15893, 15679, 15426, 15137, 14811, 14449, 14053, 13623,
   13160, 12665, 12140, 11585, 11003, 10394, 9760, 9102, 8423, 7723, 7005, 6270, 5520, 4756,
   3981, 3196, 2404, 1606, 804, 0},
  {5283, 9929, 13377, 15212}};

typedef void Transform(const v128_t *in, v128_t *out);
#define TRANSFORM(NAME, CALL) static __attribute__((noinline)) void NAME(const v128_t *in, v128_t *out) { CALL; }
TRANSFORM(dct8, cosine8(&factors, in, 1, 8, out))
TRANSFORM(dct8_of_4, cosine8(&factors, in, 1, 4, out))
TRANSFORM(dct16, cosine16(&factors, in, 1, 16, out))
TRANSFORM(dct16_of_8, cosine16(&factors, in, 1, 8, out))
TRANSFORM(dct32, cosine32(&factors, in, 32, out))
TRANSFORM(dct32_of_8, cosine32(&factors, in, 8, out))
TRANSFORM(dct32_of_16, cosine32(&factors, in, 16, out))
TRANSFORM(adst8, sine8(&factors, in, out))
TRANSFORM(adst16, sine16(&factors, in, out))

INLINE void add_to(uint8_t *to, v128_t residual, int width, int shift) {
  residual = wasm_i16x8_shr(wasm_i16x8_add_sat(residual, wasm_i16x8_splat(1 << (shift - 1))), shift);
  v128_t sum = wasm_i16x8_add(wasm_u16x8_extend_low_u8x16(load_bytes(to, width)), residual);
  store_bytes(to, pack(sum, sum), width);
}

// All coefficients are in the first `count` rows and columns.
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
  v128_t residual = eighth(&factors, eighth(&factors, wasm_i16x8_splat(block[0])));
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
  if (first_is_sine) sine4(&factors, in, out);
  else cosine4(&factors, in, 1, 4, out);
  turn4(out);
  if (second_is_sine) sine4(&factors, out, in);
  else cosine4(&factors, out, 1, 4, in);
  for (int i = 0; i < 4; i++) add_to(to + i * stride, in[i], 4, 4);
}

// `eob`: how many coefficients there are, in the order of the scan. In the default scan, which cosine transforms use, the first ones are
// in a corner.
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
