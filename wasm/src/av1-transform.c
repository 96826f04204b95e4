// AV1's inverse transforms of 8-bit pictures with SIMD (AV1 specification, 7.13), in place of dav1d's C (itx_tmpl.c), bit for bit for
// every stream whose values stay within the 16 bits that the specification allows (as dav1d's x86 code has it). Blocks of 4 to 32
// samples a side; those of 64 are left to dav1d unless they have one value.
#include <string.h>
#include "inverse-transform.h"
#include "src/itx.h"

static const Factors factors = {
  12, 1,
  {0, 4091, 4076, 4052, 4017, 3973, 3920, 3857, 3784, 3703, 3612, 3513, 3406, 3290, 3166, 3035, 2896,
   2751, 2598, 2440, 2276, 2106, 1931, 1751, 1567, 1380, 1189, 995, 799, 601, 401, 201, 0},
  {1321, 2482, 3344, 3803}};

typedef enum Kind { COSINE, SINE, FLIPPED_SINE, IDENTITY } Kind;

typedef void Transform(const v128_t *in, v128_t *out);
#define TRANSFORM(NAME, CALL) static __attribute__((noinline)) void NAME(const v128_t *in, v128_t *out) { CALL; }
TRANSFORM(dct4, cosine4(&factors, in, 1, 4, out))
TRANSFORM(dct8, cosine8(&factors, in, 1, 8, out))
TRANSFORM(dct16, cosine16(&factors, in, 1, 16, out))
TRANSFORM(dct16_of_8, cosine16(&factors, in, 1, 8, out))
TRANSFORM(dct32, cosine32(&factors, in, 32, out))
TRANSFORM(dct32_of_8, cosine32(&factors, in, 8, out))
TRANSFORM(dct32_of_16, cosine32(&factors, in, 16, out))
TRANSFORM(adst4, sine4(&factors, in, out))
TRANSFORM(adst8, sine8(&factors, in, out))
TRANSFORM(adst16, sine16(&factors, in, out))

// Of `size` inputs the first `count` are not zero.
static Transform *transform_of(Kind kind, int size, int count) {
  if (kind != COSINE) return size == 4 ? adst4 : size == 8 ? adst8 : adst16;
  if (size == 4) return dct4;
  if (size == 8) return dct8;
  if (size == 16) return count <= 8 ? dct16_of_8 : dct16;
  return count <= 8 ? dct32_of_8 : count <= 16 ? dct32_of_16 : dct32;
}

// An identity transform multiplies by a power of the root of two, here together with the shift after it.
INLINE v128_t identity_half(v128_t a, int size, int shift) {
  v128_t half = wasm_i32x4_splat((1 << shift) >> 1);
  if (size == 8) a = wasm_i32x4_shl(a, 1);
  else if (size == 32) a = wasm_i32x4_shl(a, 2);
  else {
    v128_t more = wasm_i32x4_mul(a, wasm_i32x4_const_splat(1697));
    if (size == 4) a = wasm_i32x4_add(a, wasm_i32x4_shr(wasm_i32x4_add(more, wasm_i32x4_const_splat(2048)), 12));
    else a = wasm_i32x4_add(wasm_i32x4_shl(a, 1), wasm_i32x4_shr(wasm_i32x4_add(more, wasm_i32x4_const_splat(1024)), 11));
  }
  return wasm_i32x4_shr(wasm_i32x4_add(a, half), shift);
}

// One dimension of `size`, shifted down afterwards.
static __attribute__((noinline)) void pass(Kind kind, int size, int count, int shift, const v128_t *in, v128_t *out) {
  if (kind == IDENTITY) {
    for (int i = 0; i < size; i++)
      out[i] = wasm_i16x8_narrow_i32x4(identity_half(wasm_i32x4_extend_low_i16x8(in[i]), size, shift),
                                       identity_half(wasm_i32x4_extend_high_i16x8(in[i]), size, shift));
    return;
  }
  transform_of(kind, size, count)(in, out);
  if (kind == FLIPPED_SINE)
    for (int i = 0; i < size / 2; i++) {
      v128_t other = out[i];
      out[i] = out[size - 1 - i], out[size - 1 - i] = other;
    }
  if (shift) for (int i = 0; i < size; i++) out[i] = scaled(out[i], 1, shift);
}

INLINE void add_to(uint8_t *to, v128_t residual, int width) {
  v128_t sum = wasm_i16x8_add_sat(wasm_u16x8_extend_low_u8x16(load_bytes(to, width)), residual);
  store_bytes(to, pack(sum, sum), width);
}

