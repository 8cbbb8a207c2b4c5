/* Solutions of linear equations in bounded integers: the tests named ZIV, strong and weak SIV, GCD
 * and Banerjee in the literature. Numbers are kept small enough (COEF_MAX) for products with
 * iteration counts to fit; sums that do not are taken for unbounded, which is safe. */
#include "ir/distance.h"

#include "ir/depend.h"

static const int64_t COEF_MAX = (int64_t)1 << 40, FAR = (int64_t)1 << 62;

uint64_t ir_gcd(uint64_t a, uint64_t b) {
  while (b) {
    uint64_t r = a % b;
    a = b;
    b = r;
  }
  return a;
}

static uint64_t magnitude(int64_t v) {
  return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static bool is_small(int64_t v) {
  return v >= -COEF_MAX && v <= COEF_MAX;
}

bool ir_system_add(IrSystem *s, const IrEquation *e) {
  for (uint32_t k = 0; k < s->levels; k++)
    if (!is_small(e->a[k]) || !is_small(e->b[k]))
      return false;
  if (s->count == EQUATIONS_MAX || !is_small(e->c))
    return false;
  s->equations[s->count++] = *e;
  return true;
}

static int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static int64_t ceil_div(int64_t a, int64_t b) {
  return -floor_div(-a, b);
}

/* The multiples m * g that are c apart from a value in low .. high: the first and the last m. */
typedef struct Multiples {
  int64_t first, last;
} Multiples;

static Multiples multiples_of(const IrEquation *e, uint64_t g) {
  if (!g || g > (uint64_t)FAR) /* only zero is one */
    return (Multiples){0, e->low <= e->c && e->c <= e->high ? 0 : -1};
  return (Multiples){ceil_div(e->low - e->c, (int64_t)g), floor_div(e->high - e->c, (int64_t)g)};
}

/* ---- Banerjee's bounds ----------------------------------------------------------------------- */

static const IrBounds nothing = {0};
static const IrBounds everything = {.open_low = true, .open_high = true};

static IrBounds widened(IrBounds s, int64_t by) {
  if (__builtin_add_overflow(s.low, by, &s.low) || s.low < -FAR)
    s.open_low = true;
  if (__builtin_add_overflow(s.high, by, &s.high) || s.high > FAR)
    s.open_high = true;
  return s;
}

static IrBounds plus(IrBounds a, IrBounds b) {
  IrBounds r = {.open_low = a.open_low || b.open_low, .open_high = a.open_high || b.open_high};
  if (!r.open_low && (__builtin_add_overflow(a.low, b.low, &r.low) || r.low < -FAR))
    r.open_low = true;
  if (!r.open_high && (__builtin_add_overflow(a.high, b.high, &r.high) || r.high > FAR))
    r.open_high = true;
  return r;
}

/* factor * v for all v of the span. */
static IrBounds times(IrBounds s, int64_t factor) {
  if (!factor)
    return nothing;
  IrBounds r = {.open_low = s.open_low, .open_high = s.open_high};
  r.open_low |= !s.open_low && __builtin_mul_overflow(s.low, factor, &r.low);
  r.open_high |= !s.open_high && __builtin_mul_overflow(s.high, factor, &r.high);
  if (factor < 0)
    r = (IrBounds){r.high, r.low, r.open_high, r.open_low};
  return r;
}

/* 0 .. most of it, open above when `most` is negative */
static IrBounds from_zero(int64_t most) {
  return (IrBounds){.high = most < 0 ? 0 : most, .open_high = most < 0};
}

/* p * u + q * v for u, v >= 0, u + v <= most. */
static IrBounds over_triangle(int64_t p, int64_t q, int64_t most) {
  IrBounds u = times(from_zero(most), p), v = times(from_zero(most), q);
  return (IrBounds){.low = u.low < v.low ? u.low : v.low,
                    .high = u.high > v.high ? u.high : v.high,
                    .open_low = u.open_low || v.open_low,
                    .open_high = u.open_high || v.open_high};
}

/* What both x and y can be. */
static IrBounds both(IrBounds x, IrBounds y) {
  IrBounds r = {.open_low = x.open_low && y.open_low, .open_high = x.open_high && y.open_high};
  r.low = x.open_low ? y.low : y.open_low ? x.low : x.low > y.low ? x.low : y.low;
  r.high = x.open_high ? y.high : y.open_high ? x.high : x.high < y.high ? x.high : y.high;
  return r;
}

/* The smallest span that has both in it. */
static IrBounds either(IrBounds x, IrBounds y) {
  return (IrBounds){.low = x.low < y.low ? x.low : y.low,
                    .high = x.high > y.high ? x.high : y.high,
                    .open_low = x.open_low || y.open_low,
                    .open_high = x.open_high || y.open_high};
}

/* a * x - b * y with x before or after y, both in `s`. */
static IrBounds reach_apart(IrBounds s, int64_t a, int64_t b, bool before) {
  int64_t step = before ? -b : a; /* y == x + 1 + t, or x == y + 1 + t */
  if (s.open_low)                 /* the smaller one is anything */
    return a != b ? everything : widened(times(from_zero(-1), step), step);
  int64_t most = s.open_high ? -1 : s.high - s.low - 1;
  return plus(widened(over_triangle(a - b, step, most), step),
              times((IrBounds){.low = s.low, .high = s.low}, a - b));
}

static IrBounds reach_level(const IrSystem *s, uint32_t k, int64_t a, int64_t b, int way) {
  switch (way) {
  case IR_BEFORE:
  case IR_AFTER:
    return reach_apart(either(s->x[k], s->y[k]), a, b, way == IR_BEFORE);
  case IR_SAME:
    return times(both(s->x[k], s->y[k]), a - b);
  default:
    return plus(times(s->x[k], a), times(s->y[k], -b));
  }
}

IrBounds ir_reach(const IrSystem *s, const IrEquation *e, const int *ways) {
  IrBounds sum = nothing;
  for (uint32_t k = 0; k < s->levels; k++)
    if (e->a[k] || e->b[k])
      sum = plus(sum, reach_level(s, k, e->a[k], e->b[k], ways ? ways[k] : IR_ANY_WAY));
  return sum;
}

static bool in_reach(const IrSystem *s, const IrEquation *e, const int *ways) {
  IrBounds sum = widened(ir_reach(s, e, ways), e->c);
  return (sum.open_low || sum.low <= e->high) && (sum.open_high || sum.high >= e->low);
}

/* ---- greatest common divisor ----------------------------------------------------------------- */

static bool divides(const IrSystem *s, const IrEquation *e, const int *ways) {
  uint64_t g = 0;
  for (uint32_t k = 0; k < s->levels; k++) {
    if (ways[k] == IR_SAME)
      g = ir_gcd(g, magnitude(e->a[k] - e->b[k]));
    else
      g = ir_gcd(ir_gcd(g, magnitude(e->a[k])), magnitude(e->b[k]));
  }
  Multiples m = multiples_of(e, g);
  return m.first <= m.last;
}

/* ---- equations in one loop ------------------------------------------------------------------- */

/* The only level in the equation; `levels` when there are several, or none. */
static uint32_t only_level(const IrSystem *s, const IrEquation *e) {
  uint32_t found = s->levels;
  for (uint32_t k = 0; k < s->levels; k++)
    if (e->a[k] || e->b[k]) {
      if (found != s->levels)
        return s->levels;
      found = k;
    }
  return found;
}

/* The integers t for which all conditions so far hold. */
typedef struct Family {
  int64_t low, high;
} Family;

/* first + step * t >= least */
static void at_least(Family *f, int64_t first, int64_t step, int64_t least) {
  int64_t need;
  if (__builtin_sub_overflow(least, first, &need) || magnitude(need) > (uint64_t)FAR)
    return; /* not narrowed: safe */
  if (!step && need > 0)
    *f = (Family){1, 0};
  if (step > 0 && ceil_div(need, step) > f->low)
    f->low = ceil_div(need, step);
  if (step < 0 && floor_div(need, step) < f->high)
    f->high = floor_div(need, step);
}

static void within(Family *f, int64_t first, int64_t step, const IrBounds *span) {
  if (!span->open_low)
    at_least(f, first, step, span->low);
  if (!span->open_high)
    at_least(f, -first, -step, -span->high);
}

/* p * a + q * b == the divisor returned */
static int64_t extended_gcd(int64_t a, int64_t b, int64_t *p, int64_t *q) {
  int64_t p0 = 1, q0 = 0, p1 = 0, q1 = 1;
  while (b) {
    int64_t times_b = a / b, r = a % b, p2 = p0 - times_b * p1, q2 = q0 - times_b * q1;
    a = b;
    b = r;
    p0 = p1;
    p1 = p2;
    q0 = q1;
    q1 = q2;
  }
  *p = p0;
  *q = q0;
  return a;
}

/* Has a * x - b * y == v a solution of that direction? Exact; true when numbers grow too large. */
static bool solvable(const IrSystem *s, uint32_t k, int64_t a, int64_t b, int64_t v, int way) {
  int64_t p, q, x, y;
  if (way == IR_SAME && a == b)
    return v == 0;
  int64_t g = extended_gcd(a, -b, &p, &q);
  if (v % g)
    return false;
  if (__builtin_mul_overflow(p, v / g, &x) || __builtin_mul_overflow(q, v / g, &y) ||
      magnitude(x) > (uint64_t)FAR / 4 || magnitude(y) > (uint64_t)FAR / 4)
    return true;
  int64_t step_x = b / g, step_y = a / g; /* a * step_x == b * step_y */
  Family f = {-FAR, FAR};
  within(&f, x, step_x, &s->x[k]);
  within(&f, y, step_y, &s->y[k]);
  if (way == IR_BEFORE || way == IR_SAME) /* y - x >= 1, or 0 */
    at_least(&f, y - x, step_y - step_x, way == IR_BEFORE ? 1 : 0);
  if (way == IR_AFTER || way == IR_SAME)
    at_least(&f, x - y, step_x - step_y, way == IR_AFTER ? 1 : 0);
  return f.low <= f.high;
}

enum { MANY_VALUES = 16 };

static bool exact(const IrSystem *s, const IrEquation *e, const int *ways) {
  uint32_t k = only_level(s, e);
  if (k == s->levels)
    return true;
  uint64_t g = ir_gcd(magnitude(e->a[k]), magnitude(e->b[k]));
  Multiples m = multiples_of(e, g);
  if (m.last - m.first >= MANY_VALUES)
    return true;
  for (int64_t i = m.first; i <= m.last; i++)
    if (solvable(s, k, e->a[k], e->b[k], i * (int64_t)g, ways[k]))
      return true;
  return false;
}

/* ---- the system ------------------------------------------------------------------------------ */

static bool distance_fits(const IrSystem *s, uint32_t k, int64_t by) {
  IrBounds all = either(s->x[k], s->y[k]);
  return all.open_low || all.open_high || magnitude(by) <= (uint64_t)(all.high - all.low);
}

/* y[k] == x[k] + by, put into all equations. */
static void put_in(IrSystem *s, uint32_t k, int64_t by) {
  s->fixed[k] = true;
  s->distance[k] = by;
  for (uint32_t i = 0; i < s->count; i++) {
    IrEquation *e = &s->equations[i];
    int64_t moved;
    if (__builtin_mul_overflow(e->b[k], by, &moved) || __builtin_sub_overflow(e->c, moved, &moved))
      continue;
    e->c = moved;
    e->a[k] -= e->b[k];
    e->b[k] = 0;
  }
}

/* The equation divided by its divisor; false when it has several right sides even so. */
static bool lowest_terms(const IrSystem *s, const IrEquation *e, IrEquation *out) {
  uint64_t g = 0;
  for (uint32_t k = 0; k < s->levels; k++)
    g = ir_gcd(ir_gcd(g, magnitude(e->a[k])), magnitude(e->b[k]));
  Multiples m = multiples_of(e, g);
  if (!g || m.first != m.last)
    return false;
  *out = (IrEquation){.c = -m.first};
  for (uint32_t k = 0; k < s->levels; k++) {
    out->a[k] = e->a[k] / (int64_t)g;
    out->b[k] = e->b[k] / (int64_t)g;
  }
  return true;
}

/* What follows from two equations together: their sum. It tells that a[i][j] and a[j][i] lie on
 * different sides of the diagonal. */
static void add_sums(IrSystem *s) {
  uint32_t n = s->count;
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t j = 0; j < i && s->count < EQUATIONS_MAX; j++) {
      const IrEquation *e = &s->equations[i], *f = &s->equations[j];
      IrEquation x, y;
      if (only_level(s, e) != s->levels || only_level(s, f) != s->levels ||
          !lowest_terms(s, e, &x) || !lowest_terms(s, f, &y))
        continue;
      for (uint32_t k = 0; k < s->levels; k++) {
        x.a[k] += y.a[k];
        x.b[k] += y.b[k];
      }
      x.c += y.c;
      ir_system_add(s, &x);
    }
}

