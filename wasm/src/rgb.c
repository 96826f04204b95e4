// 8-bit 4:2:0 and 4:2:2 to packed RGB with SIMD, with the numbers of FFmpeg's x86 code (libswscale/x86/yuv_2_rgb.asm), which is what
// OpenCV runs: so a frame equals cv2.VideoCapture's in every pixel. FFmpeg's C converter rounds otherwise, by up to 3.
#include "libswscale/swscale_internal.h"
#include "simd.h"

// The upper 16 bits of the products of 16-bit lanes.
INLINE v128_t multiply_high(v128_t a, v128_t b) {
  return wasm_i16x8_shuffle(wasm_i32x4_extmul_low_i16x8(a, b), wasm_i32x4_extmul_high_i16x8(a, b), 1, 3, 5, 7, 9, 11, 13, 15);
}

typedef struct Coefficients {
  v128_t y, y_offset, red_v, blue_u, green_u, green_v;
} Coefficients;

// Sixteen pixels: `y` are their luma bytes, `u` and `v` eight chroma bytes in the low half.
INLINE void convert(const Coefficients *k, v128_t y, v128_t u, v128_t v, v128_t *red, v128_t *green, v128_t *blue) {
  const v128_t middle = wasm_i16x8_const_splat(1024);
  v128_t even = wasm_v128_and(y, wasm_i16x8_const_splat(255)), odd = wasm_u16x8_shr(y, 8);
  even = multiply_high(wasm_i16x8_sub(wasm_i16x8_shl(even, 3), k->y_offset), k->y);
  odd = multiply_high(wasm_i16x8_sub(wasm_i16x8_shl(odd, 3), k->y_offset), k->y);
  u = wasm_i16x8_sub(wasm_i16x8_shl(wasm_u16x8_extend_low_u8x16(u), 3), middle);
  v = wasm_i16x8_sub(wasm_i16x8_shl(wasm_u16x8_extend_low_u8x16(v), 3), middle);
  v128_t add_green = wasm_i16x8_add_sat(multiply_high(u, k->green_u), multiply_high(v, k->green_v));
  v128_t add_blue = multiply_high(u, k->blue_u), add_red = multiply_high(v, k->red_v);
#define MERGE(add)                                                                                                      \
  wasm_i8x16_shuffle(pack(wasm_i16x8_add_sat(even, add), wasm_i16x8_add_sat(odd, add)), wasm_i8x16_const_splat(0), 0, 8, 1, 9, 2, \
                     10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)
  *red = MERGE(add_red);
  *green = MERGE(add_green);
  *blue = MERGE(add_blue);
}

// Three planes of sixteen bytes to 48 bytes of R G B.
INLINE void store_rgb(uint8_t *to, v128_t r, v128_t g, v128_t b) {
  v128_t rg = wasm_i8x16_shuffle(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  wasm_v128_store(to, wasm_i8x16_shuffle(rg, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
  rg = wasm_i8x16_shuffle(g, r, 5, 0, 22, 6, 0, 23, 7, 0, 24, 8, 0, 25, 9, 0, 26, 10);
  wasm_v128_store(to + 16, wasm_i8x16_shuffle(rg, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15));
  rg = wasm_i8x16_shuffle(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  wasm_v128_store(to + 32, wasm_i8x16_shuffle(rg, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31));
}

// Whether `scaler` is one that x86 converts this way: no scaling, and rows in pairs (else FFmpeg interpolates chroma).
int rgb_is_direct(const struct SwsContext *scaler) {
  return scaler->srcW == scaler->dstW && scaler->srcH == scaler->dstH && !(scaler->dstH & 1) && scaler->dstFormat == AV_PIX_FMT_RGB24 &&
         (scaler->srcFormat == AV_PIX_FMT_YUV420P || scaler->srcFormat == AV_PIX_FMT_YUV422P);
}

void rgb_rows(const struct SwsContext *scaler, const uint8_t *const planes[], const int strides[], uint8_t *to, int stride, int rows) {
  const Coefficients k = {
      wasm_i16x8_splat(scaler->yCoeff),  wasm_i16x8_splat(scaler->yOffset), wasm_i16x8_splat(scaler->vrCoeff),
      wasm_i16x8_splat(scaler->ubCoeff), wasm_i16x8_splat(scaler->ugCoeff), wasm_i16x8_splat(scaler->vgCoeff)};
  int width = scaler->srcW, halved = scaler->srcFormat == AV_PIX_FMT_YUV420P;
  for (int row = 0; row < rows; row++, to += stride) {
    const uint8_t *y = planes[0] + (ptrdiff_t)row * strides[0], *u = planes[1] + (ptrdiff_t)(row >> halved) * strides[1],
                  *v = planes[2] + (ptrdiff_t)(row >> halved) * strides[2];
    v128_t red, green, blue;
    int x = 0;
    for (; x + 16 <= width; x += 16) {
      convert(&k, wasm_v128_load(y + x), wasm_v128_load64_zero(u + x / 2), wasm_v128_load64_zero(v + x / 2), &red, &green, &blue);
      store_rgb(to + 3 * x, red, green, blue);
    }
    if (x == width) continue;
    // FFmpeg's pictures have room behind their rows for this last load; the result has none.
    uint8_t rest[48];
    convert(&k, wasm_v128_load(y + x), wasm_v128_load64_zero(u + x / 2), wasm_v128_load64_zero(v + x / 2), &red, &green, &blue);
    store_rgb(rest, red, green, blue);
    __builtin_memcpy(to + 3 * x, rest, 3 * (width - x));
  }
}
