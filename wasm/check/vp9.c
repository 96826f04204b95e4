// VP9's kernels (../src/vp9-*.c) against FFmpeg's C.
#include "kernels.h"
#include "libavcodec/vp9data.h"
#include "libavcodec/vp9dsp.h"

void __real_ff_vp9dsp_init(VP9DSPContext *dsp, int depth, int exact);
void __wrap_ff_vp9dsp_init(VP9DSPContext *dsp, int depth, int exact);
static VP9DSPContext c, simd;

static void motion(void) {
  for (int round = 0; round < 5000; round++) {
    fill(source, AREA), fill_blocks();
    const int size = chance(5), filter = chance(4), average = chance(2), across = chance(2), down = chance(2);
    const int x = across ? between(1, 15) : 0, y = down ? between(1, 15) : 0, rows = 64 >> size >> chance(2);
    const uint8_t *from = source + 20 * STRIDE + 20 + chance(16);
    c.mc[size][filter][average][across][down](block_c, STRIDE, from, STRIDE, rows ? rows : 1, x, y);
    simd.mc[size][filter][average][across][down](block_simd, STRIDE, from, STRIDE, rows ? rows : 1, x, y);
    same_blocks("motion", size, filter, 8 * average + 2 * across + down);
  }
}

static void loop_filter(void) {
  for (int round = 0; round < 10000; round++) {
    fill_edges();
    const int edge = between(4, 193), inner = between(1, 63), variance = chance(4), direction = chance(2), kind = chance(8);
    const int two_edges = edge | between(4, 193) << 8, two_inner = inner | between(1, 63) << 8, two_variances = variance | chance(4) << 8;
#define BOTH(FUNCTION, ...) c.FUNCTION(block_c, STRIDE, __VA_ARGS__), simd.FUNCTION(block_simd, STRIDE, __VA_ARGS__)
    if (kind < 3) BOTH(loop_filter_8[kind][direction], edge, inner, variance);
    else if (kind == 3) BOTH(loop_filter_16[direction], edge, inner, variance);
    else BOTH(loop_filter_mix2[kind >> 1 & 1][kind & 1][direction], two_edges, two_inner, two_variances);
    same_blocks("loop filter", kind, direction, edge);
  }
}

static void transforms(void) {
  static int16_t block_of_c[1024] __attribute__((aligned(16))), block_of_simd[1024] __attribute__((aligned(16)));
  for (int round = 0; round < 20000; round++) {
    fill_blocks();
    const int tx = chance(5), type = tx < 3 ? chance(4) : 0, side = tx == 4 ? 4 : 4 << tx;
    int count = 1 + chance(chance(2) ? side * side : 12), range = coefficient_range(count);
    if (count > side * side) count = side * side;
    memset(block_of_c, 0, sizeof block_of_c);
    for (int i = 0; i < count; i++) block_of_c[ff_vp9_scans[tx][type][i]] = between(-range, range);
    memcpy(block_of_simd, block_of_c, sizeof block_of_c);
    c.itxfm_add[tx][type](block_c, STRIDE, block_of_c, count), simd.itxfm_add[tx][type](block_simd, STRIDE, block_of_simd, count);
    same_blocks("transform", tx, type, count);
    same("what a transform leaves of its coefficients", tx, type, count, block_of_c, block_of_simd, sizeof block_of_c);
  }
}

int main(void) {
  __real_ff_vp9dsp_init(&c, 8, 0), __wrap_ff_vp9dsp_init(&simd, 8, 0);
  motion(), loop_filter(), transforms();
  return finish("VP9");
}
