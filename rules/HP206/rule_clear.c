/* Objects here are local variables and blocks fresh from the heap: what is known of them is known
 * through their own names. */
#include "rules/HP206/clear.h"

#include "rules/calls.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <string.h>

enum { DOWN = 4 };

/* ---- sizes ----------------------------------------------------------------------------------- */

static void multiply(const IrFunction *fn, IrRef ref, Product *out) {
  int64_t c;
  const IrInsn *in = ir_def(fn, ref);
  while (ir_is(in, IR_CONV)) {
    ref = ir_arg(fn, in, 0);
    in = ir_def(fn, ref);
  }
  if (ir_const_int(fn, ref, &c)) {
    out->ok &= !__builtin_mul_overflow(out->constant, c, &out->constant);
  } else if (ir_is(in, IR_MUL)) {
    multiply(fn, ir_arg(fn, in, 0), out);
    multiply(fn, ir_arg(fn, in, 1), out);
  } else if (out->count == MAX_FACTORS) {
    out->ok = false;
  } else {
    out->factors[out->count++] = ref;
  }
}

static Product product_of(const IrFunction *fn, IrRef a) {
  Product p = {.constant = 1, .ok = true};
  multiply(fn, a, &p);
  return p;
}

static bool same_factor(const IrFunction *fn, IrRef a, IrRef b) {
  return a == b || touch_same_pointer(fn, a, b);
}

/* Surely at least as much. */
static bool covers(const IrFunction *fn, const Product *written, const Product *cleared) {
  if (!written->ok || !cleared->ok || written->count != cleared->count ||
      written->constant < cleared->constant)
    return false;
  bool used[MAX_FACTORS] = {false};
  for (uint32_t i = 0; i < cleared->count; i++) {
    bool found = false;
    for (uint32_t k = 0; k < written->count && !found; k++)
      if (!used[k] && same_factor(fn, written->factors[k], cleared->factors[i]))
        found = used[k] = true;
    if (!found)
      return false;
  }
  return true;
}

/* ---- what clears ----------------------------------------------------------------------------- */

static const char *const callocs[] = {"calloc",      "xcalloc",    "g_malloc0",
                                      "g_malloc0_n", "av_mallocz", NULL};

/* The call's result is memory that was set to zero: the library's, or a wrapper's of it. */
static bool returns_cleared(const IrProgram *p, const PgFunction *pf, const IrInsn *in, int down) {
  PgFunc callee = in->op == IR_CALL ? pg_callee(p, pf->unit, pf->fn, in) : IR_NONE;
  if (callee == IR_NONE)
    return false;
  const PgFunction *cf = pg_func(p, callee);
  if (!cf->fn)
    return call_of_library(p, pf, in, callocs) >= 0;
  if (!cf->an || down == 0)
    return false;
  bool cleared = false;
  for (IrInsnId i = 0; i < cf->fn->ninsns; i++) {
    const IrInsn *ret = &cf->fn->insns[i];
    int64_t null;
    if (ret->op != IR_RET || !ret->nargs)
      continue;
    IrRef value = ir_addr_root(cf->fn, ir_arg(cf->fn, ret, 0));
    if (ir_const_int(cf->fn, value, &null))
      continue;
    const IrInsn *from = ir_def(cf->fn, value);
    if (!ir_is(from, IR_CALL) || !returns_cleared(p, cf, from, down - 1))
      return false;
    cleared = true;
  }
  return cleared;
}

static bool clear_by_calloc(const IrInsn *in, Clear *c) {
  const IrFunction *fn = c->pf->fn;
  const PgSummary *s = pg_summary(c->p, c->pf->unit, fn, in);
  if (!(s->flags & PG_FRESH) || s->flags & PG_GROWS || !returns_cleared(c->p, c->pf, in, DOWN))
    return false;
  c->kind = CLEAR_CALLOC;
  c->pointer = ir_ref(IR_REF_VALUE, c->insn);
  c->size = (Product){.constant = 1, .ok = true};
  if (s->fixed_size >= 0) {
    c->size.constant = s->fixed_size;
    return true;
  }
  if (s->size_arg < 0 || (uint32_t)s->size_arg >= in->nargs ||
      (s->count_arg >= 0 && (uint32_t)s->count_arg >= in->nargs))
    return false;
  multiply(fn, ir_arg(fn, in, (uint32_t)s->size_arg), &c->size);
  if (s->count_arg >= 0)
    multiply(fn, ir_arg(fn, in, (uint32_t)s->count_arg), &c->size);
  return true;
}

static bool clear_by_call(const IrInsn *in, Clear *c) {
  static const char *const fills[] = {"memset", "bzero", NULL};
  const IrFunction *fn = c->pf->fn;
  int64_t zero = 0;
  int which = call_of_library(c->p, c->pf, in, fills);
  if (which < 0)
    return clear_by_calloc(in, c);
  if (in->nargs < 2 ||
      (which == 0 && (in->nargs < 3 || !ir_const_int(fn, ir_arg(fn, in, 1), &zero) || zero)))
    return false;
  c->kind = CLEAR_MEMSET;
  c->pointer = ir_arg(fn, in, 0);
  c->size = product_of(fn, ir_arg(fn, in, which == 0 ? 2 : 1));
  return true;
}

