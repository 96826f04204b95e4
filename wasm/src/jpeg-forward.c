// libjpeg-turbo's encoder with SIMD, in the functions that its assembly would provide (jsimd.h): colours, 2 x 2 downsampling, forward
// transform, quantisation, and the Huffman coding of a block. Writes byte for byte what its C code writes.
#define JPEG_INTERNALS
#include "jinclude.h"
#include "jpeglib.h"
#include "jdct.h"
#include "jchuff.h"
#include "transpose.h"

int __wrap_jsimd_can_rgb_ycc(void) { return 1; }
int __wrap_jsimd_can_h2v2_downsample(void) { return 1; }
int __wrap_jsimd_can_convsamp(void) { return 1; }
int __wrap_jsimd_can_fdct_islow(void) { return 1; }
int __wrap_jsimd_can_quantize(void) { return 1; }
int __wrap_jsimd_can_huff_encode_one_block(void) { return 1; }

INLINE v128_t shifted(Wide a, int offset, int shift) {
  const v128_t more = wasm_i32x4_splat(offset);
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(a.low, more), shift), wasm_i32x4_shr(wasm_i32x4_add(a.high, more), shift));
}

// --- colours: the factors of jccolor.c with 16 fractional bits, in parts that fit into 16 bits -------------------------------------

