/* Address classes: how the address of a memory access moves from iteration to iteration of a loop
 * around it, and if it does not move evenly, what it was loaded from. */
#include "ir/analysis_private.h"

#include <stdlib.h>

enum { MAX_SOURCES = 96 }; /* values looked at to find where one address comes from */

/* Where a value that does not move evenly comes from: all that flows into it within the loop. */
typedef struct Sources {
  const IrAnalysis *an;
  uint32_t loop;
  IrInsnId visited[MAX_SOURCES];
  bool by_index[MAX_SOURCES]; /* reached through an index, not through the pointer itself */
  uint32_t count, done;
  bool unknown;
  IrInsnId load, load_by_index;
  const IrChase *chase, *chase_by_index;
} Sources;

static void add_source(Sources *s, IrRef ref, bool by_index) {
  if (ir_ref_kind(ref) != IR_REF_VALUE)
    return;
  IrInsnId v = ir_ref_index(ref);
  if (!ir_loop_has_insn(s->an, s->loop, v) || ir_ev_of(s->an, s->loop, ref).kind != IR_EV_VARIES)
    return;
  for (uint32_t i = 0; i < s->count; i++)
    if (s->visited[i] == v)
      return;
  if (s->count == MAX_SOURCES) {
    s->unknown = true;
    return;
  }
  s->by_index[s->count] = by_index;
  s->visited[s->count++] = v;
}

static void found_chase(Sources *s, const IrChase *c, bool by_index) {
  if (by_index || s->an->unit->types[s->an->fn->insns[c->phi].type].kind != IR_T_PTR)
    s->chase_by_index = s->chase_by_index ? s->chase_by_index : c;
  else
    s->chase = s->chase ? s->chase : c;
}

/* The chase of a loop further inside that `load` moves on. */
static const IrChase *inner_chase(const Sources *s, IrInsnId load) {
  for (uint32_t l = s->an->loop_of[s->an->block_of[load]]; l != s->loop;
       l = s->an->loops[l].parent) {
    const IrChase *c = ir_chase_of_load(s->an, l, load);
    if (c)
      return c;
  }
  return NULL;
}

/* A cursor in memory, like a PHI: what the loop puts there. */
static void cell_source(Sources *s, const IrCell *cell, IrInsnId v, bool by_index) {
  const IrChase *chase = ir_chase_of_phi(s->an, s->loop, v);
  IrCellValues values = ir_cell_values(s->an, s->loop, cell, v);
  if (chase) {
    found_chase(s, chase, by_index);
    return;
  }
  s->unknown = s->unknown || values.unknown || values.carried;
  for (uint32_t i = 0; i < values.count; i++)
    add_source(s, values.refs[i], by_index);
}

static void load_source(Sources *s, IrInsnId v, bool by_index) {
  const IrFunction *fn = s->an->fn;
  const IrCell *cell = ir_cell_of(s->an, s->loop, v);
  if (cell) {
    cell_source(s, cell, v, by_index);
    return;
  }
  const IrChase *chase = ir_chase_of_load(s->an, s->loop, v), *inner = inner_chase(s, v);
  Ev address = ir_ev_addr(s->an, s->loop, s->an->block_of[v], &fn->addrs[fn->insns[v].aux]);
  if (chase)
    found_chase(s, chase, by_index);
  else if (inner) /* this loop sees where the inner one starts */
    add_source(s, ir_ref(IR_REF_VALUE, inner->phi), by_index);
  else if (address.kind == IR_EV_INVARIANT) /* a variable in memory that the loop changes */
    s->unknown = true;
  else if (by_index)
    s->load_by_index = s->load_by_index == IR_NONE ? v : s->load_by_index;
  else
    s->load = s->load == IR_NONE ? v : s->load;
}

static void addr_source(Sources *s, const IrAddr *a, bool by_index) {
  if (ir_ev_of(s->an, s->loop, a->base).kind == IR_EV_VARIES)
    add_source(s, a->base, by_index);
  else
    add_source(s, a->index, true);
}

/* Does the PHI hold its own old value, or one computed from it without a load, in some iteration?
 * It then keeps a count, or remembers a node, and does not just follow another pointer. */
