// Colours with the arithmetic of FFmpeg's x86 code, which OpenCV runs, so that a frame equals cv2.VideoCapture's in every pixel. FFmpeg's C
// code rounds differently, by up to 9. There are two ways to packed RGB. 8-bit 4:2:0 and 4:2:2 in their own size are converted directly
// (libswscale/x86/yuv_2_rgb.asm). More bits, other chroma and other sizes go through swscale's filters, whose last step makes the
// colours (libswscale/x86/swscale_template.c); full chroma resolution is left to the C code, as on x86.
#include "libswscale/swscale.h"
#include "libswscale/swscale_internal.h"
#include "simd.h"

// The upper 16 bits of the products of 16-bit lanes.
INLINE v128_t multiply_high(v128_t a, v128_t b) {
  return wasm_i16x8_shuffle(wasm_i32x4_extmul_low_i16x8(a, b), wasm_i32x4_extmul_high_i16x8(a, b), 1, 3, 5, 7, 9, 11, 13, 15);
}

typedef struct Coefficients {
  v128_t y, y_offset, red_v, blue_u, green_u, green_v;
} Coefficients;

// What eight chroma samples add to the luma of the two pixels (and, in 4:2:0, the two rows) that share them.
typedef struct Chroma {
  v128_t red, green, blue;
} Chroma;

INLINE Coefficients coefficients_of(const struct SwsContext *scaler) {
  return (Coefficients){wasm_i16x8_splat(scaler->yCoeff),  wasm_i16x8_splat(scaler->yOffset), wasm_i16x8_splat(scaler->vrCoeff),
                        wasm_i16x8_splat(scaler->ubCoeff), wasm_i16x8_splat(scaler->ugCoeff), wasm_i16x8_splat(scaler->vgCoeff)};
}

// Samples here are 8-bit values times eight.
INLINE Chroma chroma_of(const Coefficients *k, v128_t u, v128_t v) {
  const v128_t middle = wasm_i16x8_const_splat(1024);
  u = wasm_i16x8_sub(u, middle), v = wasm_i16x8_sub(v, middle);
  return (Chroma){multiply_high(v, k->red_v), wasm_i16x8_add_sat(multiply_high(u, k->green_u), multiply_high(v, k->green_v)),
                  multiply_high(u, k->blue_u)};
}

// Sixteen pixels to 48 bytes of R G B. Between the two, the even pixels are in the low half of a register and the odd ones in the high.
INLINE void convert(const Coefficients *k, const Chroma *add, v128_t even, v128_t odd, uint8_t *to) {
  even = multiply_high(wasm_i16x8_sub(even, k->y_offset), k->y);
  odd = multiply_high(wasm_i16x8_sub(odd, k->y_offset), k->y);
  v128_t r = pack(wasm_i16x8_add_sat(even, add->red), wasm_i16x8_add_sat(odd, add->red));
  v128_t g = pack(wasm_i16x8_add_sat(even, add->green), wasm_i16x8_add_sat(odd, add->green));
  v128_t b = pack(wasm_i16x8_add_sat(even, add->blue), wasm_i16x8_add_sat(odd, add->blue));
  v128_t two = wasm_i8x16_shuffle(r, g, 0, 16, 0, 8, 24, 0, 1, 17, 0, 9, 25, 0, 2, 18, 0, 10);
  wasm_v128_store(to, wasm_i8x16_shuffle(two, b, 0, 1, 16, 3, 4, 24, 6, 7, 17, 9, 10, 25, 12, 13, 18, 15));
  two = wasm_i8x16_shuffle(g, r, 10, 0, 19, 3, 0, 27, 11, 0, 20, 4, 0, 28, 12, 0, 21, 5);
  wasm_v128_store(to + 16, wasm_i8x16_shuffle(two, b, 0, 26, 2, 3, 19, 5, 6, 27, 8, 9, 20, 11, 12, 28, 14, 15));
  two = wasm_i8x16_shuffle(r, g, 0, 13, 29, 0, 6, 22, 0, 14, 30, 0, 7, 23, 0, 15, 31, 0);
  wasm_v128_store(to + 32, wasm_i8x16_shuffle(two, b, 21, 1, 2, 29, 4, 5, 22, 7, 8, 30, 10, 11, 23, 13, 14, 31));
}

// Whether `scaler` is one that x86 converts this way: no scaling, and rows in pairs (else FFmpeg interpolates chroma).
int rgb_is_direct(const struct SwsContext *scaler) {
  return scaler->srcW == scaler->dstW && scaler->srcH == scaler->dstH && !(scaler->dstH & 1) && scaler->dstFormat == AV_PIX_FMT_RGB24 &&
         (scaler->srcFormat == AV_PIX_FMT_YUV420P || scaler->srcFormat == AV_PIX_FMT_YUV422P);
}

INLINE void convert_bytes(const Coefficients *k, const Chroma *add, const uint8_t *y, uint8_t *to) {
  v128_t luma = wasm_v128_load(y);
  convert(k, add, wasm_i16x8_shl(wasm_v128_and(luma, wasm_i16x8_const_splat(255)), 3), wasm_i16x8_shl(wasm_u16x8_shr(luma, 8), 3), to);
}

