// H.264's inverse transforms of 8-bit pictures with SIMD, in place of FFmpeg's C (h264idct_template.c), bit for bit for every stream
// whose residual stays within the 16 bits that the standard allows (as FFmpeg's x86 code has it).
#include <string.h>
#include "libavcodec/h264dec.h"
#include "libavcodec/h264dsp.h"
#include "simd.h"

// Adds 16-bit lanes, already shifted, to `width` pixels.
INLINE void add_to(uint8_t *to, v128_t residual, int width) {
  v128_t sum = wasm_i16x8_add(wasm_u16x8_extend_low_u8x16(load_bytes(to, width)), residual);
  store_bytes(to, pack(sum, sum), width);
}

// One dimension of the 4 x 4 transform over rows.
INLINE void transform4(v128_t r[4]) {
  v128_t z0 = wasm_i16x8_add(r[0], r[2]), z1 = wasm_i16x8_sub(r[0], r[2]), z2 = wasm_i16x8_sub(wasm_i16x8_shr(r[1], 1), r[3]),
         z3 = wasm_i16x8_add(r[1], wasm_i16x8_shr(r[3], 1));
  r[0] = wasm_i16x8_add(z0, z3), r[1] = wasm_i16x8_add(z1, z2), r[2] = wasm_i16x8_sub(z1, z2), r[3] = wasm_i16x8_sub(z0, z3);
}

static void idct4(uint8_t *to, int16_t *block, int stride) {
  v128_t r[4];
  for (int i = 0; i < 4; i++) r[i] = wasm_v128_load64_zero(block + 4 * i);
  r[0] = wasm_i16x8_add(r[0], wasm_i16x8_const(32, 0, 0, 0, 0, 0, 0, 0));
  transform4(r);
  v128_t a = INTERLEAVE_LOW(r[0], r[1]), b = INTERLEAVE_LOW(r[2], r[3]);
  v128_t low = INTERLEAVE_PAIRS_LOW(a, b), high = INTERLEAVE_PAIRS_HIGH(a, b);
  r[0] = low, r[1] = HALVES_HIGH(low, low), r[2] = high, r[3] = HALVES_HIGH(high, high);
  transform4(r);
  for (int i = 0; i < 4; i++) add_to(to + i * stride, wasm_i16x8_shr(r[i], 6), 4);
  memset(block, 0, 32);
}

// One dimension of the 8 x 8 transform over rows.
INLINE void transform8(v128_t r[8]) {
  v128_t a0 = wasm_i16x8_add(r[0], r[4]), a2 = wasm_i16x8_sub(r[0], r[4]), a4 = wasm_i16x8_sub(wasm_i16x8_shr(r[2], 1), r[6]),
         a6 = wasm_i16x8_add(wasm_i16x8_shr(r[6], 1), r[2]);
  v128_t b0 = wasm_i16x8_add(a0, a6), b2 = wasm_i16x8_add(a2, a4), b4 = wasm_i16x8_sub(a2, a4), b6 = wasm_i16x8_sub(a0, a6);
  v128_t a1 = wasm_i16x8_sub(wasm_i16x8_sub(wasm_i16x8_sub(r[5], r[3]), r[7]), wasm_i16x8_shr(r[7], 1));
  v128_t a3 = wasm_i16x8_sub(wasm_i16x8_sub(wasm_i16x8_add(r[1], r[7]), r[3]), wasm_i16x8_shr(r[3], 1));
  v128_t a5 = wasm_i16x8_add(wasm_i16x8_add(wasm_i16x8_sub(r[7], r[1]), r[5]), wasm_i16x8_shr(r[5], 1));
  v128_t a7 = wasm_i16x8_add(wasm_i16x8_add(wasm_i16x8_add(r[3], r[5]), r[1]), wasm_i16x8_shr(r[1], 1));
  v128_t b1 = wasm_i16x8_add(wasm_i16x8_shr(a7, 2), a1), b3 = wasm_i16x8_add(a3, wasm_i16x8_shr(a5, 2)),
         b5 = wasm_i16x8_sub(wasm_i16x8_shr(a3, 2), a5), b7 = wasm_i16x8_sub(a7, wasm_i16x8_shr(a1, 2));
  r[0] = wasm_i16x8_add(b0, b7), r[7] = wasm_i16x8_sub(b0, b7), r[1] = wasm_i16x8_add(b2, b5), r[6] = wasm_i16x8_sub(b2, b5);
  r[2] = wasm_i16x8_add(b4, b3), r[5] = wasm_i16x8_sub(b4, b3), r[3] = wasm_i16x8_add(b6, b1), r[4] = wasm_i16x8_sub(b6, b1);
}