bool ir_system_solve(IrSystem *s) {
  add_sums(s);
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 0; i < s->count; i++) {
      const IrEquation *e = &s->equations[i];
      uint32_t k = only_level(s, e);
      if (k == s->levels || !s->common[k] || s->fixed[k] || e->a[k] != e->b[k])
        continue;
      Multiples m = multiples_of(e, magnitude(e->a[k])); /* m * |a| == a * (x - y) */
      if (m.first > m.last)
        return false;
      if (m.first < m.last)
        continue;
      int64_t by = e->a[k] > 0 ? -m.first : m.first;
      if (!distance_fits(s, k, by))
        return false;
      put_in(s, k, by);
      changed = true;
    }
  }
  return true;
}

bool ir_system_allows(const IrSystem *s, const int *ways) {
  for (uint32_t k = 0; k < s->levels; k++) {
    if (ways[k] == IR_ANY_WAY)
      continue;
    int sign = s->distance[k] > 0 ? IR_BEFORE : s->distance[k] < 0 ? IR_AFTER : IR_SAME;
    if (s->fixed[k] && sign != ways[k])
      return false;
    IrBounds all = either(s->x[k], s->y[k]);
    if (ways[k] != IR_SAME && !all.open_low && !all.open_high && all.low >= all.high)
      return false;
  }
  for (uint32_t i = 0; i < s->count; i++) {
    const IrEquation *e = &s->equations[i];
    if (!divides(s, e, ways) || !in_reach(s, e, ways) || !exact(s, e, ways))
      return false;
  }
  return true;
}