static bool clear_by_insn(const IrInsn *in, Clear *c) {
  const IrAddr *to = &c->pf->fn->addrs[in->aux];
  if (ir_ref_kind(to->base) != IR_REF_LOCAL || to->offset || ir_ref_kind(to->index) != IR_REF_NONE)
    return false;
  c->kind = CLEAR_INSN;
  c->pointer = to->base;
  c->size = (Product){.constant = (int64_t)to->size, .ok = true};
  return true;
}

/* `char text[512] = ""` */
static bool copies_empty_string(const PgFunction *pf, const IrInsn *in) {
  const IrAddr *from = &pf->fn->addrs[in->aux + 1];
  if (ir_ref_kind(from->base) != IR_REF_STR)
    return false;
  const IrLiteral *l = &pf->unit->literals[ir_ref_index(from->base)];
  for (uint32_t i = 0; i < l->length; i++)
    if (pf->unit->strings[l->offset + i])
      return false;
  return true;
}

bool clear_at(const IrProgram *p, const PgFunction *pf, IrInsnId insn, Clear *c) {
  const IrInsn *in = &pf->fn->insns[insn];
  *c = (Clear){.p = p, .pf = pf, .insn = insn};
  bool clears = in->op == IR_CALL    ? clear_by_call(in, c)
                : in->op == IR_CLEAR ? clear_by_insn(in, c)
                : in->op == IR_COPY  ? copies_empty_string(pf, in) && clear_by_insn(in, c)
                                     : false;
  if (!clears || !c->size.ok)
    return false;
  Origin o = touch_origin(pf->fn, c->pointer);
  c->root = o.root;
  c->fixed = c->size.count == 0;
  c->bytes = c->size.constant;
  const IrInsn *root = ir_def(pf->fn, o.root);
  bool fresh = ir_is(root, IR_CALL) && pg_summary(p, pf->unit, pf->fn, root)->flags & PG_FRESH;
  return o.offset == 0 && o.extent == 0 && (ir_ref_kind(o.root) == IR_REF_LOCAL || fresh);
}

/* ---- what writes ----------------------------------------------------------------------------- */

static bool is_start(const Clear *c, IrRef pointer) {
  Origin o = touch_origin(c->pf->fn, pointer);
  return o.root == c->root && o.offset == 0 && o.extent == 0;
}

static bool reads_it(const Clear *c, const IrInsn *in, uint32_t first) {
  for (uint32_t i = first; i < in->nargs; i++)
    if (touch_origin(c->pf->fn, ir_arg(c->pf->fn, in, i)).root == c->root)
      return true;
  return false;
}

static bool written_by_call(const Clear *c, const IrInsn *in, Writer *w) {
  static const char *const whole[] = {"memcpy", "memmove", "memset", NULL};
  static const char *const texts[] = {"strcpy",   "stpcpy",    "sprintf", "snprintf",
                                      "vsprintf", "vsnprintf", "fgets",   NULL};
  const IrFunction *fn = c->pf->fn;
  if (in->nargs < 2 || !is_start(c, ir_arg(fn, in, 0)) || reads_it(c, in, 1))
    return false;
  int which = call_of_library(c->p, c->pf, in, whole);
  if (which >= 0 && in->nargs >= 3) {
    Product size = product_of(fn, ir_arg(fn, in, 2));
    w->how = whole[which];
    return covers(fn, &size, &c->size);
  }
  which = call_of_library(c->p, c->pf, in, texts);
  w->how = which >= 0 ? texts[which] : NULL;
  w->text = which >= 0;
  return which >= 0;
}

bool clear_written_by(const Clear *c, IrInsnId insn, Writer *w) {
  const IrInsn *in = &c->pf->fn->insns[insn];
  *w = (Writer){.at = insn};
  if (in->op == IR_CALL)
    return written_by_call(c, in, w);
  if (in->op != IR_COPY && in->op != IR_CLEAR)
    return false;
  const IrAddr *to = &c->pf->fn->addrs[in->aux];
  w->how = in->op == IR_COPY ? "a copy" : "another clearing";
  return ir_ref_kind(to->index) == IR_REF_NONE && to->offset == 0 && is_start(c, to->base) &&
         c->fixed && to->size >= (uint64_t)c->bytes &&
         !(in->op == IR_COPY &&
           touch_origin_of(c->pf->fn, &c->pf->fn->addrs[in->aux + 1]).root == c->root);
}

/* ---- loops that write all -------------------------------------------------------------------- */