static __attribute__((noinline)) void constant(uint8_t *to, ptrdiff_t stride, int16_t *coefficients, int width, int height, int shift) {
  int value = coefficients[0];
  coefficients[0] = 0;
  if (width * 2 == height || height * 2 == width) value = (value * 181 + 128) >> 8;
  value = (value * 181 + 128) >> 8;
  value = (value + ((1 << shift) >> 1)) >> shift;
  v128_t residual = wasm_i16x8_splat((value * 181 + 128 + 2048) >> 12);
  for (int y = 0; y < height; y++, to += stride)
    for (int x = 0; x < width; x += 8) add_to(to + x, residual, width == 4 ? 4 : 8);
}

// Coefficients are stored column by column: `first` is the transform across, `second` the one down.
static __attribute__((noinline)) void inverse(uint8_t *to, ptrdiff_t stride, int16_t *coefficients, int width, int height, Kind first,
                                              Kind second, int shift) {
  const v128_t zero = wasm_i16x8_const_splat(0);
  const int groups = (height + 7) / 8, parts = (width + 7) / 8, lanes = height < 8 ? 4 : 8;
  v128_t in[32], out[32], turned[32 * 4];
  int columns = 0, rows = 0;
  for (int x = 0; x < width; x++)
    for (int group = 0; group < groups; group++) {
      const int16_t *at = coefficients + x * height + 8 * group;
      if (wasm_v128_any_true(lanes == 8 ? wasm_v128_load(at) : wasm_v128_load64_zero(at))) {
        columns = x + 1;
        if (group >= rows) rows = group + 1;
      }
    }
  for (int group = 0; group < rows; group++) {
    for (int x = 0; x < width; x++) {
      const int16_t *at = coefficients + x * height + 8 * group;
      in[x] = x >= columns ? zero : lanes == 8 ? wasm_v128_load(at) : wasm_v128_load64_zero(at);
      if (width * 2 == height || height * 2 == width) in[x] = scaled(in[x], 2896, 12);
    }
    pass(first, width, columns, shift, in, out);
    for (int i = width; i < 8; i++) out[i] = zero;
    for (int part = 0; part < parts; part++) {
      transpose8(out + 8 * part);
      for (int i = 0; i < 8; i++) turned[(8 * group + i) * parts + part] = out[8 * part + i];
    }
  }
  memset(coefficients, 0, columns * height * sizeof *coefficients);
  for (int part = 0; part < parts; part++) {
    for (int y = 0; y < height; y++) in[y] = y < 8 * rows ? turned[y * parts + part] : zero;
    pass(second, height, 8 * rows, 4, in, out);
    for (int y = 0; y < height; y++) add_to(to + y * stride + 8 * part, out[y], width == 4 ? 4 : 8);
  }
}

// --- dav1d's table: a function for every size and pair of kinds --------------------------------------------------------------------

#define FUNCTION(W, H, SHIFT, FIRST, SECOND)                                                             \
  static void FIRST##_##SECOND##_##W##x##H(uint8_t *to, ptrdiff_t stride, int16_t *coefficients, int eob) { \
    if (FIRST == COSINE && SECOND == COSINE && eob == 0) constant(to, stride, coefficients, W, H, SHIFT);  \
    else inverse(to, stride, coefficients, W, H, FIRST, SECOND, SHIFT);                                    \
  }
#define TWO_KINDS(W, H, SHIFT) FUNCTION(W, H, SHIFT, COSINE, COSINE) FUNCTION(W, H, SHIFT, IDENTITY, IDENTITY)
#define MOST_KINDS(W, H, SHIFT)                   \
  TWO_KINDS(W, H, SHIFT)                          \
  FUNCTION(W, H, SHIFT, SINE, COSINE)             \
  FUNCTION(W, H, SHIFT, COSINE, SINE)             \
  FUNCTION(W, H, SHIFT, SINE, SINE)               \
  FUNCTION(W, H, SHIFT, COSINE, FLIPPED_SINE)     \
  FUNCTION(W, H, SHIFT, FLIPPED_SINE, COSINE)     \
  FUNCTION(W, H, SHIFT, SINE, FLIPPED_SINE)       \
  FUNCTION(W, H, SHIFT, FLIPPED_SINE, SINE)       \
  FUNCTION(W, H, SHIFT, FLIPPED_SINE, FLIPPED_SINE) \
  FUNCTION(W, H, SHIFT, IDENTITY, COSINE)         \
  FUNCTION(W, H, SHIFT, COSINE, IDENTITY)
#define ALL_KINDS(W, H, SHIFT)                \
  MOST_KINDS(W, H, SHIFT)                     \
  FUNCTION(W, H, SHIFT, IDENTITY, FLIPPED_SINE) \
  FUNCTION(W, H, SHIFT, FLIPPED_SINE, IDENTITY) \
  FUNCTION(W, H, SHIFT, IDENTITY, SINE)       \
  FUNCTION(W, H, SHIFT, SINE, IDENTITY)