INLINE Wide half_of(v128_t a) {
  return (Wide){wasm_i32x4_shl(wasm_u32x4_extend_low_u16x8(a), 15), wasm_i32x4_shl(wasm_u32x4_extend_high_u16x8(a), 15)};
}
INLINE void ycc_of(v128_t r, v128_t g, v128_t b, v128_t out[3]) {
  const int middle = (128 << 16) + (1 << 15) - 1;
  out[0] = shifted(plus(products(r, g, 19595, 22086), products(b, g, 7471, 16384)), 1 << 15, 16);
  out[1] = shifted(plus(products(r, g, -11059, -21709), half_of(b)), middle, 16);
  out[2] = shifted(plus(products(b, g, -5329, -27439), half_of(r)), middle, 16);
}
void __wrap_jsimd_rgb_ycc_convert(j_compress_ptr cinfo, JSAMPARRAY input, JSAMPIMAGE output, JDIMENSION row, int rows) {
  const int width = cinfo->image_width;
  for (int i = 0; i < rows; i++, row++)
    for (int x = 0; x < width; x += 16) {
      // The caller's rows are not padded, those of the result are.
      uint8_t last[48];
      const uint8_t *from = input[i] + 3 * x;
      if (width - x < 16) from = memcpy(last, from, 3 * (width - x));
      v128_t v0 = wasm_v128_load(from), v1 = wasm_v128_load(from + 16), v2 = wasm_v128_load(from + 32);
      v128_t r = wasm_i8x16_shuffle(v0, v1, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
      r = wasm_i8x16_shuffle(r, v2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
      v128_t g = wasm_i8x16_shuffle(v0, v1, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
      g = wasm_i8x16_shuffle(g, v2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
      v128_t b = wasm_i8x16_shuffle(v0, v1, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
      b = wasm_i8x16_shuffle(b, v2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
      v128_t low[3], high[3];
      ycc_of(wasm_u16x8_extend_low_u8x16(r), wasm_u16x8_extend_low_u8x16(g), wasm_u16x8_extend_low_u8x16(b), low);
      ycc_of(wasm_u16x8_extend_high_u8x16(r), wasm_u16x8_extend_high_u8x16(g), wasm_u16x8_extend_high_u8x16(b), high);
      for (int c = 0; c < 3; c++) wasm_v128_store(output[c][row] + x, pack(low[c], high[c]));
    }
}

// Halves are rounded up and down alternately.
void __wrap_jsimd_h2v2_downsample(j_compress_ptr cinfo, jpeg_component_info *component, JSAMPARRAY input, JSAMPARRAY output) {
  const int width = cinfo->image_width, columns = component->width_in_blocks * DCTSIZE;
  const v128_t bias = wasm_i16x8_const(1, 2, 1, 2, 1, 2, 1, 2);
  for (int row = 0; row < component->v_samp_factor; row++) {
    uint8_t *upper = input[2 * row], *lower = input[2 * row + 1];
    if (2 * columns > width) {
      memset(upper + width, upper[width - 1], 2 * columns - width);
      memset(lower + width, lower[width - 1], 2 * columns - width);
    }
    for (int x = 0; x < columns; x += 8) {
      v128_t sum = wasm_i16x8_add(wasm_u16x8_extadd_pairwise_u8x16(wasm_v128_load(upper + 2 * x)),
                                  wasm_u16x8_extadd_pairwise_u8x16(wasm_v128_load(lower + 2 * x)));
      sum = wasm_u16x8_shr(wasm_i16x8_add(sum, bias), 2);
      wasm_v128_store64_lane(output[row] + x, pack(sum, sum), 0);
    }
  }
}

// --- transform (jfdctint.c: an algorithm of Loeffler, Ligtenberg and Moschytz) and quantisation ------------------------------------

void __wrap_jsimd_convsamp(JSAMPARRAY samples, JDIMENSION column, DCTELEM *workspace) {
  for (int i = 0; i < 8; i++)
    wasm_v128_store(workspace + 8 * i, wasm_i16x8_sub(load_wide(samples[i] + column), wasm_i16x8_const_splat(128)));
}

// Eight columns at once; all results but the first and the fifth have 13 fractional bits, and are shifted down.
INLINE void transform(v128_t x[8], int shift) {
  const int half = 1 << (shift - 1);
  v128_t sum[4], difference[4]; // tmp0 to tmp3, and tmp7 to tmp4
  for (int i = 0; i < 4; i++) sum[i] = wasm_i16x8_add(x[i], x[7 - i]), difference[i] = wasm_i16x8_sub(x[i], x[7 - i]);
  v128_t outer = wasm_i16x8_add(sum[0], sum[3]), outer_less = wasm_i16x8_sub(sum[0], sum[3]);
  v128_t inner = wasm_i16x8_add(sum[1], sum[2]), inner_less = wasm_i16x8_sub(sum[1], sum[2]);
  x[0] = wasm_i16x8_add(outer, inner), x[4] = wasm_i16x8_sub(outer, inner);
  x[2] = shifted(products(outer_less, inner_less, 4433 + 6270, 4433), half, shift);
  x[6] = shifted(products(outer_less, inner_less, 4433, 4433 - 15137), half, shift);
  v128_t t4 = difference[3], t5 = difference[2], t6 = difference[1], t7 = difference[0];
  v128_t z3 = wasm_i16x8_add(t4, t6), z4 = wasm_i16x8_add(t5, t7);
  Wide turn3 = products(z3, z4, 9633 - 16069, 9633), turn4 = products(z3, z4, 9633, 9633 - 3196);
  x[7] = shifted(plus(products(t4, t7, 2446 - 7373, -7373), turn3), half, shift);
  x[5] = shifted(plus(products(t5, t6, 16819 - 20995, -20995), turn4), half, shift);
  x[3] = shifted(plus(products(t6, t5, 25172 - 20995, -20995), turn3), half, shift);
  x[1] = shifted(plus(products(t7, t4, 12299 - 7373, -7373), turn4), half, shift);
}
void __wrap_jsimd_fdct_islow(DCTELEM *data) {
  v128_t x[8];
  for (int i = 0; i < 8; i++) x[i] = wasm_v128_load(data + 8 * i);
  transpose8(x);
  transform(x, 11);
  x[0] = wasm_i16x8_shl(x[0], 2), x[4] = wasm_i16x8_shl(x[4], 2);
  transpose8(x);
  transform(x, 15);
  const v128_t two = wasm_i16x8_const_splat(2);
  x[0] = wasm_i16x8_shr(wasm_i16x8_add(x[0], two), 2), x[4] = wasm_i16x8_shr(wasm_i16x8_add(x[4], two), 2);
  for (int i = 0; i < 8; i++) wasm_v128_store(data + 8 * i, x[i]);
}

INLINE v128_t upper_product(v128_t a, v128_t b) {
  return wasm_i16x8_shuffle(wasm_u32x4_extmul_low_u16x8(a, b), wasm_u32x4_extmul_high_u16x8(a, b), 1, 3, 5, 7, 9, 11, 13, 15);
}
// Divides by multiplying: a divisor's reciprocal, the amount to add first, and a power of two are 64 places apart.
void __wrap_jsimd_quantize(JCOEFPTR coefficients, DCTELEM *divisors, DCTELEM *workspace) {
  for (int i = 0; i < DCTSIZE2; i += 8) {
    v128_t value = wasm_v128_load(workspace + i), sign = wasm_i16x8_shr(value, 15);
    v128_t size = wasm_i16x8_add(wasm_i16x8_abs(value), wasm_v128_load(divisors + i + DCTSIZE2));
    size = upper_product(upper_product(size, wasm_v128_load(divisors + i)), wasm_v128_load(divisors + i + 2 * DCTSIZE2));
    wasm_v128_store(coefficients + i, wasm_i16x8_sub(wasm_v128_xor(size, sign), sign));
  }
}

// --- Huffman coding -----------------------------------------------------------------------------------------------------------------

// The beginning of jchuff.c's working_state.
typedef struct State {
  JOCTET *next;
  size_t free_bytes;
  unsigned long long bits;
  int free_bits;
} State;

INLINE JOCTET *put_bits(JOCTET *to, unsigned long long *bits, int *free_bits, unsigned code, int size) {
  if ((*free_bits -= size) >= 0) {
    *bits = *bits << size | code;
    return to;
  }
  unsigned long long full = *bits << (size + *free_bits) | code >> -*free_bits;
  *free_bits += 64, *bits = code;
  // A byte of ones is followed by zero.
  if (full & 0x8080808080808080 & ~(full + 0x0101010101010101)) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      *to++ = full >> shift;
      if ((full >> shift & 255) == 255) *to++ = 0;
    }
    return to;
  }
  full = __builtin_bswap64(full);
  memcpy(to, &full, 8);
  return to + 8;
}
// A value is written as the code of its size and then that many of its bits; for a negative one, the bits of the value less one.
INLINE JOCTET *put_value(JOCTET *to, unsigned long long *bits, int *free_bits, int value, int run, const c_derived_tbl *table) {
  int size = 32 - (value ? __builtin_clz(value < 0 ? -value : value) : 32);
  unsigned low = (unsigned)(value + (value >> 31)) & ((1u << size) - 1);
  int symbol = 16 * run + size;
  return put_bits(to, bits, free_bits, table->ehufco[symbol] << size | low, table->ehufsi[symbol] + size);
}

// For a row of eight coefficients, of which some are not zero: their places in zigzag order.
static unsigned long long zigzag[8][256];
static void make_zigzag(void) {
  for (int k = 0; k < DCTSIZE2; k++) {
    int at = jpeg_natural_order[k];
    for (int set = 0; set < 256; set++) if (set >> (at & 7) & 1) zigzag[at >> 3][set] |= 1ull << k;
  }
}

JOCTET *__wrap_jsimd_huff_encode_one_block(void *from, JOCTET *to, JCOEFPTR block, int last_dc, c_derived_tbl *dc_table,
                                           c_derived_tbl *ac_table) {
  State *state = from;
  unsigned long long bits = state->bits, set = 0;
  int free_bits = state->free_bits;
  if (!zigzag[0][1]) make_zigzag();
  to = put_value(to, &bits, &free_bits, block[0] - last_dc, 0, dc_table);
  const v128_t zero = wasm_i16x8_const_splat(0);
  for (int row = 0; row < 8; row += 2) {
    v128_t none = wasm_i8x16_narrow_i16x8(wasm_i16x8_eq(wasm_v128_load(block + 8 * row), zero), wasm_i16x8_eq(wasm_v128_load(block + 8 * row + 8), zero));
    unsigned some = ~wasm_i8x16_bitmask(none);
    set |= zigzag[row][some & 255] | zigzag[row + 1][some >> 8 & 255];
  }
  int before = 0;
  for (set &= ~1ull; set; set &= set - 1) {
    int k = __builtin_ctzll(set), run = k - before - 1;
    for (; run > 15; run -= 16) to = put_bits(to, &bits, &free_bits, ac_table->ehufco[0xf0], ac_table->ehufsi[0xf0]);
    to = put_value(to, &bits, &free_bits, block[jpeg_natural_order[k]], run, ac_table);
    before = k;
  }
  if (before < DCTSIZE2 - 1) to = put_bits(to, &bits, &free_bits, ac_table->ehufco[0], ac_table->ehufsi[0]);
  state->bits = bits, state->free_bits = free_bits;
  return to;
}
