/* Where pointers come from and go to inside a function: which parameters it keeps, returns and
 * writes through, whether its result is fresh memory, and what its calls do. One pass over the
 * body, given the same facts of its callees; summary.c repeats it along cycles of the call graph.
 *
 * A pointer value is a set of origins: parameters, calls in this function that return fresh memory
 * ("sites"), and OTHER for all else; NULL has none. Pointing into an object counts as pointing to
 * it, as with the headers in front of sds strings. The analysis does not follow the order of
 * statements.
 *
 * Fresh memory stays fresh when its address is stored into its own fields or local variables, or
 * passed to a callee that does not keep it. It is lost when stored anywhere else, also in other
 * fresh objects (who holds those holds it), and when passed to unknown code. */
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SITES = 30, FIRST_SITE = 32, MAX_OUT = 8 /* parameters that may be `T **out` */ };
#define PARAMS 0xffffffffu
#define OTHER ((uint64_t)1 << 63)
#define SITES (((uint64_t)1 << 62) - ((uint64_t)1 << FIRST_SITE))
enum {
  MAY = PG_ALLOCATES | PG_FREES | PG_BLOCKS | PG_IO | PG_LOCKS | PG_UNLOCKS | PG_UNKNOWN,
};

struct PgScratch {
  uint64_t *origins;  /* by instruction */
  uint32_t *in_local; /* by instruction: the local that its result points into; IR_NONE */
  uint8_t *site;      /* by instruction: site number plus one */
  bool *early;        /* by instruction: its origins were asked for before its own turn */
  uint64_t *locals;   /* by local: what was stored into it */
  bool *read;         /* by local: somebody has asked for that */
  uint32_t cap, local_cap;
};

typedef struct Walk {
  const IrProgram *p;
  const IrUnit *u;
  const IrFunction *fn;
  const IrAnalysis *an;
  const PgFunction *func;
  PgFunc f;
  PgScratch *s;
  uint32_t unit, ncall; /* ncall: calls of `func` met so far in this pass */
  IrInsnId sites[MAX_SITES];
  uint32_t nsites;
  uint64_t escaped, fresh_written, returned;
  uint64_t out_values[MAX_OUT]; /* what is stored into *parameter */
  uint32_t out_spoiled;         /* parameters written through in other ways */
  uint32_t out_read;            /* parameters whose out_values somebody has asked for */
  IrInsnId at;                  /* whose turn it is */
  bool again;                   /* what was asked for has changed since */
  PgFlow out, joined;
} Walk;

PgScratch *pg_scratch_new(void) {
  return hp_calloc(1, sizeof(PgScratch));
}

void pg_scratch_free(PgScratch *s) {
  free(s->origins);
  free(s->in_local);
  free(s->site);
  free(s->early);
  free(s->locals);
  free(s->read);
  free(s);
}

/* ---- origins --------------------------------------------------------------------------------- */

IrRef pg_pointer_root(const IrFunction *fn, IrRef ref) {
  for (const IrInsn *in; (in = ir_def(fn, ref));) {
    int64_t constant;
    if (in->op == IR_ADDR)
      ref = fn->addrs[in->aux].base;
    else if (in->op == IR_CONV)
      ref = ir_arg(fn, in, 0);
    else if ((in->op == IR_ADD || in->op == IR_SUB) &&
             ir_const_int(fn, ir_arg(fn, in, 1), &constant))
      ref = ir_arg(fn, in, 0);
    else
      break;
  }
  return ref;
}

/* What pg_pointer_root leads to from an instruction, from what is known of those before it. */
static uint32_t local_behind(const PgScratch *s, const IrFunction *fn, IrInsnId id) {
  const IrInsn *in = &fn->insns[id];
  int64_t constant;
  IrRef ref;
  if (in->op == IR_ADDR)
    ref = fn->addrs[in->aux].base;
  else if (in->op == IR_CONV || ((in->op == IR_ADD || in->op == IR_SUB) &&
                                 ir_const_int(fn, ir_arg(fn, in, 1), &constant)))
    ref = ir_arg(fn, in, 0);
  else
    return IR_NONE;
  if (ir_ref_kind(ref) == IR_REF_VALUE && ir_ref_index(ref) < id)
    return s->in_local[ir_ref_index(ref)];
  IrRef root = pg_pointer_root(fn, ref);
  return ir_ref_kind(root) == IR_REF_LOCAL ? ir_ref_index(root) : IR_NONE;
}

