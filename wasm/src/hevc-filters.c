// HEVC's larger inverse transforms and its edge offset (SAO) for 8-bit pictures with SIMD, in place of FFmpeg's C (hevcdsp_template.c),
// bit for bit. The linker's --wrap lets this file fill FFmpeg's table.
#include <string.h>
#include "libavcodec/hevcdsp.h"
#include "simd.h"

// --- inverse transforms: ITU-T H.265, 8.6.4.2 -----------------------------------------------------------------------------------

// 64 * sqrt(2) * cos(k * pi / 64), as the standard rounds it.
static const int8_t cosines[33] = {0,  90, 90, 90, 89, 88, 87, 85, 83, 82, 80, 78, 75, 73, 70, 67, 64,
                                   61, 57, 54, 50, 46, 43, 38, 36, 31, 25, 22, 18, 13, 9,  4,  0};

static int coefficient(int row, int column) {
  int k = row * (2 * column + 1) & 127;
  if (k > 64) k = 128 - k;
  return k > 32 ? -cosines[64 - k] : cosines[k];
}

// Factors of the odd rows of the transform of each size, two rows side by side: [output][pair of rows][row].
static int16_t odd8[4][2][2], odd16[8][4][2], odd32[16][8][2];

static void fill(int16_t *table, int size) {
  for (int output = 0; output < size / 2; output++)
    for (int row = 1; row < size; row += 2) *table++ = coefficient(row * (32 / size), output);
}

// Rows of four 16-bit numbers, two rows per register, lane by lane.
INLINE v128_t pair(const int16_t *rows, int stride, int a, int b) {
  return INTERLEAVE_LOW(wasm_v128_load64_zero(rows + a * stride), wasm_v128_load64_zero(rows + b * stride));
}
INLINE v128_t both(v128_t rows, int a, int b) {
  return wasm_i32x4_dot_i16x8(rows, wasm_i16x8_make(a, b, a, b, a, b, a, b));
}
// The odd rows' part of output `output`.
INLINE v128_t odd_part(const v128_t *rows, const int16_t (*factors)[2], int pairs) {
  v128_t sum = wasm_i32x4_dot_i16x8(rows[0], wasm_v128_load32_splat(factors[0]));
  for (int i = 1; i < pairs; i++) sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(rows[i], wasm_v128_load32_splat(factors[i])));
  return sum;
}
INLINE void butterfly(v128_t *out, const v128_t *even, int size, int i, v128_t odd) {
  out[i] = wasm_i32x4_add(even[i], odd);
  out[size - 1 - i] = wasm_i32x4_sub(even[i], odd);
}

INLINE void transform4(const int16_t *rows, int stride, v128_t out[4]) {
  v128_t even = pair(rows, stride, 0, 2), odd = pair(rows, stride, 1, 3);
  v128_t e[2] = {both(even, 64, 64), both(even, 64, -64)};
  butterfly(out, e, 4, 0, both(odd, 83, 36));
  butterfly(out, e, 4, 1, both(odd, 36, -83));
}
INLINE void transform8(const int16_t *rows, int stride, v128_t out[8]) {
  v128_t even[4], odd[2] = {pair(rows, stride, 1, 3), pair(rows, stride, 5, 7)};
  transform4(rows, 2 * stride, even);
  for (int i = 0; i < 4; i++) butterfly(out, even, 8, i, odd_part(odd, odd8[i], 2));
}
INLINE void transform16(const int16_t *rows, int stride, int limit, v128_t out[16]) {
  v128_t even[8], odd[4];
  int pairs = limit >= 15 ? 4 : (limit + 2) / 4;
  for (int i = 0; i < pairs; i++) odd[i] = pair(rows, stride, 4 * i + 1, 4 * i + 3);
  transform8(rows, 2 * stride, even);
  for (int i = 0; i < 8; i++) butterfly(out, even, 16, i, odd_part(odd, odd16[i], pairs));
}
INLINE void transform32(const int16_t *rows, int stride, int limit, v128_t out[32]) {
  v128_t even[16], odd[8];
  int pairs = limit >= 31 ? 8 : (limit + 2) / 4;
  for (int i = 0; i < pairs; i++) odd[i] = pair(rows, stride, 4 * i + 1, 4 * i + 3);
  transform16(rows, 2 * stride, (limit + 1) / 2, even);
  for (int i = 0; i < 16; i++) butterfly(out, even, 32, i, odd_part(odd, odd32[i], pairs));
}

