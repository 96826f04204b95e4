/* The one-dimensional inverse transforms of VP9 (specification, 8.7.1) and AV1 (7.13.2), which have the same steps: eight columns or rows
   at a time, one per 16-bit lane. They differ in the bits of their factors, and in when a sine transform rounds. */
#ifndef INVERSE_TRANSFORM_H
#define INVERSE_TRANSFORM_H
#include "transpose.h"

typedef struct Factors {
  int bits;
  int early;         /* A sine transform rounds before two products are added, not after. */
  int16_t cosine[33]; /* Of each 64th of a half turn. */
  int16_t sine[4];   /* Of a transform of four. */
} Factors;

INLINE v128_t rounded(Wide a, int bits) {
  const v128_t half = wasm_i32x4_splat(1 << (bits - 1));
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(a.low, half), bits), wasm_i32x4_shr(wasm_i32x4_add(a.high, half), bits));
}
INLINE v128_t scaled(v128_t a, int factor, int bits) { return wasm_i16x8_q15mulr_sat(a, wasm_i16x8_splat(factor * (1 << (15 - bits)))); }
INLINE v128_t add(v128_t a, v128_t b) { return wasm_i16x8_add_sat(a, b); }
INLINE v128_t sub(v128_t a, v128_t b) { return wasm_i16x8_sub_sat(a, b); }
INLINE v128_t negative(v128_t a) { return sub(wasm_i16x8_const_splat(0), a); }

/* A rotation by an angle: x = a * cos - b * sin, y = a * sin + b * cos. The second: x = -(a * sin + b * cos), y = a * cos - b * sin. */
INLINE void rotate(const Factors *f, v128_t a, v128_t b, int angle, v128_t *x, v128_t *y) {
  int cos = f->cosine[angle], sin = f->cosine[32 - angle];
  *x = rounded(products(a, b, cos, -sin), f->bits), *y = rounded(products(a, b, sin, cos), f->bits);
}
INLINE void rotate_on(const Factors *f, v128_t a, v128_t b, int angle, v128_t *x, v128_t *y) {
  int cos = f->cosine[angle], sin = f->cosine[32 - angle];
  *x = rounded(products(a, b, -sin, -cos), f->bits), *y = rounded(products(a, b, cos, -sin), f->bits);
}
INLINE v128_t eighth(const Factors *f, v128_t a) { return scaled(a, f->cosine[16], f->bits); }
INLINE void rotate_eighth(const Factors *f, v128_t a, v128_t b, v128_t *x, v128_t *y) {
  v128_t difference = sub(a, b), sum = add(a, b);
  *x = eighth(f, difference), *y = eighth(f, sum);
}
INLINE void butterfly(v128_t *a, v128_t *b) {
  v128_t sum = add(*a, *b);
  *b = sub(*a, *b), *a = sum;
}

/* Cosine transforms of 4 to 32 inputs that are `step` apart, of which those from number `count` on are zero; each contains the one of half
   the length. The odd inputs of one are turned in pairs, the first with the last. */
