// AV1's constrained directional enhancement of 8-bit pictures with SIMD (AV1 specification, 7.15), in place of dav1d's C (cdef_tmpl.c),
// bit for bit.
#include <string.h>
#include "transpose.h"
#include "src/cdef.h"
#include "src/tables.h"

// The block with two samples around it, in 16 bits, in rows of twelve as in dav1d's table of directions. Samples that do not exist are
// far from all others: the largest unsigned, the smallest signed number.
#define ROW 12
#define ABSENT wasm_i16x8_const_splat((short)0x8000)

INLINE void put_row(int16_t *row, const uint8_t *left, const uint8_t *from, int width, enum CdefEdgeFlags edges) {
  v128_t samples = load_wide(from);
  if (width == 8) wasm_v128_store(row, samples);
  else wasm_v128_store64_lane(row, samples, 0);
  if (edges & CDEF_HAVE_LEFT) row[-2] = left[0], row[-1] = left[1];
  else row[-2] = row[-1] = INT16_MIN;
  if (edges & CDEF_HAVE_RIGHT) row[width] = from[width], row[width + 1] = from[width + 1];
  else row[width] = row[width + 1] = INT16_MIN;
}
INLINE void put_absent_row(int16_t *row) {
  wasm_v128_store(row - 2, ABSENT);
  wasm_v128_store64_lane(row + 6, ABSENT, 0);
}

// Eight samples: one row, or two of four.
INLINE v128_t load8(const int16_t *at, int width) {
  return width == 8 ? wasm_v128_load(at) : wasm_v128_load64_lane(at + ROW, wasm_v128_load64_zero(at), 1);
}

typedef struct Strength {
  v128_t threshold;
  int shift;
  int offset[2][2];
} Strength;

// How strongly `other` pulls: less, the further away it is.
INLINE v128_t pull(v128_t other, v128_t here, const Strength *s) {
  v128_t difference = wasm_i16x8_sub(other, here), distance = wasm_i16x8_abs(difference), sign = wasm_i16x8_shr(difference, 15);
  v128_t most = wasm_u16x8_sub_sat(s->threshold, wasm_u16x8_shr(distance, s->shift));
  return wasm_i16x8_sub(wasm_v128_xor(wasm_u16x8_min(distance, most), sign), sign);
}

INLINE void enhance(uint8_t *to, ptrdiff_t stride, const int16_t *rows, int width, int height, const Strength *first, int tap0, int tap1,
                    const Strength *second) {
  for (int y = 0; y < height; y += 8 / width, rows += 8 / width * ROW, to += 8 / width * stride) {
    v128_t here = load8(rows, width), low = here, high = here, sum = wasm_i16x8_const_splat(0);
    for (int k = 0; k < 2; k++) {
      if (first) {
        v128_t a = load8(rows + first->offset[0][k], width), b = load8(rows - first->offset[0][k], width);
        v128_t both = wasm_i16x8_add(pull(a, here, first), pull(b, here, first));
        sum = wasm_i16x8_add(sum, wasm_i16x8_mul(both, wasm_i16x8_splat(k ? tap1 : tap0)));
        if (second) low = wasm_u16x8_min(low, wasm_u16x8_min(a, b)), high = wasm_i16x8_max(high, wasm_i16x8_max(a, b));
      }
      if (second) {
        for (int way = 0; way < 2; way++) {
          v128_t a = load8(rows + second->offset[way][k], width), b = load8(rows - second->offset[way][k], width);
          v128_t both = wasm_i16x8_add(pull(a, here, second), pull(b, here, second));
          sum = wasm_i16x8_add(sum, k ? both : wasm_i16x8_shl(both, 1));
          if (first) low = wasm_u16x8_min(low, wasm_u16x8_min(a, b)), high = wasm_i16x8_max(high, wasm_i16x8_max(a, b));
        }
      }
    }
    sum = wasm_i16x8_add(sum, wasm_i16x8_add(wasm_i16x8_shr(sum, 15), wasm_i16x8_const_splat(8)));
    v128_t result = wasm_i16x8_add(here, wasm_i16x8_shr(sum, 4));
    if (first && second) result = wasm_i16x8_min(wasm_i16x8_max(result, low), high);
    result = pack(result, result);
    if (width == 8) wasm_v128_store64_lane(to, result, 0);
    else wasm_v128_store32_lane(to, result, 0), wasm_v128_store32_lane(to + stride, result, 1);
  }
}