static bool feeds_itself(const Sources *s, IrInsnId phi) {
  const IrAnalysis *an = s->an;
  const IrFunction *fn = an->fn;
  IrInsnId seen[MAX_SOURCES];
  uint32_t n = 0;
  seen[n++] = phi;
  for (uint32_t done = 0; done < n; done++) {
    const IrInsn *in = &fn->insns[seen[done]];
    const IrAddr *a = in->op == IR_ADDR ? &fn->addrs[in->aux] : NULL;
    if (in->op == IR_LOAD || (done && ir_chase_of_phi(an, s->loop, seen[done])))
      continue;
    for (uint32_t i = 0; i < in->nargs + (a ? 2u : 0u); i++) {
      IrRef ref = a ? (i ? a->index : a->base) : ir_arg(fn, in, i);
      IrInsnId v = ir_ref_index(ref);
      if (ir_ref_kind(ref) != IR_REF_VALUE || !ir_loop_has_insn(an, s->loop, v))
        continue;
      uint32_t k = 0;
      while (k < n && seen[k] != v)
        k++;
      if (k == 0 || n == MAX_SOURCES)
        return true;
      if (k == n)
        seen[n++] = v;
    }
  }
  return false;
}

static void expand_source(Sources *s, IrInsnId v, bool by_index) {
  const IrFunction *fn = s->an->fn;
  const IrInsn *in = &fn->insns[v];
  switch ((IrOp)in->op) {
  case IR_PHI: {
    const IrChase *c =
        ir_is_header_phi(s->an, s->loop, v) ? ir_chase_of_phi(s->an, s->loop, v) : NULL;
    if (c)
      found_chase(s, c, by_index);
    else if (ir_is_header_phi(s->an, s->loop, v) && feeds_itself(s, v))
      s->unknown = true;
    for (uint32_t i = 0; i < in->nargs && !c; i++)
      add_source(s, ir_arg(fn, in, i), by_index);
    break;
  }
  case IR_LOAD:
    load_source(s, v, by_index);
    break;
  case IR_ADDR:
    addr_source(s, &fn->addrs[in->aux], by_index);
    break;
  case IR_ADD:
  case IR_SUB:
  case IR_MUL:
  case IR_DIV:
  case IR_REM:
  case IR_AND:
  case IR_OR:
  case IR_XOR:
  case IR_SHL:
  case IR_SHR:
  case IR_NEG:
  case IR_NOT:
  case IR_CONV:
    for (uint32_t i = 0; i < in->nargs; i++)
      add_source(s, ir_arg(fn, in, i), by_index);
    break;
  default:
    s->unknown = true;
  }
}

/* Whatever else goes into it: a LOAD that the index is computed from in each iteration, on the way
 * of arithmetic alone: table[(crc ^ *p) & 255]. */
static IrInsnId loaded_index(const IrAnalysis *an, uint32_t loop, const IrAddr *a) {
  const IrFunction *fn = an->fn;
  IrRef stack[16];
  uint32_t n = 0, steps = 0;
  const IrInsn *base = ir_def(fn, a->base);
  if (ir_ev_of(an, loop, a->base).kind == IR_EV_INVARIANT)
    stack[n++] = a->index;
  else if (ir_is(base, IR_ADDR) &&
           ir_ev_of(an, loop, fn->addrs[base->aux].base).kind == IR_EV_INVARIANT)
    stack[n++] = fn->addrs[base->aux].index;
  while (n && steps++ < 2 * sizeof stack / sizeof *stack) {
    IrRef ref = stack[--n];
    const IrInsn *in = ir_def(fn, ref);
    if (!in || !ir_loop_has_insn(an, loop, ir_ref_index(ref)) ||
        ir_ev_of(an, loop, ref).kind != IR_EV_VARIES)
      continue;
    if (in->op == IR_LOAD && !ir_cell_of(an, loop, ir_ref_index(ref)) &&
        ir_ev_addr(an, loop, IR_NONE, &fn->addrs[in->aux]).kind != IR_EV_INVARIANT)
      return ir_ref_index(ref);
    if ((in->op < IR_ADD || in->op > IR_NOT) && in->op != IR_CONV)
      continue;
    for (uint32_t i = 0; i < in->nargs && n < sizeof stack / sizeof *stack; i++)
      stack[n++] = ir_arg(fn, in, i);
  }
  return IR_NONE;
}

