// libjpeg-turbo's inverse transform, chroma upsampling and colour conversion with SIMD, in the functions that its assembly would provide
// (jsimd.h). Results equal those of its x86 code, and of its C code for every picture that an encoder wrote.
#define JPEG_INTERNALS
#include "jinclude.h"
#include "jpeglib.h"
#include "jdct.h"
#include "transpose.h"

int __wrap_jsimd_can_idct_islow(void) { return 1; }
int __wrap_jsimd_can_ycc_rgb(void) { return 1; }
int __wrap_jsimd_can_h2v2_fancy_upsample(void) { return 1; }
int __wrap_jsimd_can_h2v1_fancy_upsample(void) { return 1; }

// Constants of jidctint.c, with 13 fractional bits.
#define F_0_298 2446
#define F_0_390 3196
#define F_0_541 4433
#define F_0_765 6270
#define F_0_899 7373
#define F_1_175 9633
#define F_1_501 12299
#define F_1_847 15137
#define F_1_961 16069
#define F_2_053 16819
#define F_2_562 20995
#define F_3_072 25172

INLINE Wide shifted_up(v128_t a) {
  return (Wide){wasm_i32x4_shl(wasm_i32x4_extend_low_i16x8(a), 13), wasm_i32x4_shl(wasm_i32x4_extend_high_i16x8(a), 13)};
}
INLINE v128_t descaled(Wide a, int shift) {
  const v128_t half = wasm_i32x4_splat(1 << (shift - 1));
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(a.low, half), shift), wasm_i32x4_shr(wasm_i32x4_add(a.high, half), shift));
}

// The transform of eight columns at once (jidctint.c: an algorithm of Loeffler, Ligtenberg and Moschytz).
INLINE void transform(v128_t x[8], int shift) {
  Wide even2 = products(x[2], x[6], F_0_541, F_0_541 - F_1_847);
  Wide even3 = products(x[2], x[6], F_0_541 + F_0_765, F_0_541);
  Wide even0 = shifted_up(wasm_i16x8_add(x[0], x[4])), even1 = shifted_up(wasm_i16x8_sub(x[0], x[4]));
  Wide sum0 = plus(even0, even3), sum3 = minus(even0, even3), sum1 = plus(even1, even2), sum2 = minus(even1, even2);
  v128_t z3 = wasm_i16x8_add(x[7], x[3]), z4 = wasm_i16x8_add(x[5], x[1]);
  Wide turn3 = products(z3, z4, F_1_175 - F_1_961, F_1_175), turn4 = products(z3, z4, F_1_175, F_1_175 - F_0_390);
  Wide odd0 = plus(products(x[7], x[1], F_0_298 - F_0_899, -F_0_899), turn3);
  Wide odd3 = plus(products(x[7], x[1], -F_0_899, F_1_501 - F_0_899), turn4);
  Wide odd1 = plus(products(x[5], x[3], F_2_053 - F_2_562, -F_2_562), turn4);
  Wide odd2 = plus(products(x[5], x[3], -F_2_562, F_3_072 - F_2_562), turn3);
  x[0] = descaled(plus(sum0, odd3), shift), x[7] = descaled(minus(sum0, odd3), shift);
  x[1] = descaled(plus(sum1, odd2), shift), x[6] = descaled(minus(sum1, odd2), shift);
  x[2] = descaled(plus(sum2, odd1), shift), x[5] = descaled(minus(sum2, odd1), shift);
  x[3] = descaled(plus(sum3, odd0), shift), x[4] = descaled(minus(sum3, odd0), shift);
}

