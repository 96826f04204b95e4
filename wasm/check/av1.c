// AV1's kernels (../src/av1-*.c) against dav1d's C.
#include "kernels.h"
#include "src/cdef.h"
#include "src/itx.h"
#include "src/lf_mask.h"
#include "src/loopfilter.h"
#include "src/looprestoration.h"
#include "src/mc.h"
#include "src/tables.h"

#define TABLES(TYPE, NAME, ...)                    \
  void __real_dav1d_##NAME##_dsp_init_8bpc(TYPE *, ##__VA_ARGS__); \
  void __wrap_dav1d_##NAME##_dsp_init_8bpc(TYPE *, ##__VA_ARGS__);
TABLES(Dav1dMCDSPContext, mc)
TABLES(Dav1dInvTxfmDSPContext, itx, int)
TABLES(Dav1dCdefDSPContext, cdef)
TABLES(Dav1dLoopFilterDSPContext, loop_filter)
TABLES(Dav1dLoopRestorationDSPContext, loop_restoration, int)

static int16_t prepared_c[128 * 130], prepared_simd[128 * 130], first[128 * 130], second[128 * 130];
static uint8_t mask[128 * 130], mask_c[128 * 130], mask_simd[128 * 130];

#define BLOCKS(FUNCTION, ...) c.FUNCTION(block_c, STRIDE, ##__VA_ARGS__), simd.FUNCTION(block_simd, STRIDE, ##__VA_ARGS__)
#define PREPARED(FUNCTION, ...) c.FUNCTION(prepared_c, __VA_ARGS__), simd.FUNCTION(prepared_simd, __VA_ARGS__)

static void motion(void) {
  static Dav1dMCDSPContext c, simd;
  __real_dav1d_mc_dsp_init_8bpc(&c), __wrap_dav1d_mc_dsp_init_8bpc(&simd);
  for (int round = 0; round < 3000; round++) {
    fill(source, AREA), fill_blocks();
    const int filter = chance(N_2D_FILTERS), x = chance(2) ? chance(16) : 0, y = chance(2) ? chance(16) : 0;
    const uint8_t *from = source + 20 * STRIDE + 20 + chance(16);
    int width = 2 << chance(7), height = 2 << chance(7);
    if (width > 4 * height) width = 4 * height;
    if (height > 4 * width) height = 4 * width;
    BLOCKS(mc[filter], from, STRIDE, width, height, x, y), same_blocks("motion", filter, width, height);
    if (width < 4) width = 4;
    PREPARED(mct[filter], from, STRIDE, width, height, x, y);
    same("prepared motion", filter, width, height, prepared_c, prepared_simd, sizeof prepared_c);
    // Possible values of prepared predictions; two of them are often near each other.
    for (int i = 0; i < width * height; i++) {
      first[i] = between(-5132, 9212), second[i] = chance(2) ? between(-5132, 9212) : first[i] + between(-2000, 2000);
      if (second[i] < -5132 || second[i] > 9212) second[i] = first[i];
      mask[i] = chance(65);
    }
    BLOCKS(avg, first, second, width, height), same_blocks("average", width, height, 0);
    const int weight = between(1, 15);
    BLOCKS(w_avg, first, second, width, height, weight), same_blocks("weighted average", width, height, weight);
    BLOCKS(mask, first, second, width, height, mask), same_blocks("mask", width, height, 0);
    for (int chroma = 0; chroma < 3; chroma++) {
      const int sign = chance(2);
      c.w_mask[chroma](block_c, STRIDE, first, second, width, height, mask_c, sign);
      simd.w_mask[chroma](block_simd, STRIDE, first, second, width, height, mask_simd, sign);
      same_blocks("mask by difference", chroma, width, height);
      same("its mask", chroma, width, height, mask_c, mask_simd, sizeof mask_c);
    }
    const int most = width > 32 ? 32 : width, tall = height > 32 ? 32 : height;
    BLOCKS(blend, source, most, tall, mask), same_blocks("blend", most, tall, 0);
    BLOCKS(blend_v, source, most, tall), same_blocks("blend with the left", most, tall, 0);
    BLOCKS(blend_h, source, most, tall), same_blocks("blend with above", most, tall, 0);
    const int16_t changes[4] = {between(-2000, 2000), between(-1000, 1000), between(-2000, 2000), between(-1000, 1000)};
    const int right = between(-24000, 24000), below = between(-24000, 24000);
    BLOCKS(warp8x8, from, STRIDE, changes, right, below), same_blocks("warp", right, below, 0);
    PREPARED(warp8x8t, 32, from, STRIDE, changes, right, below);
    same("prepared warp", right, below, 0, prepared_c, prepared_simd, sizeof prepared_c);
  }
}

