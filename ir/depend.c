/* Dependence test for pairs of affine accesses (Goff, Kennedy, Tseng: "Practical Dependence
 * Testing", PLDI 1991; Banerjee: "Dependence Analysis for Supercomputing").
 *
 * a meets b where the difference of the two addresses is zero: an equation
 *   sum of a[k] * x[k]  -  sum of b[k] * y[k]  +  c  ==  0
 * over the iterations x of the first and y of the second access. Terms with a symbol in them make
 * an equation of their own, and so do the dimensions of an array (delinearisation). Equations in
 * one loop are solved exactly, those with a constant distance are put into the others (the delta
 * test); then every direction vector is tried against every equation, by greatest common divisor
 * and by Banerjee's bounds. */
#include "ir/depend.h"

#include "ir/distance.h"

#include <stdlib.h>

enum { LARGE_STEP = 4 /* a dimension's step against the largest of those inside of it */ };

/* ---- from forms to equations ----------------------------------------------------------------- */

static bool is_common(const IrNest *nest, uint32_t level) {
  return !nest->ntwins || level == 0;
}

/* One side of an equation: the coefficients of the terms with this symbol. */
static bool take_side(const IrLin *l, IrRef sym, int64_t coef[NEST_MAX], int64_t *c) {
  bool loops = false;
  for (uint32_t i = 0; i < l->n; i++) {
    const IrTerm *t = &l->terms[i];
    if (t->sym != sym)
      continue;
    if (t->loop < 0)
      *c = t->coef;
    else
      coef[t->loop] = t->coef;
    loops = loops || t->loop >= 0;
  }
  return loops;
}

static bool has_symbol(const IrLin *l, IrRef sym) {
  for (uint32_t i = 0; i < l->n; i++)
    if (l->terms[i].sym == sym)
      return true;
  return false;
}

/* False when nothing can be said. */
static bool add_equation(IrSystem *s, const IrLin *a, const IrLin *b, IrRef sym, int64_t low,
                         int64_t high) {
  IrEquation e = {.low = sym ? 0 : low, .high = sym ? 0 : high};
  int64_t of_a = 0, of_b = 0;
  bool loops_a = take_side(a, sym, e.a, &of_a), loops_b = take_side(b, sym, e.b, &of_b);
  if (__builtin_sub_overflow(of_a, of_b, &e.c))
    return false;
  if (sym && !loops_a && !loops_b && e.c)
    return false; /* apart by an unknown amount */
  if (sym && ((loops_a && !has_symbol(b, sym)) || (loops_b && !has_symbol(a, sym))))
    return false; /* one of them does not know of rows of this size */
  return ir_system_add(s, &e);
}

static bool add_equations(IrSystem *s, const IrLin *a, const IrLin *b, int64_t low, int64_t high) {
  IrRef syms[2 * LIN_MAX + 1] = {0};
  uint32_t nsyms = 1;
  for (uint32_t i = 0; i < a->n + b->n; i++) {
    IrRef sym = i < a->n ? a->terms[i].sym : b->terms[i - a->n].sym;
    uint32_t k = 0;
    while (k < nsyms && syms[k] != sym)
      k++;
    if (k == nsyms)
      syms[nsyms++] = sym;
  }
  for (uint32_t k = 0; k < nsyms; k++)
    if (!add_equation(s, a, b, syms[k], low, high))
      return false;
  return true;
}

/* ---- iterations ------------------------------------------------------------------------------ */

static IrBounds anything(void) {
  return (IrBounds){.open_low = true, .open_high = true};
}

/* The iterations of a loop, as seen at the access. */
static IrBounds span_of_loop(const IrNest *nest, uint32_t level, uint32_t loop, IrBlockId at) {
  const IrAnalysis *an = nest->an;
  const IrLoop *l = &an->loops[loop];
  bool skewed = ir_nest_is_skewed(nest, level, loop);
  if (l->trip == IR_TRIP_CONST && !skewed && l->count <= INT32_MAX)
    return (IrBounds){.low = 0, .high = l->count ? (int64_t)l->count - 1 : 0};
  if (l->counter == IR_NONE)
    return skewed ? anything() : (IrBounds){.open_high = true};
  IrRef counter = ir_ref(IR_REF_VALUE, l->counter);
  Ev e = ir_ev_of(an, loop, counter);
  IrRange r = ir_range_at(an, at, counter);
  IrRange limits = ir_type_range(&an->unit->types[an->fn->insns[l->counter].type]);
  bool known = e.kind == IR_EV_AFFINE && e.step && e.step > -INT32_MAX && r.low >= -INT32_MAX &&
               r.high <= INT32_MAX && r.low != limits.low && r.high != limits.high &&
               r.low <= r.high;
  if (!known)
    return skewed ? anything() : (IrBounds){.open_high = true};
  if (skewed)
    return e.step > 0 ? (IrBounds){.low = r.low, .high = r.high}
                      : (IrBounds){.low = -r.high, .high = -r.low};
  return (IrBounds){.low = 0, .high = (r.high - r.low) / llabs(e.step)};
}