void __wrap_jsimd_idct_islow(j_decompress_ptr cinfo, jpeg_component_info *component, JCOEFPTR coefficients, JSAMPARRAY output,
                             JDIMENSION column) {
  const ISLOW_MULT_TYPE *factors = (const ISLOW_MULT_TYPE *)component->dct_table;
  v128_t x[8], any = wasm_i16x8_const_splat(0);
  for (int i = 0; i < 8; i++) {
    x[i] = wasm_v128_load(coefficients + 8 * i);
    any = wasm_v128_or(any, i == 0 ? wasm_i16x8_replace_lane(x[0], 0, 0) : x[i]);
  }
  if (!wasm_v128_any_true(any)) {
    // A block of one colour: most of a sky, or of a scanned page.
    int value = ((int16_t)(coefficients[0] * factors[0]) * 4 + 16) >> 5;
    v128_t samples = wasm_i8x16_splat((value < -128 ? -128 : value > 127 ? 127 : value) + 128);
    for (int i = 0; i < 8; i++) wasm_v128_store64_lane(output[i] + column, samples, 0);
    return;
  }
  for (int i = 0; i < 8; i++) x[i] = wasm_i16x8_mul(x[i], wasm_v128_load(factors + 8 * i));
  transform(x, 11);
  transpose8(x);
  transform(x, 18);
  transpose8(x);
  for (int i = 0; i < 8; i++) {
    v128_t samples = wasm_i8x16_add(wasm_i8x16_narrow_i16x8(x[i], x[i]), wasm_i8x16_const_splat((int8_t)0x80));
    wasm_v128_store64_lane(output[i] + column, samples, 0);
  }
}

// What chroma adds to the luma of eight pixels, with the arithmetic of jdcolor.c's tables (16 fractional bits, rounded).
typedef struct Added {
  v128_t red, green, blue;
} Added;
INLINE v128_t upper_halves(Wide a) {
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(a.low, 16), wasm_i32x4_shr(a.high, 16));
}
INLINE Added added_by(v128_t cb, v128_t cr) {
  const v128_t middle = wasm_i16x8_const_splat(128), quarter = wasm_i16x8_const_splat(1 << 14);
  const Wide half = {wasm_i32x4_const_splat(1 << 15), wasm_i32x4_const_splat(1 << 15)};
  cb = wasm_i16x8_sub(cb, middle), cr = wasm_i16x8_sub(cr, middle);
  // 1.402 = 1 + 26345 / 65536, and so on: the rest of each factor fits into 16 bits. Twice a quarter rounds.
  v128_t red = wasm_i16x8_add(cr, upper_halves(products(cr, quarter, 26345, 2)));
  v128_t green = wasm_i16x8_sub(upper_halves(plus(products(cb, cr, -22554, 18734), half)), cr);
  v128_t blue = wasm_i16x8_add(wasm_i16x8_shl(cb, 1), upper_halves(products(cb, quarter, -14942, 2)));
  return (Added){red, green, blue};
}