static void prepare(PgScratch *s, const IrFunction *fn) {
  if (s->cap < fn->ninsns) {
    s->cap = fn->ninsns * 2;
    s->origins = hp_realloc(s->origins, s->cap * sizeof *s->origins);
    s->in_local = hp_realloc(s->in_local, s->cap * sizeof *s->in_local);
    s->site = hp_realloc(s->site, s->cap);
    s->early = hp_realloc(s->early, s->cap * sizeof *s->early);
  }
  if (s->local_cap < fn->nlocals) {
    s->local_cap = fn->nlocals * 2;
    s->locals = hp_realloc(s->locals, s->local_cap * sizeof *s->locals);
    s->read = hp_realloc(s->read, s->local_cap * sizeof *s->read);
  }
  memset(s->origins, 0, fn->ninsns * sizeof *s->origins);
  memset(s->site, 0, fn->ninsns);
  memset(s->early, 0, fn->ninsns * sizeof *s->early);
  if (fn->nlocals) {
    memset(s->locals, 0, fn->nlocals * sizeof *s->locals);
    memset(s->read, 0, fn->nlocals * sizeof *s->read);
  }
  for (IrInsnId i = 0; i < fn->ninsns; i++)
    s->in_local[i] = local_behind(s, fn, i);
}

/* The local that an address lies in, IR_NONE if it lies elsewhere. */
static uint32_t local_at(const Walk *w, IrRef ref) {
  if (ir_ref_kind(ref) == IR_REF_VALUE)
    return w->s->in_local[ir_ref_index(ref)];
  return ir_ref_kind(ref) == IR_REF_LOCAL ? ir_ref_index(ref) : IR_NONE;
}

static uint64_t origins(const Walk *w, IrRef ref) {
  int64_t null;
  switch (ir_ref_kind(ref)) {
  case IR_REF_VALUE:
    if (ir_ref_index(ref) >= w->at)
      w->s->early[ir_ref_index(ref)] = true;
    return w->s->origins[ir_ref_index(ref)];
  case IR_REF_NONE:
  case IR_REF_UNDEF:
    return 0;
  case IR_REF_CONST:
    return ir_const_int(w->fn, ref, &null) && !null ? 0 : OTHER;
  case IR_REF_LOCAL:
  case IR_REF_SYM:
  case IR_REF_STR:
    return OTHER;
  }
  return OTHER;
}

static void into_local(Walk *w, uint32_t local, uint64_t what) {
  if (what & ~w->s->locals[local]) {
    w->s->locals[local] |= what;
    w->again |= w->s->read[local];
  }
}

static uint64_t from_local(const Walk *w, uint32_t local) {
  w->s->read[local] = true;
  return w->s->locals[local];
}

/* The address of a local goes where stores through it are not seen. */
static void let_go(Walk *w, IrRef ref) {
  uint32_t local = local_at(w, ref);
  if (local != IR_NONE)
    into_local(w, local, OTHER);
}

/* The parameter whose target an access is, as in `*out = p`; MAX_OUT if it is none of the first. */
static uint32_t out_param(const Walk *w, const IrAddr *a) {
  const IrInsn *in = ir_def(w->fn, a->base);
  bool whole = !a->offset && !a->nhops && ir_ref_kind(a->index) == IR_REF_NONE &&
               w->u->types[a->type].kind == IR_T_PTR;
  return whole && ir_is(in, IR_PARAM) && in->aux < MAX_OUT ? in->aux : (uint32_t)MAX_OUT;
}

static uint64_t site_of(Walk *w, IrInsnId call) {
  uint8_t *site = &w->s->site[call];
  if (!*site) {
    if (w->nsites == MAX_SITES)
      return OTHER;
    w->sites[w->nsites] = call;
    *site = (uint8_t)++w->nsites;
  }
  return (uint64_t)1 << (FIRST_SITE + *site - 1);
}

/* xSize of SQLite's hooks: unknown, but no place to keep memory. */
static const PgFlow hook_flow = {.may = PG_UNKNOWN, .ret_other = true, .impure = true};

/* What the call at hand does. Calls are met in the order of the call list. */
static const PgFlow *next_flow(Walk *w, const IrInsn *in) {
  const PgCall *first = &w->p->calls[w->func->calls[w->ncall]];
  uint32_t n = pg_entries_at(w->p, w->func, w->ncall);
  w->ncall += n;
  if (n == 1 && first->callee == IR_NONE && pg_is_hook_call(w->u, w->fn, in))
    return &hook_flow;
  return pg_join_flows(w->p, first, n, &w->joined);
}

