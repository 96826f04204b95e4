/* What the SIMD files share: loads and stores of 4, 8 or 16 bytes, and names of FFmpeg's without including its headers. */
#ifndef SIMD_H
#define SIMD_H
#include <stddef.h>
#include <stdint.h>
#include <wasm_simd128.h>

#define INLINE static inline __attribute__((always_inline))

/* Eight bytes as eight 16-bit lanes. */
INLINE v128_t load_wide(const uint8_t *from) { return wasm_u16x8_load8x8(from); }

INLINE v128_t load_bytes(const uint8_t *from, int count) {
  return count == 16 ? wasm_v128_load(from) : count == 8 ? wasm_v128_load64_zero(from) : wasm_v128_load32_zero(from);
}
INLINE void store_bytes(uint8_t *to, v128_t bytes, int count) {
  if (count == 16) wasm_v128_store(to, bytes);
  else if (count == 8) wasm_v128_store64_lane(to, bytes, 0);
  else wasm_v128_store32_lane(to, bytes, 0);
}
/* 16-bit lanes to bytes, clipped to 0..255. */
INLINE v128_t pack(v128_t low, v128_t high) { return wasm_u8x16_narrow_i16x8(low, high); }

#define INTERLEAVE_BYTES_LOW(a, b) wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVE_BYTES_HIGH(a, b) wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define INTERLEAVE_LOW(a, b) wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_HIGH(a, b) wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define INTERLEAVE_PAIRS_LOW(a, b) wasm_i32x4_shuffle(a, b, 0, 4, 1, 5)
#define INTERLEAVE_PAIRS_HIGH(a, b) wasm_i32x4_shuffle(a, b, 2, 6, 3, 7)
#define HALVES_LOW(a, b) wasm_i64x2_shuffle(a, b, 0, 2)
#define HALVES_HIGH(a, b) wasm_i64x2_shuffle(a, b, 1, 3)

/* Eight lanes of 32 bits: 0 to 3 and 4 to 7. `products`: a * factor_a + b * factor_b of 16-bit lanes. */
typedef struct Wide {
  v128_t low, high;
} Wide;
INLINE Wide products(v128_t a, v128_t b, int factor_a, int factor_b) {
  const v128_t factors = wasm_i32x4_splat((int)((unsigned)factor_b << 16 | (factor_a & 0xffff)));
  return (Wide){wasm_i32x4_dot_i16x8(INTERLEAVE_LOW(a, b), factors), wasm_i32x4_dot_i16x8(INTERLEAVE_HIGH(a, b), factors)};
}
INLINE Wide plus(Wide a, Wide b) { return (Wide){wasm_i32x4_add(a.low, b.low), wasm_i32x4_add(a.high, b.high)}; }
INLINE Wide minus(Wide a, Wide b) { return (Wide){wasm_i32x4_sub(a.low, b.low), wasm_i32x4_sub(a.high, b.high)}; }

#endif