static bool counts_from_zero(const PgFunction *pf, const IrLoop *l) {
  const IrInsn *phi = l->counter == IR_NONE ? NULL : &pf->fn->insns[l->counter];
  const IrBlock *header = &pf->fn->blocks[l->header];
  if (!phi || pf->an->block_of[l->counter] != l->header)
    return false;
  for (uint32_t i = 0; i < phi->nargs; i++) {
    int64_t start;
    bool inside = false;
    for (uint32_t k = 0; k < l->nlatches; k++)
      inside |= pf->fn->edges[header->preds + i] == l->latches[k];
    if (!inside && (!ir_const_int(pf->fn, ir_arg(pf->fn, phi, i), &start) || start))
      return false;
  }
  return true;
}

/* The only exit is the header's: no iteration is left out by a break. */
static bool goes_through(const PgFunction *pf, const IrLoop *l) {
  return !l->irreducible && l->nexits == 1 && l->exits[0] == l->header && counts_from_zero(pf, l) &&
         pf->an->fn == pf->fn;
}

static bool stores_each(const Clear *c, uint32_t loop, const IrAccess *a) {
  const IrFunction *fn = c->pf->fn;
  const IrLoop *l = &c->pf->an->loops[loop];
  const IrAddr *addr = &fn->addrs[a->addr];
  IrAccessInLoop in = ir_access_in(c->pf->an, a, loop);
  if (!a->write || a->read || a->loop != loop ||
      (in.cls != IR_AC_UNIT && in.cls != IR_AC_STRIDED) || in.wraps || in.stride <= 0 ||
      (uint64_t)in.stride != addr->size || addr->offset || !is_start(c, addr->base) ||
      !heat_every_iteration(c->pf->an, loop, a->block))
    return false;
  Product written = {.constant = in.stride, .ok = true};
  if (l->trip == IR_TRIP_CONST)
    written.ok = !__builtin_mul_overflow(written.constant, (int64_t)l->count, &written.constant);
  else if (l->trip == IR_TRIP_SYMBOLIC)
    multiply(fn, l->bound, &written);
  else
    return false;
  /* a[i] with the loop's own counter, or a pointer that runs along */
  const IrInsn *index = ir_def(fn, addr->index);
  while (ir_is(index, IR_CONV))
    index = ir_def(fn, ir_arg(fn, index, 0));
  return index == &fn->insns[l->counter] && covers(fn, &written, &c->size);
}

bool clear_written_by_loop(const Clear *c, uint32_t loop, Writer *w) {
  const IrAnalysis *an = c->pf->an;
  const IrLoop *l = &an->loops[loop];
  if (!goes_through(c->pf, l) || ir_loop_has_insn(an, loop, c->insn))
    return false;
  IrInsnId store = IR_NONE;
  for (uint32_t i = 0; i < an->naccesses && store == IR_NONE; i++)
    if (ir_loop_contains(an, loop, an->accesses[i].block) && stores_each(c, loop, &an->accesses[i]))
      store = an->accesses[i].insn;
  if (store == IR_NONE)
    return false;
  for (uint32_t b = 0; b < l->nblocks; b++) {
    const IrBlock *block = &c->pf->fn->blocks[l->blocks[b]];
    for (IrInsnId i = block->first; i < block->first + block->count; i++)
      if (i != store && clear_used_by(c, i))
        return false;
  }
  *w = (Writer){.at = store, .how = "the loop"};
  return true;
}

/* ---- uses ------------------------------------------------------------------------------------ */

bool clear_used_by(const Clear *c, IrInsnId insn) {
  const IrFunction *fn = c->pf->fn;
  const IrInsn *in = &fn->insns[insn];
  if (in->op == IR_ADDR || in->op == IR_CONV || in->op == IR_EQ || in->op == IR_NE ||
      in->op == IR_BR)
    return false; /* an address or a test of one; its uses come later */
  for (uint32_t i = 0; i < naddrs_of(in); i++)
    if (ir_addr_root(fn, fn->addrs[in->aux + i].base) == c->root)
      return true;
  for (uint32_t i = 0; i < in->nargs; i++)
    if (ir_addr_root(fn, ir_arg(fn, in, i)) == c->root)
      return true;
  return false;
}

bool clear_seen_whole(const Clear *c) {
  static const char *const texts[] = {"snprintf", "vsnprintf", "fgets", "memset", "strncpy", NULL};
  const IrFunction *fn = c->pf->fn;
  for (IrInsnId i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    if (in->op == IR_COPY && touch_origin_of(fn, &fn->addrs[in->aux + 1]).root == c->root)
      return true;
    if ((in->op != IR_CALL && in->op != IR_CALLP) || i == c->insn || !reads_it(c, in, 0) ||
        call_of_library(c->p, c->pf, in, texts) >= 0)
      continue;
    for (uint32_t k = 0; k < in->nargs; k++) {
      Product size = product_of(fn, ir_arg(fn, in, k));
      if (ir_def(fn, ir_arg(fn, in, k)) == NULL && ir_ref_kind(ir_arg(fn, in, k)) != IR_REF_CONST)
        continue;
      if (size.ok && size.constant > 1 && covers(fn, &size, &c->size))
        return true;
    }
  }
  return false;
}
