/* Linear forms of addresses. A counter becomes its start plus step times the loop's iteration, so
 * that counters of different loops, and several of one loop, can be compared. */
#include "ir/linear.h"

enum { MAX_STEPS = 24 };

static const IrLin failed = {.ok = false};

static IrLin constant(int64_t c) {
  IrLin l = {.ok = true};
  if (c)
    l.terms[l.n++] = (IrTerm){0, -1, c};
  return l;
}

static IrLin symbol(IrRef sym) {
  return (IrLin){.terms = {{sym, -1, 1}}, .n = 1, .ok = true};
}

static void add_term(IrLin *l, IrTerm t) {
  uint32_t i = 0;
  while (i < l->n && (l->terms[i].sym != t.sym || l->terms[i].loop != t.loop))
    i++;
  if (i == LIN_MAX) {
    l->ok = false;
    return;
  }
  if (i == l->n)
    l->terms[l->n++] = (IrTerm){t.sym, t.loop, 0};
  if (__builtin_add_overflow(l->terms[i].coef, t.coef, &l->terms[i].coef))
    l->ok = false;
  if (!l->terms[i].coef)
    l->terms[i] = l->terms[--l->n];
}

static IrLin lin_add(IrLin a, const IrLin *b, int64_t factor) {
  a.ok = a.ok && b->ok;
  for (uint32_t i = 0; i < b->n && a.ok; i++) {
    IrTerm t = b->terms[i];
    if (__builtin_mul_overflow(t.coef, factor, &t.coef))
      a.ok = false;
    else
      add_term(&a, t);
  }
  return a;
}

IrLin ir_lin_minus(const IrLin *a, const IrLin *b) {
  return lin_add(*a, b, -1);
}