void __wrap_jsimd_ycc_rgb_convert(j_decompress_ptr cinfo, JSAMPIMAGE input, JDIMENSION row, JSAMPARRAY output, int rows) {
  const int width = cinfo->output_width;
  for (int i = 0; i < rows; i++, row++) {
    const uint8_t *y = input[0][row], *cb = input[1][row], *cr = input[2][row];
    uint8_t *to = output[i];
    for (int x = 0; x < width; x += 16) {
      // libjpeg's rows are padded to whole blocks and to its alignment, so these loads stay inside them; the result's rows are not.
      Added low = added_by(load_wide(cb + x), load_wide(cr + x)), high = added_by(load_wide(cb + x + 8), load_wide(cr + x + 8));
      v128_t y_low = load_wide(y + x), y_high = load_wide(y + x + 8);
      v128_t r = pack(wasm_i16x8_add(y_low, low.red), wasm_i16x8_add(y_high, high.red));
      v128_t g = pack(wasm_i16x8_add(y_low, low.green), wasm_i16x8_add(y_high, high.green));
      v128_t b = pack(wasm_i16x8_add(y_low, low.blue), wasm_i16x8_add(y_high, high.blue));
      v128_t rgb[3];
      v128_t two = wasm_i8x16_shuffle(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
      rgb[0] = wasm_i8x16_shuffle(two, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
      two = wasm_i8x16_shuffle(g, r, 5, 0, 22, 6, 0, 23, 7, 0, 24, 8, 0, 25, 9, 0, 26, 10);
      rgb[1] = wasm_i8x16_shuffle(two, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
      two = wasm_i8x16_shuffle(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
      rgb[2] = wasm_i8x16_shuffle(two, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
      __builtin_memcpy(to + 3 * x, rgb, width - x >= 16 ? 48 : 3 * (width - x));
    }
  }
}

// 3 * nearer + further of two rows of chroma.
INLINE v128_t column_sums(const uint8_t *nearer, const uint8_t *further) {
  return wasm_i16x8_add(wasm_i16x8_mul(load_wide(nearer), wasm_i16x8_const_splat(3)), load_wide(further));
}
INLINE int column_sum(const uint8_t *nearer, const uint8_t *further, int x) { return 3 * nearer[x] + further[x]; }

void __wrap_jsimd_h2v2_fancy_upsample(j_decompress_ptr cinfo, jpeg_component_info *component, JSAMPARRAY input,
                                          JSAMPARRAY *output_ptr) {
  const int width = component->downsampled_width; // More than two.
  const v128_t three = wasm_i16x8_const_splat(3), eight = wasm_i16x8_const_splat(8), seven = wasm_i16x8_const_splat(7);
  for (int row = 0; row < cinfo->max_v_samp_factor; row++) {
    const uint8_t *nearer = input[row / 2], *further = input[row / 2 + (row & 1 ? 1 : -1)];
    uint8_t *to = (*output_ptr)[row];
    to[0] = (column_sum(nearer, further, 0) * 4 + 8) >> 4;
    to[1] = (column_sum(nearer, further, 0) * 3 + column_sum(nearer, further, 1) + 7) >> 4;
    int x = 1;
    for (; x + 9 <= width; x += 8) {
      v128_t here = wasm_i16x8_mul(column_sums(nearer + x, further + x), three);
      v128_t left = wasm_i16x8_add(here, column_sums(nearer + x - 1, further + x - 1));
      v128_t right = wasm_i16x8_add(here, column_sums(nearer + x + 1, further + x + 1));
      left = wasm_u16x8_shr(wasm_i16x8_add(left, eight), 4), right = wasm_u16x8_shr(wasm_i16x8_add(right, seven), 4);
      wasm_v128_store(to + 2 * x, wasm_v128_or(left, wasm_i16x8_shl(right, 8)));
    }
    for (; x < width - 1; x++) {
      int here = column_sum(nearer, further, x) * 3;
      to[2 * x] = (here + column_sum(nearer, further, x - 1) + 8) >> 4;
      to[2 * x + 1] = (here + column_sum(nearer, further, x + 1) + 7) >> 4;
    }
    to[2 * x] = (column_sum(nearer, further, x) * 3 + column_sum(nearer, further, x - 1) + 8) >> 4;
    to[2 * x + 1] = (column_sum(nearer, further, x) * 4 + 7) >> 4;
  }
}

void __wrap_jsimd_h2v1_fancy_upsample(j_decompress_ptr cinfo, jpeg_component_info *component, JSAMPARRAY input,
                                          JSAMPARRAY *output_ptr) {
  const int width = component->downsampled_width; // More than two.
  const v128_t three = wasm_i16x8_const_splat(3), one = wasm_i16x8_const_splat(1), two = wasm_i16x8_const_splat(2);
  for (int row = 0; row < cinfo->max_v_samp_factor; row++) {
    const uint8_t *from = input[row];
    uint8_t *to = (*output_ptr)[row];
    to[0] = from[0];
    to[1] = (from[0] * 3 + from[1] + 2) >> 2;
    int x = 1;
    for (; x + 9 <= width; x += 8) {
      v128_t here = wasm_i16x8_mul(load_wide(from + x), three);
      v128_t left = wasm_u16x8_shr(wasm_i16x8_add(wasm_i16x8_add(here, load_wide(from + x - 1)), one), 2);
      v128_t right = wasm_u16x8_shr(wasm_i16x8_add(wasm_i16x8_add(here, load_wide(from + x + 1)), two), 2);
      wasm_v128_store(to + 2 * x, wasm_v128_or(left, wasm_i16x8_shl(right, 8)));
    }
    for (; x < width - 1; x++) {
      to[2 * x] = (from[x] * 3 + from[x - 1] + 1) >> 2;
      to[2 * x + 1] = (from[x] * 3 + from[x + 1] + 2) >> 2;
    }
    to[2 * x] = (from[x] * 3 + from[x - 1] + 1) >> 2;
    to[2 * x + 1] = from[x];
  }
}