static int log2_of(int a) { return 31 - __builtin_clz(a); }

INLINE void block(uint8_t *to, ptrdiff_t stride, const uint8_t (*left)[2], const uint8_t *top, const uint8_t *bottom, int primary,
                  int secondary, int direction, int damping, enum CdefEdgeFlags edges, int width, int height) {
  int16_t rows[ROW * 12 + 8], *first_row = rows + 2 * ROW + 2;
  for (int y = -2; y < height + 2; y++) {
    int16_t *row = first_row + y * ROW;
    const uint8_t *from = y < 0 ? top + (y + 2) * stride : y < height ? to + y * stride : bottom + (y - height) * stride;
    if (y < 0 ? !(edges & CDEF_HAVE_TOP) : y >= height && !(edges & CDEF_HAVE_BOTTOM)) put_absent_row(row);
    else put_row(row, y >= 0 && y < height ? left[y] : from - 2, from, width, edges);
  }
  Strength first, second;
  if (primary) {
    int shift = damping - log2_of(primary);
    first = (Strength){wasm_i16x8_splat(primary), shift < 0 ? 0 : shift};
    for (int k = 0; k < 2; k++) first.offset[0][k] = dav1d_cdef_directions[direction + 2][k];
  }
  if (secondary) {
    second = (Strength){wasm_i16x8_splat(secondary), damping - log2_of(secondary)};
    for (int k = 0; k < 2; k++) {
      second.offset[0][k] = dav1d_cdef_directions[direction + 4][k];
      second.offset[1][k] = dav1d_cdef_directions[direction][k];
    }
  }
  const int tap0 = primary & 1 ? 3 : 4, tap1 = primary & 1 ? 3 : 2;
  if (primary && secondary) enhance(to, stride, first_row, width, height, &first, tap0, tap1, &second);
  else if (primary) enhance(to, stride, first_row, width, height, &first, tap0, tap1, 0);
  else enhance(to, stride, first_row, width, height, 0, 0, 0, &second);
}
#define BLOCK(W, H)                                                                                                                 \
  static void block_##W##x##H(uint8_t *to, ptrdiff_t stride, const uint8_t (*left)[2], const uint8_t *top, const uint8_t *bottom,   \
                              int primary, int secondary, int direction, int damping, enum CdefEdgeFlags edges) {                   \
    block(to, stride, left, top, bottom, primary, secondary, direction, damping, edges, W, H);                                      \
  }
BLOCK(8, 8)
BLOCK(4, 8)
BLOCK(4, 4)

// --- the direction of a block of 8 x 8: the one along whose lines the sums of samples have the most energy ------------------------