INLINE void turn_pair(const Factors *f, const v128_t *in, int i, int size, int step, int count, v128_t *x, v128_t *y) {
  int k = (size - i) * step, angle = (size - i) * 32 / size;
  i *= step;
  if (i >= count && k >= count) *x = *y = wasm_i16x8_const_splat(0);
  else if (k >= count) *x = scaled(in[i], f->cosine[angle], f->bits), *y = scaled(in[i], f->cosine[32 - angle], f->bits);
  else if (i >= count) *x = scaled(in[k], -f->cosine[32 - angle], f->bits), *y = scaled(in[k], f->cosine[angle], f->bits);
  else rotate(f, in[i], in[k], angle, x, y);
}
INLINE void cosine4(const Factors *f, const v128_t *in, int step, int count, v128_t *out) {
  v128_t a, b, c, d;
  if (2 * step >= count) a = b = eighth(f, in[0]);
  else rotate_eighth(f, in[0], in[2 * step], &b, &a);
  turn_pair(f, in, 1, 4, step, count, &c, &d);
  out[0] = add(a, d), out[1] = add(b, c), out[2] = sub(b, c), out[3] = sub(a, d);
}
INLINE void cosine8(const Factors *f, const v128_t *in, int step, int count, v128_t *out) {
  v128_t e[4], t[8];
  cosine4(f, in, 2 * step, count, e);
  turn_pair(f, in, 1, 8, step, count, &t[4], &t[7]), turn_pair(f, in, 5, 8, step, count, &t[5], &t[6]);
  butterfly(&t[4], &t[5]), butterfly(&t[7], &t[6]);
  rotate_eighth(f, t[6], t[5], &t[5], &t[6]);
  for (int i = 0; i < 4; i++) out[i] = add(e[i], t[7 - i]), out[7 - i] = sub(e[i], t[7 - i]);
}
INLINE void cosine16(const Factors *f, const v128_t *in, int step, int count, v128_t *out) {
  v128_t e[8], t[16];
  cosine8(f, in, 2 * step, count, e);
  turn_pair(f, in, 1, 16, step, count, &t[8], &t[15]), turn_pair(f, in, 9, 16, step, count, &t[9], &t[14]);
  turn_pair(f, in, 5, 16, step, count, &t[10], &t[13]), turn_pair(f, in, 13, 16, step, count, &t[11], &t[12]);
  butterfly(&t[8], &t[9]), butterfly(&t[11], &t[10]), butterfly(&t[12], &t[13]), butterfly(&t[15], &t[14]);
  rotate(f, t[14], t[9], 24, &t[9], &t[14]), rotate_on(f, t[13], t[10], 24, &t[10], &t[13]);
  butterfly(&t[8], &t[11]), butterfly(&t[9], &t[10]), butterfly(&t[15], &t[12]), butterfly(&t[14], &t[13]);
  rotate_eighth(f, t[13], t[10], &t[10], &t[13]), rotate_eighth(f, t[12], t[11], &t[11], &t[12]);
  for (int i = 0; i < 8; i++) out[i] = add(e[i], t[15 - i]), out[15 - i] = sub(e[i], t[15 - i]);
}
INLINE void cosine32(const Factors *f, const v128_t *in, int count, v128_t *out) {
  v128_t e[16], t[32];
  cosine16(f, in, 2, count, e);
  const int order[8] = {1, 17, 9, 25, 5, 21, 13, 29};
  for (int i = 0; i < 8; i++) turn_pair(f, in, order[i], 32, 1, count, &t[16 + i], &t[31 - i]);
  for (int i = 16; i < 32; i += 4) butterfly(&t[i], &t[i + 1]), butterfly(&t[i + 3], &t[i + 2]);
  rotate(f, t[30], t[17], 28, &t[17], &t[30]), rotate_on(f, t[29], t[18], 28, &t[18], &t[29]);
  rotate(f, t[26], t[21], 12, &t[21], &t[26]), rotate_on(f, t[25], t[22], 12, &t[22], &t[25]);
  for (int i = 16; i < 32; i += 8) {
    butterfly(&t[i], &t[i + 3]), butterfly(&t[i + 1], &t[i + 2]);
    butterfly(&t[i + 7], &t[i + 4]), butterfly(&t[i + 6], &t[i + 5]);
  }
  rotate(f, t[29], t[18], 24, &t[18], &t[29]), rotate(f, t[28], t[19], 24, &t[19], &t[28]);
  rotate_on(f, t[27], t[20], 24, &t[20], &t[27]), rotate_on(f, t[26], t[21], 24, &t[21], &t[26]);
  for (int i = 0; i < 4; i++) butterfly(&t[16 + i], &t[23 - i]), butterfly(&t[31 - i], &t[24 + i]);
  for (int i = 20; i < 24; i++) rotate_eighth(f, t[47 - i], t[i], &t[i], &t[47 - i]);
  for (int i = 0; i < 16; i++) out[i] = add(e[i], t[31 - i]), out[31 - i] = sub(e[i], t[31 - i]);
}