void rgb_rows(const struct SwsContext *scaler, const uint8_t *const planes[], const int strides[], uint8_t *to, int stride, int rows) {
  const Coefficients k = coefficients_of(scaler);
  const uint8_t *y = planes[0], *u = planes[1], *v = planes[2];
  int width = scaler->srcW, together = scaler->srcFormat == AV_PIX_FMT_YUV420P ? 2 : 1;
  for (int row = 0; row < rows; row += together) {
    int x = 0;
    for (; x + 16 <= width; x += 16) {
      Chroma add = chroma_of(&k, wasm_i16x8_shl(load_wide(u + x / 2), 3), wasm_i16x8_shl(load_wide(v + x / 2), 3));
      convert_bytes(&k, &add, y + x, to + 3 * x);
      if (together == 2) convert_bytes(&k, &add, y + strides[0] + x, to + stride + 3 * x);
    }
    if (x < width) {
      // FFmpeg's pictures have room behind their rows for these last loads; the result has none.
      Chroma add = chroma_of(&k, wasm_i16x8_shl(load_wide(u + x / 2), 3), wasm_i16x8_shl(load_wide(v + x / 2), 3));
      for (int i = 0; i < together; i++) {
        uint8_t rest[48];
        convert_bytes(&k, &add, y + i * strides[0] + x, rest);
        __builtin_memcpy(to + i * stride + 3 * x, rest, 3 * (width - x));
      }
    }
    y += together * strides[0], u += strides[1], v += strides[2], to += together * stride;
  }
}

// swscale's filtered rows hold 8-bit values times 128, and are longer than the picture by more than a register.
INLINE void convert_filtered(const Coefficients *k, v128_t u, v128_t v, v128_t left, v128_t right, uint8_t *to, int pixels) {
  Chroma add = chroma_of(k, u, v);
  v128_t even = wasm_i16x8_shuffle(left, right, 0, 2, 4, 6, 8, 10, 12, 14);
  v128_t odd = wasm_i16x8_shuffle(left, right, 1, 3, 5, 7, 9, 11, 13, 15);
  if (pixels >= 16) return convert(k, &add, even, odd, to);
  uint8_t rest[48];
  convert(k, &add, even, odd, rest);
  __builtin_memcpy(to, rest, 3 * pixels);
}

INLINE v128_t filtered(const int16_t *filter, const int16_t *const rows[], int size, int x) {
  v128_t sum = wasm_i16x8_const_splat(4);
  for (int i = 0; i < size; i++)
    sum = wasm_i16x8_add(sum, multiply_high(wasm_v128_load(rows[i] + x), wasm_i16x8_splat(filter[i])));
  return sum;
}

// A row made from several rows.
static void packed_of_many(struct SwsContext *scaler, const int16_t *y_filter, const int16_t **y, int y_size, const int16_t *filter,
                           const int16_t **u, const int16_t **v, int size, const int16_t **alpha, uint8_t *to, int width, int row) {
  const Coefficients k = coefficients_of(scaler);
  for (int x = 0; x < width; x += 16)
    convert_filtered(&k, filtered(filter, u, size, x / 2), filtered(filter, v, size, x / 2), filtered(y_filter, y, y_size, x),
                     filtered(y_filter, y, y_size, x + 8), to + 3 * x, width - x);
}

// A row made from one row, or with its chroma half way between two.
static void packed_of_one(struct SwsContext *scaler, const int16_t *y, const int16_t **u, const int16_t **v, const int16_t *alpha,
                          uint8_t *to, int width, int between, int row) {
  const Coefficients k = coefficients_of(scaler);
  for (int x = 0; x < width; x += 16) {
    v128_t u_row = wasm_v128_load(u[0] + x / 2), v_row = wasm_v128_load(v[0] + x / 2);
    if (between < 2048) {
      u_row = wasm_i16x8_shr(u_row, 4), v_row = wasm_i16x8_shr(v_row, 4);
    } else {
      u_row = wasm_u16x8_shr(wasm_i16x8_add(u_row, wasm_v128_load(u[1] + x / 2)), 5);
      v_row = wasm_u16x8_shr(wasm_i16x8_add(v_row, wasm_v128_load(v[1] + x / 2)), 5);
    }
    convert_filtered(&k, u_row, v_row, wasm_i16x8_shr(wasm_v128_load(y + x), 4), wasm_i16x8_shr(wasm_v128_load(y + x + 8), 4), to + 3 * x,
                     width - x);
  }
}

// Installs these where x86 has its own. The last two rows of a picture use C there too, which swscale ensures itself.
void rgb_filtered(struct SwsContext *scaler) {
  if (scaler->dstFormat != AV_PIX_FMT_RGB24 || scaler->flags & SWS_FULL_CHR_H_INT) return;
  if (scaler->yuv2packedX) scaler->yuv2packedX = packed_of_many;
  if (scaler->yuv2packed1) scaler->yuv2packed1 = packed_of_one;
}
