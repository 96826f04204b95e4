// AV1's loop filter of 8-bit pictures with SIMD (AV1 specification, 7.14), in place of dav1d's C (loopfilter_tmpl.c), bit for bit. Four
// units of four positions are filtered at once, each with the limits and the width that follow from its own level and transform.
#include "edge-filter.h"
#include "src/loopfilter.h"

// Four units along an edge: all ones if one is filtered, and if it is filtered more widely (0) or most widely (1).
typedef struct Group {
  Limits limits;
  v128_t used, wide[2];
} Group;

// Reads group number `first` of the masks; `l` is its first level, `next` and `before` lead to the next one and to the other side's.
INLINE int read_group(Group *g, unsigned first, const uint32_t *mask, int widths, const uint8_t (*l)[4], ptrdiff_t next, ptrdiff_t before,
                      const Av1FilterLUT *lut) {
  uint32_t edge[4], inner[4], variance[4], used[4], wide[2][4];
  uint32_t any = 0;
  for (int i = 0; i < 4; i++, l += next) {
    unsigned bit = 1u << (first + i), narrow = mask[0] & bit, wider = mask[1] & bit, widest = widths > 2 ? mask[2] & bit : 0;
    unsigned level = narrow | wider | widest ? l[0][0] ? l[0][0] : l[before][0] : 0;
    used[i] = level ? ~0u : 0;
    wide[0][i] = level && (wider | widest) ? ~0u : 0;
    wide[1][i] = level && widest ? ~0u : 0;
    edge[i] = lut->e[level] * 0x01010101u, inner[i] = lut->i[level] * 0x01010101u, variance[i] = (level >> 4) * 0x01010101u;
    any |= used[i];
  }
  if (!any) return 0;
  g->limits = (Limits){wasm_v128_load(edge), wasm_v128_load(inner), wasm_v128_load(variance)};
  g->used = wasm_v128_load(used);
  g->wide[0] = wasm_v128_load(wide[0]), g->wide[1] = wasm_v128_load(wide[1]);
  return wasm_v128_any_true(g->wide[1]) ? 3 : wasm_v128_any_true(g->wide[0]) ? 2 : 1;
}

// s: the samples on both sides, `reach` of them on each (2, 3 or 4), of which all but the two at the edge count where it is wide.
INLINE v128_t filtered(const v128_t *s, int reach, const Group *g) {
  const v128_t *q = s + reach;
  v128_t steps = wasm_u8x16_max(distance(q[-2], q[-1]), distance(q[1], q[0])), outer = wasm_i8x16_const_splat(0);
  for (int i = 1; i + 1 < reach; i++)
    outer = wasm_u8x16_max(outer, wasm_u8x16_max(distance(q[-2 - i], q[-1 - i]), distance(q[i + 1], q[i])));
  steps = wasm_u8x16_max(steps, wasm_v128_and(outer, g->wide[0]));
  v128_t across = distance(q[-1], q[0]);
  across = wasm_u8x16_add_sat(wasm_u8x16_add_sat(across, across), wasm_u8x16_shr(distance(q[-2], q[1]), 1));
  return wasm_v128_and(g->used, wasm_v128_and(at_most(steps, g->limits.inner), at_most(across, g->limits.edge)));
}

// Filters of luma (`reach` 4: up to three samples on each side) and chroma (3: up to two). 0 if nothing changes.
INLINE int filter(v128_t *s, int reach, const Group *g, int wide_too) {
  v128_t mask = filtered(s, reach, g), wide = wasm_i8x16_const_splat(0), smoothed[8];
  if (!wasm_v128_any_true(mask)) return 0;
  if (wide_too) {
    wide = wasm_v128_and(wasm_v128_and(mask, g->wide[0]), flat(s + reach, 1, reach - 1));
    if (wasm_v128_any_true(wide)) smooth(s, smoothed, reach - 1, reach == 3 ? 1 : 0);
    else wide_too = 0;
    mask = wasm_v128_andnot(mask, wide);
  }
  if (wasm_v128_any_true(mask)) filter_narrow(s + reach - 2, mask, &g->limits);
  if (wide_too) for (int i = 1; i < 2 * reach - 1; i++) s[i] = wasm_v128_bitselect(smoothed[i], s[i], wide);
  return 1;
}
static __attribute__((noinline)) int filter_luma(v128_t *s, const Group *g) { return filter(s, 4, g, 1); }
static __attribute__((noinline)) int filter_chroma(v128_t *s, const Group *g) { return filter(s, 3, g, 1); }
static __attribute__((noinline)) int filter_edge(v128_t *s, const Group *g) { return filter(s, 2, g, 0); }