INLINE void sine4(const Factors *f, const v128_t *in, v128_t *out) {
  const int a = f->sine[0], b = f->sine[1], c = f->sine[2], d = f->sine[3];
  out[0] = rounded(plus(products(in[0], in[2], a, d), products(in[3], in[1], b, c)), f->bits);
  out[1] = rounded(plus(products(in[0], in[2], b, -a), products(in[3], in[1], -d, c)), f->bits);
  out[3] = rounded(plus(products(in[0], in[2], d, b), products(in[3], in[1], -a, -c)), f->bits);
  out[2] = rounded(plus(products(in[0], in[2], c, -c), products(in[3], in[1], c, 0)), f->bits);
}
/* Two pairs, each turned, then added and subtracted: the second the way of the first, or mirrored. */
INLINE void meet(const Factors *f, Wide x, Wide y, Wide z, Wide w, v128_t out[4]) {
  if (f->early) {
    out[0] = rounded(x, f->bits), out[1] = rounded(y, f->bits), out[2] = rounded(z, f->bits), out[3] = rounded(w, f->bits);
    butterfly(&out[0], &out[2]), butterfly(&out[1], &out[3]);
    return;
  }
  out[0] = rounded(plus(x, z), f->bits), out[1] = rounded(plus(y, w), f->bits);
  out[2] = rounded(minus(x, z), f->bits), out[3] = rounded(minus(y, w), f->bits);
}
INLINE void turn_alike(const Factors *f, const v128_t *in, int a, int b, int angle, int c, int d, int angle_too, v128_t out[4]) {
  int cos = f->cosine[angle], sin = f->cosine[32 - angle], cos_too = f->cosine[angle_too], sin_too = f->cosine[32 - angle_too];
  meet(f, products(in[a], in[b], cos, sin), products(in[a], in[b], sin, -cos), products(in[c], in[d], cos_too, sin_too),
       products(in[c], in[d], sin_too, -cos_too), out);
}
INLINE void turn_mirrored(const Factors *f, v128_t a, v128_t b, v128_t c, v128_t d, int angle, v128_t out[4]) {
  int cos = f->cosine[angle], sin = f->cosine[32 - angle];
  meet(f, products(a, b, cos, sin), products(a, b, sin, -cos), products(c, d, cos, -sin), products(c, d, sin, cos), out);
}
INLINE void sine8(const Factors *f, const v128_t *in, v128_t *out) {
  v128_t a[4], b[4], c[4];
  turn_alike(f, in, 7, 0, 2, 3, 4, 18, a);
  turn_alike(f, in, 5, 2, 10, 1, 6, 26, b);
  turn_mirrored(f, a[2], a[3], b[3], b[2], 8, c);
  butterfly(&a[0], &b[0]), butterfly(&a[1], &b[1]);
  out[0] = a[0], out[7] = negative(a[1]), out[1] = negative(c[0]), out[6] = c[1];
  out[3] = negative(eighth(f, add(b[0], b[1]))), out[4] = eighth(f, sub(b[0], b[1]));
  out[2] = eighth(f, add(c[2], c[3])), out[5] = negative(eighth(f, sub(c[2], c[3])));
}
INLINE v128_t negative_eighth(const Factors *f, v128_t a) {
  return f->early ? negative(eighth(f, a)) : scaled(a, -f->cosine[16], f->bits);
}
INLINE void sine16(const Factors *f, const v128_t *in, v128_t *out) {
  v128_t a[4], b[4], c[4], d[4], e[4], g[4], h[4], k[4];
  turn_alike(f, in, 15, 0, 1, 7, 8, 17, a);
  turn_alike(f, in, 13, 2, 5, 5, 10, 21, b);
  turn_alike(f, in, 11, 4, 9, 3, 12, 25, c);
  turn_alike(f, in, 9, 6, 13, 1, 14, 29, d);
  turn_mirrored(f, a[2], a[3], c[3], c[2], 4, e);
  turn_mirrored(f, b[2], b[3], d[3], d[2], 20, g);
  butterfly(&a[0], &c[0]), butterfly(&a[1], &c[1]), butterfly(&b[0], &d[0]), butterfly(&b[1], &d[1]);
  turn_mirrored(f, c[0], c[1], d[1], d[0], 8, h);
  turn_mirrored(f, e[2], e[3], g[3], g[2], 8, k);
  butterfly(&a[0], &b[0]), butterfly(&a[1], &b[1]), butterfly(&e[0], &g[0]), butterfly(&e[1], &g[1]);
  out[0] = a[0], out[15] = negative(a[1]), out[1] = negative(e[0]), out[14] = e[1];
  out[3] = negative(h[0]), out[12] = h[1], out[2] = k[0], out[13] = negative(k[1]);
  out[7] = negative_eighth(f, add(b[0], b[1])), out[8] = eighth(f, sub(b[0], b[1]));
  out[4] = eighth(f, add(h[3], h[2])), out[11] = negative_eighth(f, sub(h[2], h[3]));
  out[6] = eighth(f, add(g[1], g[0])), out[9] = negative_eighth(f, sub(g[0], g[1]));
  out[5] = negative_eighth(f, add(k[2], k[3])), out[10] = eighth(f, sub(k[2], k[3]));
}
#endif