INLINE void transpose8(v128_t r[8]) {
  v128_t a[8], b[8];
  for (int i = 0; i < 4; i++) a[2 * i] = INTERLEAVE_LOW(r[i], r[i + 4]), a[2 * i + 1] = INTERLEAVE_HIGH(r[i], r[i + 4]);
  for (int i = 0; i < 4; i++) b[2 * i] = INTERLEAVE_LOW(a[i], a[i + 4]), b[2 * i + 1] = INTERLEAVE_HIGH(a[i], a[i + 4]);
  for (int i = 0; i < 4; i++) r[2 * i] = INTERLEAVE_LOW(b[i], b[i + 4]), r[2 * i + 1] = INTERLEAVE_HIGH(b[i], b[i + 4]);
}

static void idct8(uint8_t *to, int16_t *block, int stride) {
  v128_t r[8];
  for (int i = 0; i < 8; i++) r[i] = wasm_v128_load(block + 8 * i);
  r[0] = wasm_i16x8_add(r[0], wasm_i16x8_const(32, 0, 0, 0, 0, 0, 0, 0));
  transform8(r);
  transpose8(r);
  transform8(r);
  for (int i = 0; i < 8; i++) add_to(to + i * stride, wasm_i16x8_shr(r[i], 6), 8);
  memset(block, 0, 128);
}

INLINE void dc(uint8_t *to, int16_t *block, int stride, int size) {
  v128_t residual = wasm_i16x8_splat((block[0] + 32) >> 6);
  block[0] = 0;
  for (int i = 0; i < size; i++) add_to(to + i * stride, residual, size);
}
static void dc4(uint8_t *to, int16_t *block, int stride) { dc(to, block, stride, 4); }
static void dc8(uint8_t *to, int16_t *block, int stride) { dc(to, block, stride, 8); }

static void add16(uint8_t *to, const int *offset, int16_t *block, int stride, const uint8_t nnzc[5 * 8]) {
  for (int i = 0; i < 16; i++) {
    int count = nnzc[scan8[i]];
    if (!count) continue;
    if (count == 1 && block[i * 16]) dc4(to + offset[i], block + i * 16, stride);
    else idct4(to + offset[i], block + i * 16, stride);
  }
}
static void add16_intra(uint8_t *to, const int *offset, int16_t *block, int stride, const uint8_t nnzc[5 * 8]) {
  for (int i = 0; i < 16; i++) {
    if (nnzc[scan8[i]]) idct4(to + offset[i], block + i * 16, stride);
    else if (block[i * 16]) dc4(to + offset[i], block + i * 16, stride);
  }
}
static void add4_of_8(uint8_t *to, const int *offset, int16_t *block, int stride, const uint8_t nnzc[5 * 8]) {
  for (int i = 0; i < 16; i += 4) {
    int count = nnzc[scan8[i]];
    if (!count) continue;
    if (count == 1 && block[i * 16]) dc8(to + offset[i], block + i * 16, stride);
    else idct8(to + offset[i], block + i * 16, stride);
  }
}
static void add8_chroma(uint8_t **to, const int *offset, int16_t *block, int stride, const uint8_t nnzc[15 * 8]) {
  for (int plane = 1; plane < 3; plane++) {
    for (int i = plane * 16; i < plane * 16 + 4; i++) {
      if (nnzc[scan8[i]]) idct4(to[plane - 1] + offset[i], block + i * 16, stride);
      else if (block[i * 16]) dc4(to[plane - 1] + offset[i], block + i * 16, stride);
    }
  }
}

void __real_ff_h264dsp_init(H264DSPContext *c, int bit_depth, int chroma_format_idc);
void h264_weights_init(H264DSPContext *c);
void h264_deblock_init(H264DSPContext *c, int chroma_format_idc);

void __wrap_ff_h264dsp_init(H264DSPContext *c, int bit_depth, int chroma_format_idc) {
  __real_ff_h264dsp_init(c, bit_depth, chroma_format_idc);
  if (bit_depth > 8) return;
  c->h264_idct_add = idct4;
  c->h264_idct8_add = idct8;
  c->h264_idct_dc_add = dc4;
  c->h264_idct8_dc_add = dc8;
  c->h264_idct_add16 = add16;
  c->h264_idct_add16intra = add16_intra;
  c->h264_idct8_add4 = add4_of_8;
  if (chroma_format_idc <= 1) c->h264_idct_add8 = add8_chroma;
  h264_weights_init(c);
  h264_deblock_init(c, chroma_format_idc);
}