// One dimension: the columns of `from` become rows of `to`. Columns from `columns` on are zero, and so is everything from row `limit` on.
INLINE void transform(const int16_t *from, int16_t *to, int size, int columns, int limit, int shift) {
  const v128_t half = wasm_i32x4_splat(1 << (shift - 1));
  v128_t out[32];
  for (int column = 0; column < columns; column += 4) {
    if (size == 8) transform8(from + column, size, out);
    else if (size == 16) transform16(from + column, size, limit, out);
    else transform32(from + column, size, limit, out);
    for (int row = 0; row < size; row += 4) {
      v128_t r[4];
      for (int i = 0; i < 4; i++) {
        v128_t scaled = wasm_i32x4_shr(wasm_i32x4_add(out[row + i], half), shift);
        r[i] = wasm_i16x8_narrow_i32x4(scaled, scaled);
      }
      v128_t a = INTERLEAVE_LOW(r[0], r[1]), b = INTERLEAVE_LOW(r[2], r[3]);
      v128_t low = INTERLEAVE_PAIRS_LOW(a, b), high = INTERLEAVE_PAIRS_HIGH(a, b);
      int16_t *place = to + column * size + row;
      wasm_v128_store64_lane(place, low, 0);
      wasm_v128_store64_lane(place + size, low, 1);
      wasm_v128_store64_lane(place + 2 * size, high, 0);
      wasm_v128_store64_lane(place + 3 * size, high, 1);
    }
  }
}
INLINE void inverse(int16_t *block, int size, int col_limit) {
  int16_t between[32 * 32];
  int columns = col_limit < size ? (col_limit + 3) & ~3 : size, rows = col_limit + 4 < size ? col_limit + 4 : size;
  transform(block, between, size, columns, rows, 7);
  memset(between + columns * size, 0, (size - columns) * size * sizeof *between);
  transform(between, block, size, size, columns, 20 - 8);
}
static void inverse8(int16_t *block, int col_limit) { inverse(block, 8, col_limit); }
static void inverse16(int16_t *block, int col_limit) { inverse(block, 16, col_limit); }
static void inverse32(int16_t *block, int col_limit) { inverse(block, 32, col_limit); }

// --- edge offset: ITU-T H.265, 8.7.3 ----------------------------------------------------------------------------------------------

#define SOURCE_STRIDE (2 * MAX_PB_SIZE + AV_INPUT_BUFFER_PADDING_SIZE)

// 1 where a > b, -1 where a < b.
INLINE v128_t sign(v128_t a, v128_t b) { return wasm_i8x16_sub(wasm_u8x16_lt(a, b), wasm_u8x16_gt(a, b)); }

static void edge_offset(uint8_t *to, uint8_t *from, ptrdiff_t stride, int16_t *offsets, int direction, int width, int height) {
  static const int8_t neighbours[4][2] = {{-1, 0}, {0, -1}, {-1, -1}, {1, -1}};
  const ptrdiff_t neighbour = neighbours[direction][0] + neighbours[direction][1] * (ptrdiff_t)SOURCE_STRIDE;
  // By -2 .. 2: a valley, a concave corner, neither, a convex corner, a peak.
  const v128_t table = wasm_i8x16_make(offsets[1], offsets[2], offsets[0], offsets[3], offsets[4], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const v128_t none = wasm_i8x16_const_splat(0);
  for (int y = 0; y < height; y++, from += SOURCE_STRIDE, to += stride) {
    for (int x = 0; x < width; x += 16) {
      v128_t here = wasm_v128_load(from + x);
      v128_t shape = wasm_i8x16_add(sign(here, wasm_v128_load(from + x + neighbour)), sign(here, wasm_v128_load(from + x - neighbour)));
      v128_t offset = wasm_i8x16_swizzle(table, wasm_i8x16_add(shape, wasm_i8x16_const_splat(2)));
      v128_t up = wasm_i8x16_max(offset, none), down = wasm_i8x16_max(wasm_i8x16_neg(offset), none);
      v128_t result = wasm_u8x16_sub_sat(wasm_u8x16_add_sat(here, up), down);
      if (x + 16 <= width) {
        wasm_v128_store(to + x, result);
      } else {
        uint8_t rest[16];
        wasm_v128_store(rest, result);
        memcpy(to + x, rest, width - x);
      }
    }
  }
}

void hevc_motion_init(HEVCDSPContext *c);
void __real_ff_hevc_dsp_init(HEVCDSPContext *c, int bit_depth);

void __wrap_ff_hevc_dsp_init(HEVCDSPContext *c, int bit_depth) {
  __real_ff_hevc_dsp_init(c, bit_depth);
  if (bit_depth > 8) return;
  fill(odd8[0][0], 8);
  fill(odd16[0][0], 16);
  fill(odd32[0][0], 32);
  c->idct[1] = inverse8;
  c->idct[2] = inverse16;
  c->idct[3] = inverse32;
  hevc_motion_init(c);
  for (int i = 0; i < 5; i++) c->sao_edge_filter[i] = edge_offset;
}
