/* Transposes bytes. A step interleaves each vector of the first half with its counterpart in the second half: that rotates the bits of
   an element's place (vector number, then lane number) left by one, and a few steps make a transposition. */
#ifndef TRANSPOSE_H
#define TRANSPOSE_H
#include "simd.h"

INLINE void interleave_bytes(v128_t *x, int count) {
  v128_t y[16];
  for (int i = 0; i < count / 2; i++) {
    y[2 * i] = INTERLEAVE_BYTES_LOW(x[i], x[i + count / 2]);
    y[2 * i + 1] = INTERLEAVE_BYTES_HIGH(x[i], x[i + count / 2]);
  }
  for (int i = 0; i < count; i++) x[i] = y[i];
}

/* Eight columns of `rows` rows (16, 8 or 4), a column in a vector. */
INLINE void load_columns(const uint8_t *from, ptrdiff_t stride, int rows, v128_t x[8]) {
  for (int i = 0; i < 8; i++) {
    x[i] = wasm_i8x16_const_splat(0);
    if (2 * i >= rows) continue;
    x[i] = wasm_v128_load64_lane(from + (2 * i + 1) * stride, wasm_v128_load64_zero(from + 2 * i * stride), 1);
  }
  for (int step = 0; step < 4; step++) interleave_bytes(x, 8);
}
INLINE void store_columns(uint8_t *to, ptrdiff_t stride, int rows, v128_t x[8]) {
  for (int step = 0; step < 3; step++) interleave_bytes(x, 8);
  for (int i = 0; i < rows / 2; i++) {
    wasm_v128_store64_lane(to + 2 * i * stride, x[i], 0);
    wasm_v128_store64_lane(to + (2 * i + 1) * stride, x[i], 1);
  }
}

/* Sixteen columns of `rows` rows. */
INLINE void load_16_columns(const uint8_t *from, ptrdiff_t stride, int rows, v128_t x[16]) {
  for (int i = 0; i < 16; i++) x[i] = i < rows ? wasm_v128_load(from + i * stride) : wasm_i8x16_const_splat(0);
  for (int step = 0; step < 4; step++) interleave_bytes(x, 16);
}
INLINE void store_16_columns(uint8_t *to, ptrdiff_t stride, int rows, v128_t x[16]) {
  for (int step = 0; step < 4; step++) interleave_bytes(x, 16);
  for (int i = 0; i < rows; i++) wasm_v128_store(to + i * stride, x[i]);
}

/* 8 x 8 of 16 bits. */
INLINE void transpose8(v128_t x[8]) {
  for (int step = 0; step < 3; step++) {
    v128_t y[8];
    for (int i = 0; i < 4; i++) y[2 * i] = INTERLEAVE_LOW(x[i], x[i + 4]), y[2 * i + 1] = INTERLEAVE_HIGH(x[i], x[i + 4]);
    for (int i = 0; i < 8; i++) x[i] = y[i];
  }
}
#endif