static const IrRef *call_args(const IrFunction *fn, const IrInsn *in, uint32_t *count) {
  uint32_t skip = in->op == IR_CALLP; /* the pointer itself */
  *count = in->nargs - skip;
  return *count ? fn->args + in->args + skip : NULL;
}

static uint32_t bit(uint32_t argument) {
  return argument < 32 ? 1u << argument : 0;
}

static uint64_t call_result(Walk *w, IrInsnId id, const IrInsn *in) {
  const PgFlow *flow = next_flow(w, in);
  uint64_t result = flow->ret_other ? OTHER : 0;
  uint32_t n;
  const IrRef *args = call_args(w->fn, in, &n);
  for (uint32_t k = 0; k < n; k++) {
    if (flow->ret_params & bit(k))
      result |= origins(w, args[k]);
    uint32_t local = local_at(w, args[k]);
    if (local == IR_NONE)
      continue;
    if (flow->out_fresh & bit(k))
      into_local(w, local, site_of(w, id));
    else if (k >= 32 || (flow->writes | flow->keeps) & bit(k))
      into_local(w, local, OTHER);
  }
  if (w->u->types[in->type].kind != IR_T_PTR)
    return OTHER;
  return flow->ret_fresh ? result | site_of(w, id) : result;
}

static uint64_t arithmetic(const Walk *w, const IrInsn *in) {
  uint64_t result = 0;
  for (uint32_t k = 0; k < in->nargs; k++)
    if (ir_ref_kind(ir_arg(w->fn, in, k)) != IR_REF_CONST)
      result |= origins(w, ir_arg(w->fn, in, k));
  return result ? result : OTHER;
}

static uint64_t phi_origins(Walk *w, const IrInsn *in) {
  uint64_t result = 0;
  for (uint32_t k = 0; k < in->nargs; k++) {
    result |= origins(w, ir_arg(w->fn, in, k));
    let_go(w, ir_arg(w->fn, in, k));
  }
  return result;
}

static void store_into_out(Walk *w, const IrInsn *in) {
  uint32_t out = out_param(w, &w->fn->addrs[in->aux]);
  if (out == MAX_OUT || in->op != IR_STORE)
    return;
  uint64_t what = origins(w, ir_arg(w->fn, in, 0));
  w->again |= (what & ~w->out_values[out]) && w->out_read >> out & 1;
  w->out_values[out] |= what;
}

static void store_into_local(Walk *w, const IrInsn *in) {
  uint32_t local = local_at(w, w->fn->addrs[in->aux].base);
  if (in->op == IR_STORE || in->op == IR_RMW || in->op == IR_CMPXCHG)
    let_go(w, ir_arg(w->fn, in, in->nargs - 1u));
  if (local == IR_NONE || in->op == IR_CLEAR)
    return;
  uint64_t what = OTHER;
  if (in->op == IR_STORE)
    what = origins(w, ir_arg(w->fn, in, 0));
  if (in->op == IR_COPY) {
    uint32_t from = local_at(w, w->fn->addrs[in->aux + 1].base);
    what = from == IR_NONE ? OTHER : from_local(w, from);
  }
  into_local(w, local, what);
}

static uint64_t insn_origins(Walk *w, IrInsnId id) {
  const IrInsn *in = &w->fn->insns[id];
  uint32_t local, out;
  switch ((IrOp)in->op) {
  case IR_PARAM:
    return in->aux < 32 && w->u->types[in->type].kind == IR_T_PTR ? (uint64_t)1 << in->aux : OTHER;
  case IR_PHI:
    return phi_origins(w, in);
  case IR_CONV:
    return origins(w, ir_arg(w->fn, in, 0));
  case IR_ADD:
  case IR_SUB:
  case IR_AND:
  case IR_OR:
    return arithmetic(w, in);
  case IR_ADDR:
    return origins(w, w->fn->addrs[in->aux].base);
  case IR_LOAD:
    local = local_at(w, w->fn->addrs[in->aux].base);
    out = out_param(w, &w->fn->addrs[in->aux]);
    if (local != IR_NONE)
      return from_local(w, local);
    if (out == MAX_OUT)
      return OTHER;
    w->out_read |= 1u << out;
    return OTHER | w->out_values[out];
  case IR_CALL:
  case IR_CALLP:
    return call_result(w, id, in);
  case IR_STORE:
  case IR_COPY:
  case IR_CLEAR:
  case IR_RMW:
  case IR_CMPXCHG:
  case IR_VAARG:
    store_into_local(w, in);
    store_into_out(w, in);
    return OTHER;
  case IR_ASM:
    for (uint32_t k = 0; k < in->nargs; k++)
      let_go(w, ir_arg(w->fn, in, k));
    return arithmetic(w, in) | OTHER;
  case IR_ASMOUT:
    return origins(w, ir_arg(w->fn, in, 0));
  case IR_OPAQUE:
  case IR_RET:
    for (uint32_t k = 0; k < in->nargs; k++)
      let_go(w, ir_arg(w->fn, in, k));
    return OTHER;
  default:
    return OTHER;
  }
}