static void enhancement(void) {
  static Dav1dCdefDSPContext c, simd;
  __real_dav1d_cdef_dsp_init_8bpc(&c), __wrap_dav1d_cdef_dsp_init_8bpc(&simd);
  for (int round = 0; round < 10000; round++) {
    fill(source, AREA), fill_blocks();
    unsigned variance_c, variance_simd;
    const int found = c.dir(source, STRIDE, &variance_c), found_simd = simd.dir(source, STRIDE, &variance_simd);
    same("direction", found, found_simd, 0, &found, &found_simd, sizeof found);
    same("variance", found, 0, 0, &variance_c, &variance_simd, sizeof variance_c);
    const int kind = chance(3), secondary = (int[]){0, 1, 2, 4}[chance(4)], primary = secondary ? chance(16) : between(1, 15);
    const int direction = chance(8), damping = between(2, 6), edges = chance(16);
    uint8_t left[8][2];
    fill(left[0], sizeof left);
    BLOCKS(fb[kind], left, source + 50 * STRIDE + 50, source + 60 * STRIDE + 50, primary, secondary, direction, damping, edges);
    same_blocks("enhancement", kind, primary, secondary);
  }
}

static void loop_filter(void) {
  static Dav1dLoopFilterDSPContext c, simd;
  static uint8_t levels[64 * 64][4];
  Av1FilterLUT limits;
  __real_dav1d_loop_filter_dsp_init_8bpc(&c), __wrap_dav1d_loop_filter_dsp_init_8bpc(&simd);
  for (int i = 0; i < 64; i++) limits.i[i] = 1 + i % 63, limits.e[i] = 2 * (i + 2) + limits.i[i];
  for (int round = 0; round < 10000; round++) {
    fill_edges();
    const int plane = chance(2), direction = chance(2), width = chance(3);
    uint32_t masks[3] = {0};
    // A unit is in one mask at most; chroma has half as many units, and two widths.
    for (int unit = 0; unit < (plane ? 16 : 32); unit++) if (chance(2)) masks[chance(plane && width ? 2 : width + 1)] |= 1u << unit;
    for (int i = 0; i < 64 * 64; i++) for (int k = 0; k < 4; k++) levels[i][k] = chance(3) ? chance(64) : 0;
    BLOCKS(loop_filter_sb[plane][direction], masks, (const uint8_t (*)[4])levels + 1000, 32, &limits, 32);
    same_blocks("loop filter", plane, direction, width);
  }
}

static void restoration(void) {
  static Dav1dLoopRestorationDSPContext c, simd;
  __real_dav1d_loop_restoration_dsp_init_8bpc(&c, 8), __wrap_dav1d_loop_restoration_dsp_init_8bpc(&simd, 8);
  for (int round = 0; round < 3000; round++) {
    fill(source, AREA), fill_blocks();
    const int width = 8 * between(1, 25), height = between(1, 64), edges = chance(16), kind = chance(5);
    uint8_t left[64][4];
    LooprestorationParams params = {0};
    fill(left[0], sizeof left);
    if (kind < 2) {
      for (int way = 0; way < 2; way++) {
        int16_t *filter = params.filter[way];
        filter[0] = filter[6] = kind ? 0 : between(-5, 10), filter[1] = filter[5] = between(-23, 8), filter[2] = filter[4] = between(-17, 46);
        filter[3] = (way ? 128 : 0) - 2 * (filter[0] + filter[1] + filter[2]);
      }
      BLOCKS(wiener[kind], left, source + 30 * STRIDE + 30, width, height, &params, edges);
    } else {
      const int set = chance(16);
      params.sgr.s0 = dav1d_sgr_params[set][0], params.sgr.s1 = dav1d_sgr_params[set][1];
      params.sgr.w0 = between(-96, 31), params.sgr.w1 = between(-32, 95);
      BLOCKS(sgr[kind - 2], left, source + 30 * STRIDE + 30, width, height, &params, edges);
    }
    same_blocks("restoration", kind, width, height);
  }
}

static void transforms(void) {
  static Dav1dInvTxfmDSPContext c, simd;
  static int16_t block_of_c[64 * 64], block_of_simd[64 * 64];
  __real_dav1d_itx_dsp_init_8bpc(&c, 8), __wrap_dav1d_itx_dsp_init_8bpc(&simd, 8);
  for (int round = 0; round < 60000; round++) {
    const int tx = chance(N_RECT_TX_SIZES), type = chance(N_TX_TYPES_PLUS_LL);
    if (!c.itxfm_add[tx][type]) continue;
    const TxfmInfo *size = &dav1d_txfm_dimensions[tx];
    const int width = size->w > 8 ? 32 : 4 * size->w, height = size->h > 8 ? 32 : 4 * size->h;
    const int count = chance(4) ? 1 + chance(chance(2) ? 12 : width * height) : 1, range = coefficient_range(count);
    fill_blocks();
    memset(block_of_c, 0, sizeof block_of_c);
    for (int i = 0; i < count; i++) block_of_c[count == 1 ? 0 : chance(width * height)] = between(-range, range);
    memcpy(block_of_simd, block_of_c, sizeof block_of_c);
    c.itxfm_add[tx][type](block_c, STRIDE, block_of_c, count - 1), simd.itxfm_add[tx][type](block_simd, STRIDE, block_of_simd, count - 1);
    same_blocks("transform", tx, type, count);
    same("what a transform leaves of its coefficients", tx, type, count, block_of_c, block_of_simd, sizeof block_of_c);
  }
}

int main(void) {
  motion(), enhancement(), loop_filter(), restoration(), transforms();
  return finish("AV1");
}