/* Products of two symbols or of two iterations have no linear form. */
static IrLin lin_mul(const IrLin *a, const IrLin *b) {
  IrLin r = {.ok = a->ok && b->ok};
  for (uint32_t i = 0; i < a->n && r.ok; i++)
    for (uint32_t k = 0; k < b->n && r.ok; k++) {
      const IrTerm *x = &a->terms[i], *y = &b->terms[k];
      IrTerm t = {x->sym ? x->sym : y->sym, x->loop >= 0 ? x->loop : y->loop, 0};
      if ((x->sym && y->sym) || (x->loop >= 0 && y->loop >= 0) ||
          __builtin_mul_overflow(x->coef, y->coef, &t.coef))
        return failed;
      add_term(&r, t);
    }
  return r;
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool is_fixed_in(const IrNest *nest, uint32_t loop, IrRef ref) {
  Ev e = ir_ev_of(nest->an, loop, ref);
  return e.kind == IR_EV_INVARIANT && !(e.flags & EV_MOVES);
}

bool ir_nest_is_fixed(const IrNest *nest, IrRef ref) {
  return is_fixed_in(nest, nest->loops[0], ref) &&
         (!nest->ntwins || is_fixed_in(nest, nest->twins[0], ref));
}

static bool equal_values(const IrNest *nest, IrRef a, IrRef b, uint32_t depth);

static bool equal_addresses(const IrNest *nest, const IrAddr *a, const IrAddr *b, uint32_t depth) {
  return a->offset == b->offset && a->scale == b->scale && a->size == b->size &&
         equal_values(nest, a->base, b->base, depth) &&
         equal_values(nest, a->index, b->index, depth);
}

/* Computed alike from the same? Only for values that do not change while the nest runs. */
static bool equal_values(const IrNest *nest, IrRef a, IrRef b, uint32_t depth) {
  const IrFunction *fn = nest->an->fn;
  const IrInsn *x = ir_def(fn, a), *y = ir_def(fn, b);
  if (a == b)
    return true;
  if (!x || !y || !depth || x->op != y->op || x->type != y->type || x->nargs != y->nargs ||
      x->op == IR_PHI || x->op == IR_PARAM || x->op >= IR_STORE)
    return false;
  for (uint32_t i = 0; i < x->nargs; i++)
    if (!equal_values(nest, ir_arg(fn, x, i), ir_arg(fn, y, i), depth - 1))
      return false;
  const IrAddr *from = ir_addr_of(fn, x), *to = ir_addr_of(fn, y);
  return from ? equal_addresses(nest, from, to, depth - 1) : x->aux == y->aux;
}

/* One name for all that is computed alike. */
static IrRef same_value(IrNest *nest, IrRef ref) {
  for (uint32_t i = 0; i < nest->nseen; i++)
    if (equal_values(nest, ref, nest->seen[i], 6))
      return nest->seen[i];
  if (nest->nseen < SEEN_MAX)
    nest->seen[nest->nseen++] = ref;
  return ref;
}

/* The level of the loop that the PHI heads, -1 if it is none of the nests'. */
static int32_t level_of_phi(const IrNest *nest, IrInsnId phi, uint32_t *loop) {
  for (uint32_t i = 0; i < nest->depth + nest->ntwins; i++) {
    uint32_t level = i < nest->depth ? i : i - nest->depth;
    *loop = i < nest->depth ? nest->loops[level] : nest->twins[level];
    if (ir_is_header_phi(nest->an, *loop, phi))
      return (int32_t)level;
  }
  return -1;
}

bool ir_nest_is_skewed(const IrNest *nest, uint32_t level, uint32_t loop) {
  IrInsnId counter = nest->an->loops[loop].counter;
  if (counter == IR_NONE || !level)
    return false;
  IrRef init = ir_phi_init(nest->an, loop, counter);
  return !ir_has_ref(init) || !ir_nest_is_fixed(nest, init);
}

/* step * iteration of a counter; not ok when it does not count evenly. */
static IrLin counted(IrNest *nest, IrInsnId phi, IrRef *init) {
  uint32_t loop;
  int32_t level = level_of_phi(nest, phi, &loop);
  if (level < 0)
    return failed;
  Ev e = ir_ev_of(nest->an, loop, ir_ref(IR_REF_VALUE, phi));
  *init = ir_phi_init(nest->an, loop, phi);
  if (!ir_has_ref(*init) || e.flags & EV_WRAPS)
    return failed;
  if (ir_nest_is_skewed(nest, (uint32_t)level, loop)) {
    if (nest->an->loops[loop].counter != phi || e.kind != IR_EV_AFFINE ||
        (e.step != 1 && e.step != -1))
      return failed;
    *init = ir_no_ref(); /* the value, wherever it started */
    return (IrLin){.terms = {{0, level, e.step}}, .n = 1, .ok = true};
  }
  if (e.kind == IR_EV_AFFINE)
    return (IrLin){.terms = {{0, level, e.step}}, .n = 1, .ok = true};
  if (e.kind == IR_EV_SYMBOLIC && ir_has_ref(e.ref) && ir_nest_is_fixed(nest, e.ref))
    return (IrLin){.terms = {{same_value(nest, e.ref), level, e.step}}, .n = 1, .ok = true};
  return failed;
}

static IrLin lin_of(IrNest *nest, IrRef ref, uint32_t steps);

/* A factor that does not change is one symbol however it is made up: in i * (n + 1) + j the row is
 * n + 1 long. */
static IrLin lin_of_factor(IrNest *nest, IrRef ref, uint32_t steps) {
  int64_t c;
  while (ir_is(ir_def(nest->an->fn, ref), IR_CONV) && ir_nest_is_fixed(nest, ref))
    ref = ir_arg(nest->an->fn, ir_def(nest->an->fn, ref), 0);
  if (!ir_const_int(nest->an->fn, ref, &c) && ir_nest_is_fixed(nest, ref))
    return symbol(same_value(nest, ref));
  return lin_of(nest, ref, steps);
}

static IrLin lin_of_insn(IrNest *nest, IrRef ref, const IrInsn *in, uint32_t steps) {
  const IrFunction *fn = nest->an->fn;
  int64_t c;
  IrLin a = failed, b = failed;
  switch (in->op) {
  case IR_CONV:
    return lin_of(nest, ir_arg(fn, in, 0), steps);
  case IR_ADD:
  case IR_SUB:
    a = lin_of(nest, ir_arg(fn, in, 0), steps);
    b = lin_of(nest, ir_arg(fn, in, 1), steps);
    return lin_add(a, &b, in->op == IR_SUB ? -1 : 1);
  case IR_MUL:
    a = lin_of_factor(nest, ir_arg(fn, in, 0), steps);
    b = lin_of_factor(nest, ir_arg(fn, in, 1), steps);
    return lin_mul(&a, &b);
  case IR_SHL:
    if (!ir_const_int(fn, ir_arg(fn, in, 1), &c) || c < 0 || c > 61)
      return failed;
    a = lin_of(nest, ir_arg(fn, in, 0), steps);
    return lin_add(constant(0), &a, (int64_t)1 << c);
  case IR_NEG:
    a = lin_of(nest, ir_arg(fn, in, 0), steps);
    return lin_add(constant(0), &a, -1);
  case IR_PHI: {
    IrRef init = ir_no_ref();
    b = counted(nest, ir_ref_index(ref), &init);
    if (!b.ok || !ir_has_ref(init))
      return b;
    a = lin_of(nest, init, steps);
    return lin_add(a, &b, 1);
  }
  default:
    return failed;
  }
}

/* In all loops of the nest; sums that wrap, and conversions that cut something off, do not. */
static bool moves_evenly(const IrNest *nest, IrRef ref) {
  for (uint32_t i = 0; i < nest->depth + nest->ntwins; i++) {
    Ev e = ir_ev_of(nest->an, i < nest->depth ? nest->loops[i] : nest->twins[i - nest->depth], ref);
    if (e.kind == IR_EV_VARIES || e.flags & EV_WRAPS)
      return false;
  }
  return true;
}

static IrLin lin_of(IrNest *nest, IrRef ref, uint32_t steps) {
  int64_t c;
  const IrInsn *in = ir_def(nest->an->fn, ref);
  if (ir_const_int(nest->an->fn, ref, &c))
    return constant(c);
  if (in && steps < MAX_STEPS) {
    IrLin l = moves_evenly(nest, ref) ? lin_of_insn(nest, ref, in, steps + 1) : failed;
    if (l.ok)
      return l;
  }
  return ir_nest_is_fixed(nest, ref) ? symbol(same_value(nest, ref)) : failed;
}

/* ---- addresses ------------------------------------------------------------------------------- */

static bool form_addr(IrNest *nest, const IrAddr *a, IrForm *f, uint32_t steps);

static bool form_pointer(IrNest *nest, IrRef ref, IrForm *f, uint32_t steps) {
  const IrAnalysis *an = nest->an;
  const IrInsn *in = ir_def(an->fn, ref);
  if (in && steps < MAX_STEPS) {
    IrRef init;
    if (in->op == IR_ADDR)
      return form_addr(nest, &an->fn->addrs[in->aux], f, steps + 1);
    if (in->op == IR_CONV)
      return form_pointer(nest, ir_arg(an->fn, in, 0), f, steps + 1);
    if (in->op == IR_PHI) {
      IrLin moved = counted(nest, ir_ref_index(ref), &init);
      if (moved.ok && ir_has_ref(init)) {
        bool ok = form_pointer(nest, init, f, steps + 1);
        f->at = lin_add(f->at, &moved, 1);
        return ok && f->at.ok;
      }
    }
  }
  f->at = constant(0);
  f->base = ref;
  if (ir_nest_is_fixed(nest, ref)) {
    f->base = same_value(nest, ref);
    return true;
  }
  if (!in || in->op != IR_LOAD || f->has_row)
    return false;
  IrForm table = {.has_row = true}; /* only one level of rows */
  if (!form_addr(nest, &an->fn->addrs[in->aux], &table, steps + 1))
    return false;
  *f = (IrForm){.base = table.base, .has_row = true, .row = table.at, .at = constant(0)};
  return true;
}

static bool form_addr(IrNest *nest, const IrAddr *a, IrForm *f, uint32_t steps) {
  if (!form_pointer(nest, a->base, f, steps))
    return false;
  IrLin offset = constant(a->offset);
  f->at = lin_add(f->at, &offset, 1);
  if (ir_has_ref(a->index)) {
    IrLin index = lin_of(nest, a->index, 0);
    f->at = lin_add(f->at, &index, a->scale);
  }
  return f->at.ok;
}

bool ir_linear_addr(IrNest *nest, const IrAddr *addr, IrForm *out) {
  *out = (IrForm){0};
  return form_addr(nest, addr, out, 0);
}