/* Until nothing changes that was asked for before it did: mostly, one round will do. */
static void find_origins(Walk *w) {
  do {
    w->again = false;
    w->ncall = 0;
    for (w->at = 0; w->at < w->fn->ninsns; w->at++) {
      uint64_t now = insn_origins(w, w->at);
      if (now & ~w->s->origins[w->at]) {
        w->s->origins[w->at] |= now;
        w->again |= w->s->early[w->at];
      }
    }
  } while (w->again);
}

/* ---- effects --------------------------------------------------------------------------------- */

static void wrote_through(Walk *w, IrRef pointer) {
  if (local_at(w, pointer) != IR_NONE)
    return;
  uint64_t from = origins(w, pointer);
  w->out.writes |= (uint32_t)(from & PARAMS);
  w->out_spoiled |= (uint32_t)(from & PARAMS);
  w->fresh_written |= from & SITES;
  w->out.writes_other |= (from & OTHER) != 0;
}

/* The value is stored at an address: kept, unless that is in a local or in the object itself. */
static void stored(Walk *w, IrRef value, IrRef base) {
  if (local_at(w, base) != IR_NONE)
    return;
  uint64_t at = origins(w, base);
  uint64_t itself = at & OTHER || at & (at - 1) ? 0 : at;
  w->escaped |= origins(w, value) & ~itself;
  uint32_t local = local_at(w, value);
  if (local != IR_NONE)
    w->escaped |= w->s->locals[local];
}

static void looked_at(Walk *w, const IrAddr *a) {
  IrRef root = pg_pointer_root(w->fn, a->base);
  const IrInsn *param = ir_def(w->fn, root);
  if (a->nhops || !ir_is(param, IR_PARAM) || param->aux >= 32)
    return;
  const IrType *type = &w->u->types[param->type];
  if (type->kind == IR_T_PTR && w->u->types[type->sub].size <= 1)
    w->out.bytes |= bit(param->aux);
}

/* What may be static data set up by the branch around a block: `if (!table) table = malloc(...)`.
 */
static const IrAddr *guard_global(const Walk *w, IrBlockId block) {
  const IrFunction *fn = w->fn;
  const IrBlock *from = &fn->blocks[w->an->idom[block]];
  const IrInsn *branch = &fn->insns[from->first + from->count - 1];
  if (fn->blocks[block].npreds != 1 || branch->op != IR_BR)
    return NULL;
  bool zero_side = fn->edges[from->succs + 1] == block;
  const IrInsn *test = ir_def(fn, ir_arg(fn, branch, 0));
  for (int64_t zero; test && (test->op == IR_EQ || test->op == IR_NE) &&
                     ir_const_int(fn, ir_arg(fn, test, 1), &zero) && !zero;) {
    zero_side ^= test->op == IR_EQ;
    test = ir_def(fn, ir_arg(fn, test, 0));
  }
  while (ir_is(test, IR_CONV))
    test = ir_def(fn, ir_arg(fn, test, 0));
  if (!zero_side || !ir_is(test, IR_LOAD))
    return NULL;
  const IrAddr *a = &fn->addrs[test->aux];
  return ir_ref_kind(a->base) == IR_REF_SYM && ir_ref_kind(a->index) == IR_REF_NONE ? a : NULL;
}

static bool sets_up_once(const Walk *w, IrBlockId block) {
  const IrAddr *global = guard_global(w, block);
  for (IrInsnId i = 0; global && i < w->fn->ninsns; i++) {
    const IrInsn *in = &w->fn->insns[i];
    if (in->op != IR_STORE || !ir_dominates(w->an->idom, block, w->an->block_of[i]))
      continue;
    const IrAddr *a = &w->fn->addrs[in->aux];
    int64_t zero;
    if (a->base == global->base && a->offset == global->offset &&
        !(ir_const_int(w->fn, ir_arg(w->fn, in, 0), &zero) && !zero))
      return true;
  }
  return false;
}