ALL_KINDS(4, 4, 0)
ALL_KINDS(4, 8, 0)
ALL_KINDS(4, 16, 1)
ALL_KINDS(8, 4, 0)
ALL_KINDS(8, 8, 1)
ALL_KINDS(8, 16, 1)
ALL_KINDS(16, 4, 1)
ALL_KINDS(16, 8, 1)
MOST_KINDS(16, 16, 2)
TWO_KINDS(8, 32, 2)
TWO_KINDS(16, 32, 1)
TWO_KINDS(32, 8, 2)
TWO_KINDS(32, 16, 1)
TWO_KINDS(32, 32, 2)

static itxfm_fn of_64[5];
#define FUNCTION_64(I, W, H, SHIFT)                                                         \
  static void cosine_##W##x##H(uint8_t *to, ptrdiff_t stride, int16_t *coefficients, int eob) { \
    if (eob == 0) constant(to, stride, coefficients, W, H, SHIFT);                            \
    else of_64[I](to, stride, coefficients, eob);                                             \
  }
FUNCTION_64(0, 64, 64, 2)
FUNCTION_64(1, 32, 64, 1)
FUNCTION_64(2, 64, 32, 1)
FUNCTION_64(3, 16, 64, 2)
FUNCTION_64(4, 64, 16, 2)

void __real_dav1d_itx_dsp_init_8bpc(Dav1dInvTxfmDSPContext *c, int depth);

void __wrap_dav1d_itx_dsp_init_8bpc(Dav1dInvTxfmDSPContext *c, int depth) {
  __real_dav1d_itx_dsp_init_8bpc(c, depth);
  // dav1d names the transform down first.
#define SET_TWO(TX, SIZE)                                \
  c->itxfm_add[TX][DCT_DCT] = COSINE_COSINE_##SIZE;       \
  c->itxfm_add[TX][IDTX] = IDENTITY_IDENTITY_##SIZE;
#define SET_MOST(TX, SIZE)                                          \
  SET_TWO(TX, SIZE)                                                 \
  c->itxfm_add[TX][DCT_ADST] = SINE_COSINE_##SIZE;                   \
  c->itxfm_add[TX][ADST_DCT] = COSINE_SINE_##SIZE;                   \
  c->itxfm_add[TX][ADST_ADST] = SINE_SINE_##SIZE;                    \
  c->itxfm_add[TX][ADST_FLIPADST] = FLIPPED_SINE_SINE_##SIZE;        \
  c->itxfm_add[TX][FLIPADST_ADST] = SINE_FLIPPED_SINE_##SIZE;        \
  c->itxfm_add[TX][DCT_FLIPADST] = FLIPPED_SINE_COSINE_##SIZE;       \
  c->itxfm_add[TX][FLIPADST_DCT] = COSINE_FLIPPED_SINE_##SIZE;       \
  c->itxfm_add[TX][FLIPADST_FLIPADST] = FLIPPED_SINE_FLIPPED_SINE_##SIZE; \
  c->itxfm_add[TX][H_DCT] = COSINE_IDENTITY_##SIZE;                  \
  c->itxfm_add[TX][V_DCT] = IDENTITY_COSINE_##SIZE;
#define SET_ALL(TX, SIZE)                                         \
  SET_MOST(TX, SIZE)                                              \
  c->itxfm_add[TX][H_FLIPADST] = FLIPPED_SINE_IDENTITY_##SIZE;     \
  c->itxfm_add[TX][V_FLIPADST] = IDENTITY_FLIPPED_SINE_##SIZE;     \
  c->itxfm_add[TX][H_ADST] = SINE_IDENTITY_##SIZE;                 \
  c->itxfm_add[TX][V_ADST] = IDENTITY_SINE_##SIZE;
  SET_ALL(TX_4X4, 4x4)
  SET_ALL(RTX_4X8, 4x8)
  SET_ALL(RTX_4X16, 4x16)
  SET_ALL(RTX_8X4, 8x4)
  SET_ALL(TX_8X8, 8x8)
  SET_ALL(RTX_8X16, 8x16)
  SET_ALL(RTX_16X4, 16x4)
  SET_ALL(RTX_16X8, 16x8)
  SET_MOST(TX_16X16, 16x16)
  SET_TWO(RTX_8X32, 8x32)
  SET_TWO(RTX_16X32, 16x32)
  SET_TWO(RTX_32X8, 32x8)
  SET_TWO(RTX_32X16, 32x16)
  SET_TWO(TX_32X32, 32x32)
#define SET_64(I, TX, SIZE) of_64[I] = c->itxfm_add[TX][DCT_DCT], c->itxfm_add[TX][DCT_DCT] = cosine_##SIZE;
  SET_64(0, TX_64X64, 64x64)
  SET_64(1, RTX_32X64, 32x64)
  SET_64(2, RTX_64X32, 64x32)
  SET_64(3, RTX_16X64, 16x64)
  SET_64(4, RTX_64X16, 64x16)
}