// Lanes moved up by n; those that leave at the top enter at the bottom of the next vector.
#define MOVED(v, n) wasm_i16x8_shuffle(zero, v, 8 - (n), 9 - (n), 10 - (n), 11 - (n), 12 - (n), 13 - (n), 14 - (n), 15 - (n))
#define LEFT(v, n) wasm_i16x8_shuffle(v, zero, 8 - (n), 9 - (n), 10 - (n), 11 - (n), 12 - (n), 13 - (n), 14 - (n), 15 - (n))
INLINE unsigned total(v128_t a) {
  a = wasm_i32x4_add(a, wasm_i32x4_shuffle(a, a, 2, 3, 0, 1));
  return wasm_i32x4_extract_lane(a, 0) + wasm_i32x4_extract_lane(a, 1);
}
// The squares of sixteen sums of lines, each weighted by how short the line is.
INLINE unsigned energy(v128_t low, v128_t high, v128_t weights_low, v128_t weights_high) {
  v128_t squares[4] = {wasm_i32x4_extmul_low_i16x8(low, low), wasm_i32x4_extmul_high_i16x8(low, low),
                       wasm_i32x4_extmul_low_i16x8(high, high), wasm_i32x4_extmul_high_i16x8(high, high)};
  v128_t sum = wasm_i32x4_mul(squares[0], wasm_u32x4_extend_low_u16x8(weights_low));
  sum = wasm_i32x4_add(sum, wasm_i32x4_mul(squares[1], wasm_u32x4_extend_high_u16x8(weights_low)));
  sum = wasm_i32x4_add(sum, wasm_i32x4_mul(squares[2], wasm_u32x4_extend_low_u16x8(weights_high)));
  return total(wasm_i32x4_add(sum, wasm_i32x4_mul(squares[3], wasm_u32x4_extend_high_u16x8(weights_high))));
}
// The energies of a block's columns, and of lines that move one column to the right every two rows downwards or upwards.
INLINE void steep(const v128_t x[8], unsigned *straight, unsigned *down, unsigned *up) {
  const v128_t zero = wasm_i16x8_const_splat(0), weights = wasm_i16x8_const(420, 210, 140, 105, 105, 105, 105, 105),
               rest = wasm_i16x8_const(140, 210, 420, 0, 0, 0, 0, 0);
  v128_t two[4], sum;
  for (int i = 0; i < 4; i++) two[i] = wasm_i16x8_add(x[2 * i], x[2 * i + 1]);
  sum = wasm_i16x8_add(wasm_i16x8_add(two[0], two[1]), wasm_i16x8_add(two[2], two[3]));
  *straight = 105 * total(wasm_i32x4_dot_i16x8(sum, sum));
  v128_t low = wasm_i16x8_add(wasm_i16x8_add(two[0], MOVED(two[1], 1)), wasm_i16x8_add(MOVED(two[2], 2), MOVED(two[3], 3)));
  v128_t high = wasm_i16x8_add(wasm_i16x8_add(LEFT(two[1], 1), LEFT(two[2], 2)), LEFT(two[3], 3));
  *down = energy(low, high, weights, rest);
  low = wasm_i16x8_add(wasm_i16x8_add(two[3], MOVED(two[2], 1)), wasm_i16x8_add(MOVED(two[1], 2), MOVED(two[0], 3)));
  high = wasm_i16x8_add(wasm_i16x8_add(LEFT(two[2], 1), LEFT(two[1], 2)), LEFT(two[0], 3));
  *up = energy(low, high, weights, rest);
}
INLINE unsigned diagonal(const v128_t x[8]) {
  const v128_t zero = wasm_i16x8_const_splat(0);
  v128_t low = x[0], high = zero;
#define ADD_ROW(n) low = wasm_i16x8_add(low, MOVED(x[n], n)), high = wasm_i16x8_add(high, LEFT(x[n], n));
  ADD_ROW(1) ADD_ROW(2) ADD_ROW(3) ADD_ROW(4) ADD_ROW(5) ADD_ROW(6) ADD_ROW(7)
  return energy(low, high, wasm_i16x8_const(840, 420, 280, 210, 168, 140, 120, 105), wasm_i16x8_const(120, 140, 168, 210, 280, 420, 840, 0));
}

static int direction_of(const uint8_t *from, ptrdiff_t stride, unsigned *variance) {
  v128_t x[8], turned[8];
  unsigned cost[8];
  for (int i = 0; i < 8; i++) x[i] = wasm_i16x8_sub(load_wide(from + i * stride), wasm_i16x8_const_splat(128));
  cost[0] = diagonal(x);
  steep(x, &cost[6], &cost[7], &cost[5]);
  for (int i = 0; i < 8; i++) turned[i] = x[7 - i];
  cost[4] = diagonal(turned);
  for (int i = 0; i < 8; i++) turned[i] = x[i];
  transpose8(turned);
  steep(turned, &cost[2], &cost[1], &cost[3]);
  int best = 0;
  for (int i = 1; i < 8; i++) if (cost[i] > cost[best]) best = i;
  *variance = (cost[best] - cost[best ^ 4]) >> 10;
  return best;
}

void __wrap_dav1d_cdef_dsp_init_8bpc(Dav1dCdefDSPContext *c) {
  c->dir = direction_of;
  c->fb[0] = block_8x8;
  c->fb[1] = block_4x8;
  c->fb[2] = block_4x4;
}