static bool cold_or_once(const Walk *w, IrBlockId block) {
  if (w->an->cold[block])
    return true;
  for (; block; block = w->an->idom[block])
    if (sets_up_once(w, block))
      return true;
  return false;
}

/* A number in place of a pointer: rows of library.def with WRITES(ALL), variadic arguments. */
static bool is_number(const Walk *w, IrRef ref) {
  const IrInsn *in = ir_def(w->fn, ref);
  return ir_ref_kind(ref) == IR_REF_CONST || (in && w->u->types[in->type].kind != IR_T_PTR);
}

static void called(Walk *w, IrInsnId id, const IrInsn *in) {
  PgFunc callee = w->p->calls[w->func->calls[w->ncall]].callee;
  const PgFlow *flow = next_flow(w, in);
  w->out.may |= flow->may & MAY;
  w->out.impure |= flow->impure;
  w->out.writes_other |= flow->writes_other;
  if (flow->hot_alloc && !w->out.hot_alloc)
    w->out.hot_alloc = !cold_or_once(w, w->an->block_of[id]);
  uint32_t n;
  const IrRef *args = call_args(w->fn, in, &n);
  bool hook = in->op == IR_CALLP && callee != IR_NONE && w->p->library[callee] &&
              flow->may & (PG_ALLOCATES | PG_FREES);
  if (hook)
    w->out.may |= PG_UNKNOWN;
  for (uint32_t k = 0; k < n; k++) {
    bool keeps = k >= 32 ? flow->keeps != 0 : (flow->keeps & bit(k)) != 0;
    uint32_t local = local_at(w, args[k]);
    if (keeps)
      w->escaped |= origins(w, args[k]);
    bool deep = k >= 32 ? flow->deep != 0 : (flow->deep & bit(k)) != 0;
    if (local != IR_NONE && (keeps || deep))
      w->escaped |= w->s->locals[local];
    if (deep)
      w->out.deep |= (uint32_t)(origins(w, args[k]) & PARAMS);
    bool writes = k >= 32 ? flow->writes != 0 : (flow->writes & bit(k)) != 0;
    if (writes && !is_number(w, args[k]))
      wrote_through(w, args[k]);
    if (flow->bytes & bit(k))
      w->out.bytes |= (uint32_t)(origins(w, args[k]) & PARAMS);
  }
}

/* Assembly is taken to call nothing. What goes in may be written through or kept. */
static void opaque(Walk *w, const IrInsn *in) {
  if (in->op == IR_OPAQUE)
    w->out.may |= PG_UNKNOWN;
  w->out.impure |= in->op == IR_OPAQUE || in->flags & (IR_INSN_MEMORY | IR_INSN_VOLATILE);
  w->out.writes_other |= in->op == IR_OPAQUE || in->flags & IR_INSN_MEMORY;
  if (in->op == IR_ASM && !(in->flags & IR_INSN_MEMORY))
    return;
  for (uint32_t k = 0; k < in->nargs; k++) {
    uint32_t local = local_at(w, ir_arg(w->fn, in, k));
    w->escaped |= local == IR_NONE ? origins(w, ir_arg(w->fn, in, k)) : w->s->locals[local];
  }
}

static void memory_effects(Walk *w, const IrInsn *in, const IrAddr *a) {
  if (a->flags & (IR_MEM_VOLATILE | IR_MEM_ATOMIC))
    w->out.impure = true;
  if (in->op == IR_LOAD) {
    looked_at(w, a);
    if (w->u->types[in->type].kind == IR_T_PTR)
      w->out.deep |= (uint32_t)(origins(w, a->base) & PARAMS);
    return;
  }
  uint32_t out = in->op == IR_STORE ? out_param(w, a) : (uint32_t)MAX_OUT;
  if (out != MAX_OUT) { /* what was stored is judged at the end */
    w->out.writes |= bit(out);
    return;
  }
  if (in->op == IR_STORE || in->op == IR_RMW || in->op == IR_CMPXCHG)
    stored(w, ir_arg(w->fn, in, in->nargs - 1u), a->base);
  if (in->op == IR_COPY) {
    uint32_t from = local_at(w, w->fn->addrs[in->aux + 1].base);
    w->out.deep |= (uint32_t)(origins(w, w->fn->addrs[in->aux + 1].base) & PARAMS);
    if (from != IR_NONE && local_at(w, a->base) == IR_NONE)
      w->escaped |= w->s->locals[from];
  }
  wrote_through(w, a->base);
}

