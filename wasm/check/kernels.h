/* Checks kernels against the C that they replace: both get the same random and extreme samples, and must leave the same memory behind,
   also outside the block. The first few differences of each kind are printed; the exit code says whether there was one. */
#ifndef KERNELS_H
#define KERNELS_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRIDE 320
#define AREA (STRIDE * STRIDE)
#define MOST_SHOWN 5

/* The samples that are read, and the areas that C and the kernel write into: blocks `block_c` and `block_simd`, with room on all sides. */
static uint8_t source[AREA], area_c[AREA], area_simd[AREA];
static uint8_t *const block_c = area_c + 100 * STRIDE + 96, *const block_simd = area_simd + 100 * STRIDE + 96;
static int differences;

static unsigned chance(unsigned below) {
  static unsigned state = 1;
  state ^= state << 13, state ^= state >> 17, state ^= state << 5;
  return state % below;
}
static int between(int low, int high) { return low + (int)chance(high - low + 1); }
static int clipped(int value) { return value < 0 ? 0 : value > 255 ? 255 : value; }

/* Noise, black and white, one colour, or a little around one. */
static void fill(uint8_t *to, int count) {
  const int kind = chance(4), colour = chance(256), range = 1 + chance(24);
  for (int i = 0; i < count; i++)
    to[i] = kind == 0 ? chance(256) : kind == 1 ? 255 * chance(2) : kind == 2 ? colour : clipped(colour + chance(range));
}
static void fill_blocks(void) {
  fill(area_c, AREA);
  memcpy(area_simd, area_c, AREA);
}
/* Two surfaces that meet at the block's upper and left edges, by a step small enough for a loop filter, or not. */
static void fill_edges(void) {
  const int colour = chance(256), range = chance(8) ? 1 + chance(chance(2) ? 6 : 40) : 256, step = between(-30, 30);
  for (int y = 0; y < STRIDE; y++)
    for (int x = 0; x < STRIDE; x++)
      area_c[y * STRIDE + x] = clipped(colour + (int)chance(range) + ((x >= 96) != (y >= 100) ? step : 0));
  memcpy(area_simd, area_c, AREA);
}

static void same(const char *what, int a, int b, int c, const void *expected, const void *got, size_t bytes) {
  static const char *shown;
  static int times;
  if (!memcmp(expected, got, bytes)) return;
  differences++;
  if (shown != what) shown = what, times = 0;
  if (times++ >= MOST_SHOWN) return;
  size_t at = 0;
  while (((const uint8_t *)expected)[at] == ((const uint8_t *)got)[at]) at++;
  printf("%s (%d, %d, %d) differs from C at byte %zu\n", what, a, b, c, at);
}
static void same_blocks(const char *what, int a, int b, int c) {
  same(what, a, b, c, area_c, area_simd, AREA);
  memcpy(area_simd, area_c, AREA);
}
/* How large coefficients may be without leaving 16 bits on their way: few large ones, or many small. */
static int coefficient_range(int count) {
  static const int ranges[] = {4, 64, 512, 2048, 8000};
  const int most = count > 200 ? 128 : count > 16 ? 512 : count > 4 ? 2048 : 8000, range = ranges[chance(5)];
  return range < most ? range : most;
}
static int finish(const char *codec) {
  printf("%s: %s\n", codec, differences ? "kernels differ from C" : "kernels equal C");
  return differences != 0;
}
#endif