// s: seven samples on each side, of which up to six change. Returns 0 if none does, 1 for those of filter_luma, 2 for all.
static __attribute__((noinline)) int filter_widest(v128_t s[14], const Group *g) {
  v128_t mask = filtered(s + 3, 4, g), smoothed[14];
  if (!wasm_v128_any_true(mask)) return 0;
  v128_t widest = wasm_v128_and(wasm_v128_and(mask, g->wide[1]), wasm_v128_and(flat(s + 7, 1, 3), flat(s + 7, 4, 6)));
  if (!wasm_v128_any_true(widest)) return filter_luma(s + 3, g);
  smooth(s, smoothed, 6, 1);
  if (wasm_v128_any_true(wasm_v128_andnot(mask, widest))) filter_luma(s + 3, g);
  for (int i = 1; i < 13; i++) s[i] = wasm_v128_bitselect(smoothed[i], s[i], widest);
  return 2;
}

INLINE void load_rows(const uint8_t *at, ptrdiff_t stride, int reach, v128_t *s) {
  for (int i = 0; i < 2 * reach; i++) s[i] = wasm_v128_load(at + (i - reach) * stride);
}
// The outermost on each side never change.
INLINE void store_rows(uint8_t *at, ptrdiff_t stride, int reach, const v128_t *s) {
  for (int i = 1; i < 2 * reach - 1; i++) wasm_v128_store(at + (i - reach) * stride, s[i]);
}

static void luma_rows(uint8_t *at, ptrdiff_t stride, const Group *g, int widths) {
  v128_t s[14];
  if (widths == 3) {
    load_rows(at, stride, 7, s);
    int changed = filter_widest(s, g);
    if (changed == 1) store_rows(at, stride, 4, s + 3);
    else if (changed == 2) store_rows(at, stride, 7, s);
  } else if (widths == 2) {
    load_rows(at, stride, 4, s);
    if (filter_luma(s, g)) store_rows(at, stride, 4, s);
  } else {
    load_rows(at, stride, 2, s);
    if (filter_edge(s, g)) for (int i = 0; i < 4; i++) wasm_v128_store(at + (i - 2) * stride, s[i]);
  }
}
static void chroma_rows(uint8_t *at, ptrdiff_t stride, const Group *g, int widths) {
  v128_t s[6];
  if (widths == 2) {
    load_rows(at, stride, 3, s);
    if (filter_chroma(s, g)) store_rows(at, stride, 3, s);
  } else {
    load_rows(at, stride, 2, s);
    if (filter_edge(s, g)) for (int i = 0; i < 4; i++) wasm_v128_store(at + (i - 2) * stride, s[i]);
  }
}
static void luma_columns(uint8_t *at, ptrdiff_t stride, const Group *g, int widths) {
  v128_t s[16];
  if (widths == 3) {
    load_16_columns(at - 8, stride, 16, s);
    int changed = filter_widest(s + 1, g);
    if (changed == 1) store_columns(at - 4, stride, 16, s + 4);
    else if (changed == 2) store_16_columns(at - 8, stride, 16, s);
  } else {
    load_columns(at - 4, stride, 16, s);
    if (widths == 2 ? filter_luma(s, g) : filter_edge(s + 2, g)) store_columns(at - 4, stride, 16, s);
  }
}
static void chroma_columns(uint8_t *at, ptrdiff_t stride, const Group *g, int widths) {
  v128_t s[8];
  load_columns(at - 4, stride, 16, s);
  if (widths == 2 ? filter_chroma(s + 1, g) : filter_edge(s + 2, g)) store_columns(at - 4, stride, 16, s);
}

// dav1d's calls: an edge through a superblock, 32 units at most.
#define ALONG(NAME, FILTER, WIDTHS, STEP, NEXT, BEFORE)                                                                       \
  static void NAME(uint8_t *at, ptrdiff_t stride, const uint32_t *mask, const uint8_t (*l)[4], ptrdiff_t level_stride,        \
                   const Av1FilterLUT *lut, int size) {                                                                       \
    const unsigned all = mask[0] | mask[1] | (WIDTHS > 2 ? mask[2] : 0);                                                      \
    Group group;                                                                                                              \
    for (unsigned first = 0; first < 32 && all >> first; first += 4) {                                                        \
      if (!(all >> first & 15)) continue;                                                                                     \
      int widths = read_group(&group, first, mask, WIDTHS, l + (ptrdiff_t)first * (NEXT), NEXT, BEFORE, lut);                 \
      if (widths) FILTER(at + 4 * (ptrdiff_t)first * (STEP), stride, &group, widths);                                         \
    }                                                                                                                         \
  }
ALONG(luma_columns_of, luma_columns, 3, stride, level_stride, -1)
ALONG(luma_rows_of, luma_rows, 3, 1, 1, -level_stride)
ALONG(chroma_columns_of, chroma_columns, 2, stride, level_stride, -1)
ALONG(chroma_rows_of, chroma_rows, 2, 1, 1, -level_stride)

void __wrap_dav1d_loop_filter_dsp_init_8bpc(Dav1dLoopFilterDSPContext *c) {
  c->loop_filter_sb[0][0] = luma_columns_of;
  c->loop_filter_sb[0][1] = luma_rows_of;
  c->loop_filter_sb[1][0] = chroma_columns_of;
  c->loop_filter_sb[1][1] = chroma_rows_of;
}
