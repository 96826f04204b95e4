/* The SSE2 intrinsics that libwebp uses, in WebAssembly's SIMD, so that libwebp's code for x86 runs here. */
#ifndef EMMINTRIN_H
#define EMMINTRIN_H
#include <wasm_simd128.h>

typedef v128_t __m128i;
#define SSE2 static inline __attribute__((always_inline))
#define TWO(name, call) \
  SSE2 __m128i name(__m128i a, __m128i b) { return call; }
#define SHIFT(name, call) \
  SSE2 __m128i name(__m128i a, int count) { return call; }

SSE2 __m128i _mm_loadu_si128(const __m128i *from) { return wasm_v128_load(from); }
SSE2 __m128i _mm_load_si128(const __m128i *from) { return wasm_v128_load(from); }
SSE2 __m128i _mm_loadl_epi64(const __m128i *from) { return wasm_v128_load64_zero(from); }
SSE2 void _mm_storeu_si128(__m128i *to, __m128i a) { wasm_v128_store(to, a); }
SSE2 void _mm_store_si128(__m128i *to, __m128i a) { wasm_v128_store(to, a); }
SSE2 void _mm_storel_epi64(__m128i *to, __m128i a) { wasm_v128_store64_lane(to, a, 0); }

SSE2 __m128i _mm_setzero_si128(void) { return wasm_i32x4_const_splat(0); }
SSE2 __m128i _mm_set1_epi8(char a) { return wasm_i8x16_splat(a); }
SSE2 __m128i _mm_set1_epi16(short a) { return wasm_i16x8_splat(a); }
SSE2 __m128i _mm_set1_epi32(int a) { return wasm_i32x4_splat(a); }
SSE2 __m128i _mm_set_epi32(int d, int c, int b, int a) { return wasm_i32x4_make(a, b, c, d); }
SSE2 __m128i _mm_set_epi16(short h, short g, short f, short e, short d, short c, short b, short a) {
  return wasm_i16x8_make(a, b, c, d, e, f, g, h);
}
SSE2 __m128i _mm_cvtsi32_si128(int a) { return wasm_i32x4_make(a, 0, 0, 0); }
SSE2 int _mm_cvtsi128_si32(__m128i a) { return wasm_i32x4_extract_lane(a, 0); }
SSE2 int _mm_movemask_epi8(__m128i a) { return wasm_i8x16_bitmask(a); }
#define _mm_insert_epi16(a, value, lane) wasm_i16x8_replace_lane(a, lane, value)

TWO(_mm_and_si128, wasm_v128_and(a, b))
TWO(_mm_or_si128, wasm_v128_or(a, b))
TWO(_mm_xor_si128, wasm_v128_xor(a, b))
TWO(_mm_andnot_si128, wasm_v128_andnot(b, a))
TWO(_mm_add_epi8, wasm_i8x16_add(a, b))
TWO(_mm_add_epi16, wasm_i16x8_add(a, b))
TWO(_mm_add_epi32, wasm_i32x4_add(a, b))
TWO(_mm_add_epi64, wasm_i64x2_add(a, b))
TWO(_mm_sub_epi8, wasm_i8x16_sub(a, b))
TWO(_mm_sub_epi16, wasm_i16x8_sub(a, b))
TWO(_mm_sub_epi32, wasm_i32x4_sub(a, b))
TWO(_mm_sub_epi64, wasm_i64x2_sub(a, b))
TWO(_mm_adds_epi8, wasm_i8x16_add_sat(a, b))
TWO(_mm_adds_epi16, wasm_i16x8_add_sat(a, b))
TWO(_mm_adds_epu8, wasm_u8x16_add_sat(a, b))
TWO(_mm_adds_epu16, wasm_u16x8_add_sat(a, b))
TWO(_mm_subs_epi8, wasm_i8x16_sub_sat(a, b))
TWO(_mm_subs_epi16, wasm_i16x8_sub_sat(a, b))
TWO(_mm_subs_epu8, wasm_u8x16_sub_sat(a, b))
TWO(_mm_subs_epu16, wasm_u16x8_sub_sat(a, b))
TWO(_mm_avg_epu8, wasm_u8x16_avgr(a, b))
TWO(_mm_min_epi16, wasm_i16x8_min(a, b))
TWO(_mm_max_epi16, wasm_i16x8_max(a, b))
TWO(_mm_min_epu8, wasm_u8x16_min(a, b))
TWO(_mm_max_epu8, wasm_u8x16_max(a, b))
TWO(_mm_cmpeq_epi8, wasm_i8x16_eq(a, b))
TWO(_mm_cmpeq_epi16, wasm_i16x8_eq(a, b))
TWO(_mm_cmpeq_epi32, wasm_i32x4_eq(a, b))
TWO(_mm_cmpgt_epi8, wasm_i8x16_gt(a, b))
TWO(_mm_cmpgt_epi16, wasm_i16x8_gt(a, b))
TWO(_mm_cmpgt_epi32, wasm_i32x4_gt(a, b))
TWO(_mm_mullo_epi16, wasm_i16x8_mul(a, b))
TWO(_mm_madd_epi16, wasm_i32x4_dot_i16x8(a, b))
#define HIGH_HALVES(low, high) wasm_i16x8_shuffle(low, high, 1, 3, 5, 7, 9, 11, 13, 15)
TWO(_mm_mulhi_epi16, HIGH_HALVES(wasm_i32x4_extmul_low_i16x8(a, b), wasm_i32x4_extmul_high_i16x8(a, b)))
TWO(_mm_mulhi_epu16, HIGH_HALVES(wasm_u32x4_extmul_low_u16x8(a, b), wasm_u32x4_extmul_high_u16x8(a, b)))
TWO(_mm_mul_epu32, wasm_u64x2_extmul_low_u32x4(wasm_i32x4_shuffle(a, a, 0, 2, 0, 2), wasm_i32x4_shuffle(b, b, 0, 2, 0, 2)))
SSE2 __m128i _mm_sad_epu8(__m128i a, __m128i b) {
  __m128i distance = wasm_v128_or(wasm_u8x16_sub_sat(a, b), wasm_u8x16_sub_sat(b, a));
  __m128i fours = wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(distance));
  return wasm_v128_and(wasm_i64x2_add(fours, wasm_u64x2_shr(fours, 32)), wasm_i64x2_const_splat(0xffffffff));
}