static IrAccessInLoop by_sources(const IrAnalysis *an, const IrAddr *a, uint32_t loop) {
  IrAccessInLoop r = {.cls = IR_AC_UNKNOWN, .via = IR_NONE, .phi = IR_NONE};
  Sources s = {.an = an, .loop = loop, .load = IR_NONE, .load_by_index = IR_NONE};
  addr_source(&s, a, false);
  for (; s.done < s.count && !s.unknown; s.done++)
    expand_source(&s, s.visited[s.done], s.by_index[s.done]);
  if (s.unknown && (r.via = loaded_index(an, loop, a)) != IR_NONE)
    r.cls = IR_AC_INDIRECT;
  if (s.unknown)
    return r;
  const IrChase *c = s.chase ? s.chase : s.chase_by_index;
  if (s.chase) {
    r.cls = IR_AC_CHASED;
    r.via = c->loads[0];
    r.phi = c->phi;
  } else if (s.load != IR_NONE) {
    r.cls = IR_AC_POINTER;
    r.via = s.load;
  } else if (s.load_by_index != IR_NONE || c) {
    r.cls = IR_AC_INDIRECT;
    r.via = c ? c->loads[0] : s.load_by_index;
    r.phi = c ? c->phi : IR_NONE;
  }
  return r;
}

static uint64_t magnitude(int64_t v) {
  return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

static IrAccessInLoop classify(const IrAnalysis *an, const IrAddr *a, uint32_t loop,
                               IrBlockId block) {
  IrAccessInLoop r = {.cls = IR_AC_UNKNOWN, .via = IR_NONE, .phi = IR_NONE};
  Ev e = ir_ev_addr(an, loop, block, a); /* in an irreducible loop: VARIES, save what is outside */
  r.wraps = e.kind != IR_EV_VARIES && e.kind != IR_EV_INVARIANT && e.flags & EV_WRAPS;
  switch ((IrEvolutionKind)e.kind) {
  case IR_EV_INVARIANT:
    r.cls = IR_AC_INVARIANT;
    return r;
  case IR_EV_AFFINE:
    r.cls = magnitude(e.step) == a->size ? IR_AC_UNIT : IR_AC_STRIDED;
    r.stride = e.step;
    return r;
  case IR_EV_SYMBOLIC:
    r.cls = IR_AC_SYMBOLIC;
    r.stride = e.step;
    r.step_ref = e.ref;
    return r;
  case IR_EV_VARIES:
    break;
  }
  return an->loops[loop].irreducible ? r : by_sources(an, a, loop);
}

IrAccessInLoop ir_addr_in(const IrAnalysis *an, const IrAddr *addr, uint32_t loop) {
  return classify(an, addr, loop, IR_NONE);
}

IrAccessInLoop ir_access_in(const IrAnalysis *an, const IrAccess *access, uint32_t loop) {
  return classify(an, &an->fn->addrs[access->addr], loop, access->block);
}

const char *ir_access_class_name(IrAccessClass cls) {
  static const char *const names[] = {"invariant", "unit",    "strided", "symbolic",
                                      "indirect",  "pointer", "chased",  "unknown"};
  return names[cls];
}

/* ---- the list of accesses -------------------------------------------------------------------- */

static void add_access(IrAnalysis *an, IrInsnId insn, uint32_t addr, bool read, bool write) {
  IrAccess *a = &an->accesses[an->naccesses++];
  *a = (IrAccess){.insn = insn, .addr = addr, .block = an->block_of[insn]};
  a->loop = an->loop_of[a->block];
  a->read = read;
  a->write = write;
  a->in = (IrAccessInLoop){.cls = IR_AC_INVARIANT, .via = IR_NONE, .phi = IR_NONE};
  if (a->loop != IR_NONE)
    a->in = ir_access_in(an, a, a->loop);
}

void ir_find_accesses(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  an->accesses = HP_NEW(an->arena, IrAccess, fn->naddrs); /* each has an address of its own */
  for (uint32_t i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    if (in->op == IR_ADDR || !ir_addr_of(fn, in))
      continue;
    HP_ASSERT(an->naccesses + (in->op == IR_COPY) < fn->naddrs);
    bool reads =
        in->op == IR_LOAD || in->op == IR_RMW || in->op == IR_CMPXCHG || in->op == IR_VAARG;
    add_access(an, i, in->aux, reads, in->op != IR_LOAD);
    if (in->op == IR_COPY)
      add_access(an, i, in->aux + 1, true, false);
  }
}