static void effects_of(Walk *w, IrInsnId id) {
  const IrInsn *in = &w->fn->insns[id];
  switch ((IrOp)in->op) {
  case IR_LOAD:
  case IR_STORE:
  case IR_RMW:
  case IR_CMPXCHG:
  case IR_VAARG:
  case IR_COPY:
  case IR_CLEAR:
    memory_effects(w, in, &w->fn->addrs[in->aux]);
    break;
  case IR_CALL:
  case IR_CALLP:
    called(w, id, in);
    break;
  case IR_FENCE:
    w->out.impure = true;
    break;
  case IR_ASM:
  case IR_OPAQUE:
    opaque(w, in);
    break;
  case IR_RET:
    if (in->nargs)
      w->returned |= origins(w, ir_arg(w->fn, in, 0));
    break;
  default:
    break;
  }
}

/* What is done on the way to an abort counts only for functions that never return. */
static void find_effects(Walk *w) {
  const bool *dead = w->p->dead[w->f];
  w->ncall = 0;
  for (IrInsnId i = 0; i < w->fn->ninsns; i++) {
    IrOp op = (IrOp)w->fn->insns[i].op;
    if (!dead || !dead[w->an->block_of[i]])
      effects_of(w, i);
    else if (op == IR_CALL || op == IR_CALLP)
      w->ncall += pg_entries_at(w->p, w->func, w->ncall);
  }
}

/* ---- together -------------------------------------------------------------------------------- */

/* Which `*out` get fresh memory that nobody else holds. Whatever was stored there is held by the
 * caller from then on. Returns the sites concerned. */
static uint64_t judge_outs(Walk *w) {
  uint64_t held = 0, sites = 0;
  for (uint32_t k = 0; k < MAX_OUT; k++) {
    uint64_t values = w->out_values[k], elsewhere = w->escaped | w->returned;
    for (uint32_t j = 0; j < MAX_OUT; j++)
      elsewhere |= j == k ? 0 : w->out_values[j];
    bool fresh =
        values && !(values & ~SITES) && !(values & elsewhere) && !(w->out_spoiled & bit(k));
    if (fresh)
      w->out.out_fresh |= bit(k), sites |= values;
    held |= values;
  }
  w->escaped |= held;
  return sites;
}

/* Attributes promise what the body may be too clever to show. */
static void trust_attributes(PgFlow *flow, uint32_t flags) {
  if (flags & IR_SYM_MALLOC) {
    flow->ret_fresh = true;
    flow->ret_other = false;
    flow->ret_params = 0;
  }
  if (flags & (IR_SYM_PURE | IR_SYM_CONSTFN))
    flow->impure = flow->writes_other = false, flow->writes = 0;
  if (flags & IR_SYM_NORETURN)
    flow->noreturn = true;
}

PgFlow pg_flow(const IrProgram *p, PgFunc f, PgScratch *scratch) {
  const PgFunction *func = &p->funcs[f];
  Walk w = {
      .p = p, .f = f, .func = func, .u = func->unit, .fn = func->fn, .an = func->an, .s = scratch};
  prepare(scratch, w.fn);
  w.unit = pg_unit_index(p, w.u);
  find_origins(&w);
  w.out.noreturn = p->noreturn[f];
  find_effects(&w);
  uint64_t sized = judge_outs(&w);
  w.out.writes_other |= (w.fresh_written & w.escaped) != 0;
  w.out.keeps = (uint32_t)(w.escaped & PARAMS);
  if (w.u->types[w.fn->result].kind == IR_T_PTR) {
    w.out.ret_params = (uint32_t)(w.returned & PARAMS);
    w.out.ret_fresh = (w.returned & SITES) != 0;
    w.out.ret_other = (w.returned & (OTHER | w.escaped) & ~(uint64_t)PARAMS) != 0;
    sized |= w.returned;
  } else {
    w.out.ret_other = true;
  }
  for (uint32_t i = 0; i < w.nsites; i++)
    if (sized >> (FIRST_SITE + i) & 1)
      w.out.size = pg_size_join(w.out.size, pg_call_size(p, f, w.sites[i]));
  trust_attributes(&w.out, func->symbol->flags);
  uint32_t grown;
  w.out.freed = pg_freed_params(p, f, &grown);
  if (w.out.ret_fresh && !w.out.ret_other && !w.out.ret_params) {
    w.out.grown = grown;
    w.out.freed |= grown;
  }
  return w.out;
}