SHIFT(_mm_slli_epi16, wasm_i16x8_shl(a, count))
SHIFT(_mm_slli_epi64, wasm_i64x2_shl(a, count))
SHIFT(_mm_srli_epi16, wasm_u16x8_shr(a, count))
SHIFT(_mm_srli_epi32, wasm_u32x4_shr(a, count))
SHIFT(_mm_srli_epi64, wasm_u64x2_shr(a, count))
SHIFT(_mm_srai_epi16, wasm_i16x8_shr(a, count))
SHIFT(_mm_srai_epi32, wasm_i32x4_shr(a, count))
#define SIXTEEN_FROM(n) (n), (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, (n) + 7, (n) + 8, (n) + 9, (n) + 10, (n) + 11, \
  (n) + 12, (n) + 13, (n) + 14, (n) + 15
#define SHUFFLE_BYTES(...) wasm_i8x16_shuffle(__VA_ARGS__)
#define _mm_srli_si128(a, n) SHUFFLE_BYTES(a, wasm_i32x4_const_splat(0), SIXTEEN_FROM(n))
#define _mm_slli_si128(a, n) SHUFFLE_BYTES(wasm_i32x4_const_splat(0), a, SIXTEEN_FROM(16 - (n)))

TWO(_mm_packs_epi16, wasm_i8x16_narrow_i16x8(a, b))
TWO(_mm_packs_epi32, wasm_i16x8_narrow_i32x4(a, b))
TWO(_mm_packus_epi16, wasm_u8x16_narrow_i16x8(a, b))
TWO(_mm_unpacklo_epi8, wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23))
TWO(_mm_unpackhi_epi8, wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31))
TWO(_mm_unpacklo_epi16, wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11))
TWO(_mm_unpackhi_epi16, wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15))
TWO(_mm_unpacklo_epi32, wasm_i32x4_shuffle(a, b, 0, 4, 1, 5))
TWO(_mm_unpackhi_epi32, wasm_i32x4_shuffle(a, b, 2, 6, 3, 7))
TWO(_mm_unpacklo_epi64, wasm_i64x2_shuffle(a, b, 0, 2))
TWO(_mm_unpackhi_epi64, wasm_i64x2_shuffle(a, b, 1, 3))
#define _MM_SHUFFLE(d, c, b, a) ((d) << 6 | (c) << 4 | (b) << 2 | (a))
#define _mm_shuffle_epi32(a, s) wasm_i32x4_shuffle(a, a, (s) & 3, (s) >> 2 & 3, (s) >> 4 & 3, (s) >> 6 & 3)
#define _mm_shufflelo_epi16(a, s) wasm_i16x8_shuffle(a, a, (s) & 3, (s) >> 2 & 3, (s) >> 4 & 3, (s) >> 6 & 3, 4, 5, 6, 7)
#define _mm_shufflehi_epi16(a, s) \
  wasm_i16x8_shuffle(a, a, 0, 1, 2, 3, 4 + ((s) & 3), 4 + ((s) >> 2 & 3), 4 + ((s) >> 4 & 3), 4 + ((s) >> 6 & 3))
#endif