static void set_spans(IrSystem *s, const IrNest *nest, const IrPlace *p, IrBounds *spans) {
  const uint32_t *loops = p->twin ? nest->twins : nest->loops;
  uint32_t depth = p->twin ? nest->ntwins : nest->depth;
  for (uint32_t k = 0; k < s->levels; k++) {
    if (k >= depth)
      spans[k] = (IrBounds){0};
    else if (!ir_loop_contains(nest->an, loops[k], p->access->block))
      spans[k] = anything();
    else
      spans[k] = span_of_loop(nest, k, loops[k], p->access->block);
  }
}

/* ---- delinearisation ------------------------------------------------------------------------- */

static uint64_t magnitude(int64_t v) {
  return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

/* What an equation falls into when all steps of `limit` bytes or more are an outer dimension. */
typedef struct Cut {
  IrEquation large, small;
  uint64_t divisor; /* of all large steps */
  uint64_t most;    /* of the small steps */
  bool both;        /* accesses have large steps */
} Cut;

static uint64_t cut_side(const int64_t *from, uint32_t levels, uint64_t limit, int64_t *large,
                         int64_t *small, Cut *cut) {
  uint64_t any = 0;
  for (uint32_t k = 0; k < levels; k++) {
    uint64_t m = magnitude(from[k]);
    *(m >= limit ? &large[k] : &small[k]) = from[k];
    if (m >= limit) {
      any = m;
      cut->divisor = ir_gcd(cut->divisor, m);
    } else if (m > cut->most) {
      cut->most = m;
    }
  }
  return any;
}

static Cut cut_at(const IrEquation *e, uint32_t levels, uint64_t limit) {
  Cut cut = {0};
  bool a = cut_side(e->a, levels, limit, cut.large.a, cut.small.a, &cut);
  bool b = cut_side(e->b, levels, limit, cut.large.b, cut.small.b, &cut);
  cut.both = a && b;
  cut.small.low = e->low;
  cut.small.high = e->high;
  return cut;
}

static int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* The small steps make up for one multiple of the large ones only, or may be taken to: then there
 * are two equations. */
static bool split_at(IrSystem *s, IrEquation *e, uint64_t limit, IrEquation *rest) {
  Cut cut = cut_at(e, s->levels, limit);
  if (!cut.most || !cut.divisor || cut.divisor > INT32_MAX || cut.divisor <= cut.most)
    return false;
  int64_t g = (int64_t)cut.divisor, multiple;
  IrBounds reach = ir_reach(s, &cut.small, NULL);
  if (!reach.open_low && !reach.open_high) {
    /* small + large + c in low .. high, large a multiple of g */
    int64_t first = -floor_div(-(reach.low + e->c - e->high), g);
    int64_t last = floor_div(reach.high + e->c - e->low, g);
    if (first < last)
      return false;
    multiple = first; /* when first > last, the small equation has no solution: fine */
  } else {
    if (!cut.both || cut.divisor < LARGE_STEP * cut.most)
      return false;
    multiple = floor_div(e->c + g / 2, g);
  }
  cut.large.c = multiple * g;
  cut.small.c = e->c - multiple * g;
  *e = cut.large;
  *rest = cut.small;
  return true;
}

static bool within(int64_t v, int64_t limit) {
  return v >= -limit && v <= limit;
}

static void split_dimensions(IrSystem *s) {
  for (uint32_t i = 0; i < s->count; i++)
    for (uint32_t k = 0; k < 2 * s->levels; k++) {
      const IrEquation *e = &s->equations[i];
      uint64_t limit = magnitude(k < s->levels ? e->a[k] : e->b[k - s->levels]);
      IrEquation rest;
      if (limit && s->count < EQUATIONS_MAX && within(e->c, INT64_MAX / 4) &&
          split_at(s, &s->equations[i], limit, &rest))
        s->equations[s->count++] = rest;
    }
}

/* ---- objects --------------------------------------------------------------------------------- */

IrPlace ir_place(IrNest *nest, const IrAccess *access) {
  IrPlace p = {.access = access};
  p.linear = ir_linear_addr(nest, &nest->an->fn->addrs[access->addr], &p.form);
  p.twin = nest->ntwins && ir_loop_contains(nest->an, nest->twins[0], access->block);
  return p;
}

static IrRef base_of(const IrNest *nest, const IrPlace *p) {
  if (p->linear)
    return p->form.base;
  return ir_root_of(nest->an, nest->an->fn->addrs[p->access->addr].base);
}

/* Different bases: NONE, or UNKNOWN, with the condition if there is one. */
static IrDepend different_objects(const IrNest *nest, IrRef a, IrRef b) {
  IrDepend d = {.kind = IR_DEPEND_UNKNOWN};
  if (!ir_nest_is_fixed(nest, a) || !ir_nest_is_fixed(nest, b))
    return d;
  if (ir_distinct_roots(nest->an, a, b)) {
    d.kind = IR_DEPEND_NONE;
    return d;
  }
  d.apart[0] = a < b ? a : b;
  d.apart[1] = a < b ? b : a;
  return d;
}

/* ---- other effects --------------------------------------------------------------------------- */

/* Library functions of numbers (sqrt, fabs) neither read nor write memory that anyone looks at. */
static bool is_arithmetic_call(const IrAnalysis *an, const IrInsn *in) {
  uint32_t flags = an->unit->symbols[in->aux].flags;
  if (flags & IR_SYM_CONSTFN)
    return true;
  if (!(flags & IR_SYM_BUILTIN) || !in->nargs)
    return false;
  for (uint32_t i = 0; i < in->nargs; i++)
    if (an->unit->types[ir_ref_type(an->unit, an->fn, ir_arg(an->fn, in, i))].kind != IR_T_FLOAT)
      return false;
  return an->unit->types[in->type].kind == IR_T_FLOAT;
}

bool ir_has_effect(const IrAnalysis *an, const IrInsn *in) {
  switch (in->op) {
  case IR_CALL:
    return !is_arithmetic_call(an, in);
  case IR_CALLP:
  case IR_OPAQUE:
  case IR_RMW:
  case IR_CMPXCHG:
  case IR_FENCE:
  case IR_VAARG:
  case IR_ALLOCA:
    return true;
  case IR_ASM:
    return in->flags & (IR_INSN_MEMORY | IR_INSN_VOLATILE);
  default: {
    const IrAddr *a = ir_addr_of(an->fn, in);
    return a && a->flags & (IR_MEM_VOLATILE | IR_MEM_ATOMIC);
  }
  }
}

/* ---- the test -------------------------------------------------------------------------------- */

IrDirection ir_depend_direction(uint32_t vector, uint32_t level) {
  static const uint32_t power[] = {1, 3, 9, 27};
  return (IrDirection)(vector / power[level] % 3);
}

uint32_t ir_depend_vectors(uint32_t depth) {
  static const uint32_t counts[] = {1, 3, 9, 27, DIRECTION_VECTORS};
  return counts[depth];
}

bool ir_depend_has(const IrDepend *d, uint32_t level, IrDirection direction) {
  for (uint32_t v = 0; v < ir_depend_vectors(d->depth); v++)
    if (d->vectors[v] && ir_depend_direction(v, level) == direction)
      return true;
  return false;
}

static void try_vectors(const IrSystem *s, IrDepend *d) {
  d->kind = IR_DEPEND_NONE;
  for (uint32_t v = 0; v < ir_depend_vectors(d->depth); v++) {
    int way[NEST_MAX];
    for (uint32_t k = 0; k < s->levels; k++)
      way[k] = k < d->depth ? (int)ir_depend_direction(v, k) : IR_ANY_WAY;
    d->vectors[v] = ir_system_allows(s, way);
    if (d->vectors[v])
      d->kind = IR_DEPEND_SOME;
  }
}

/* low .. high: how far the addresses may be apart for the bytes to overlap. */
static bool make_system(IrSystem *s, const IrNest *nest, const IrPlace *a, const IrPlace *b) {
  int64_t size_a = (int64_t)nest->an->fn->addrs[a->access->addr].size;
  int64_t size_b = (int64_t)nest->an->fn->addrs[b->access->addr].size;
  if (!within(size_a, INT32_MAX) || !within(size_b, INT32_MAX))
    return false;
  s->levels = nest->depth > nest->ntwins ? nest->depth : nest->ntwins;
  for (uint32_t k = 0; k < s->levels; k++)
    s->common[k] = is_common(nest, k);
  set_spans(s, nest, a, s->x);
  set_spans(s, nest, b, s->y);
  return add_equations(s, &a->form.at, &b->form.at, size_a ? 1 - size_a : 0,
                       size_b ? size_b - 1 : 0) &&
         (!a->form.has_row || add_equations(s, &a->form.row, &b->form.row, 0, 0));
}

IrDepend ir_depend(const IrNest *nest, const IrPlace *a, const IrPlace *b) {
  const IrAnalysis *an = nest->an;
  const IrAddr *from = &an->fn->addrs[a->access->addr], *to = &an->fn->addrs[b->access->addr];
  IrDepend d = {.kind = IR_DEPEND_NONE, .depth = nest->ntwins ? 1 : nest->depth};
  if (ir_distinct_roots(an, ir_root_of(an, from->base), ir_root_of(an, to->base)) ||
      ir_types_may_alias(an, from, to) == IR_WRITES_NOT)
    return d;
  IrRef base_a = base_of(nest, a), base_b = base_of(nest, b);
  if (base_a != base_b)
    return different_objects(nest, base_a, base_b);
  IrSystem s = {0};
  d.kind = IR_DEPEND_UNKNOWN;
  if (!a->linear || !b->linear || a->form.has_row != b->form.has_row ||
      !make_system(&s, nest, a, b))
    return d;
  split_dimensions(&s);
  d.rows = a->form.has_row ? a->form.base : 0;
  d.kind = IR_DEPEND_NONE;
  if (!ir_system_solve(&s))
    return d;
  try_vectors(&s, &d);
  for (uint32_t k = 0; k < d.depth && d.kind == IR_DEPEND_SOME; k++) {
    d.fixed[k] = s.fixed[k];
    d.distance[k] = s.distance[k];
  }
  return d;
}
