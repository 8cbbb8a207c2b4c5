/* SSA construction on the fly: Braun, Buchwald, Hack, Leissa, Mallon, Zwinkau, "Simple and
 * Efficient Construction of Static Single Assignment Form", CC 2013.
 *
 * Two things differ from the paper. Reading is not recursive, so that a function of a hundred
 * thousand blocks needs no deep stack: a new phi is defined at once and its operands are read from
 * a work list. And a phi that turns out trivial only leaves a forwarding note; its users are not
 * visited again, since one pass at the end (the paper's algorithm 5, which also finds sets of phis
 * that are redundant together) removes what is left. */
#include "ir/build_priv.h"

#include <stdlib.h>
#include <string.h>

/* ---- definitions ----------------------------------------------------------------------------- */

static uint32_t def_slot(const IrBuilder *b, IrBlockId block, IrVar var) {
  uint32_t mask = b->defs_used - 1;
  uint32_t at = (uint32_t)ir_hash_mix((uint64_t)block << 32 | var, 0x51) & mask;
  while (b->defs[at].epoch == b->epoch && (b->defs[at].block != block || b->defs[at].var != var))
    at = (at + 1) & mask;
  return at;
}

static void defs_grow(IrBuilder *b) {
  Def *kept = hp_malloc(b->ndefs * sizeof *kept);
  uint32_t n = 0;
  for (uint32_t i = 0; i < b->defs_used; i++)
    if (b->defs[i].epoch == b->epoch) {
      kept[n++] = b->defs[i];
      b->defs[i].epoch = 0;
    }
  b->defs_used = b->defs_used ? b->defs_used * 2 : DEFS_FIRST;
  if (b->defs_used > b->defs_cap) {
    free(b->defs);
    b->defs_cap = b->defs_used;
    b->defs = hp_calloc(b->defs_cap, sizeof *b->defs);
  }
  for (uint32_t i = 0; i < n; i++)
    b->defs[def_slot(b, kept[i].block, kept[i].var)] = kept[i];
  free(kept);
}

static IrRef def_get(const IrBuilder *b, IrBlockId block, IrVar var) {
  if (b->vars[var].block == block)
    return b->vars[var].value;
  if (!b->defs_used)
    return 0;
  const Def *d = &b->defs[def_slot(b, block, var)];
  return d->epoch == b->epoch ? d->value : 0;
}

static void def_set(IrBuilder *b, IrBlockId block, IrVar var, IrRef value) {
  b->vars[var].block = block;
  b->vars[var].value = value;
  if (b->ndefs >= b->defs_used / 4 * 3)
    defs_grow(b);
  Def *d = &b->defs[def_slot(b, block, var)];
  if (d->epoch != b->epoch)
    b->ndefs++;
  *d = (Def){block, var, value, b->epoch};
}

/* ---- phis ------------------------------------------------------------------------------------ */

IrRef ssa_resolve(IrBuilder *b, IrRef ref) {
  IrRef end = ref;
  while (ir_ref_kind(end) == IR_REF_VALUE && b->nodes[ir_ref_index(end)].in.op == OP_REPLACED)
    end = b->nodes[ir_ref_index(end)].in.aux;
  while (ref != end) {
    uint32_t *link = &b->nodes[ir_ref_index(ref)].in.aux;
    ref = *link;
    *link = end;
  }
  return end;
}

IrInsnId ssa_new_phi(IrBuilder *b, IrBlockId block, IrTypeId type, IrStr name) {
  IrInsn in = {.op = IR_PHI, .args = PHI_OPEN, .type = type, .name = name};
  in.loc = b->blocks[block].loc;
  IrInsnId id = b->nnodes;
  HP_ASSERT(id < IR_REF_MASK);
  HP_GROW(b->nodes, b->nnodes, b->nodes_cap);
  b->nodes[b->nnodes++] = (Node){in, block, IR_NONE};
  Block *k = &b->blocks[block];
  if (k->phi_last == IR_NONE)
    k->phi_first = id;
  else
    b->nodes[k->phi_last].next = id;
  k->phi_last = id;
  return id;
}

static void replace(IrBuilder *b, IrInsnId phi, IrRef by) {
  b->nodes[phi].in.op = OP_REPLACED;
  b->nodes[phi].in.aux = by;
}

bool ssa_try_trivial(IrBuilder *b, IrInsnId phi) {
  const IrInsn *in = &b->nodes[phi].in;
  IrRef self = ir_ref(IR_REF_VALUE, phi), same = 0;
  for (uint32_t i = 0; i < in->nargs; i++) {
    IrRef ref = b->args[in->args + i] = ssa_resolve(b, b->args[in->args + i]);
    if (ref == self || ref == same)
      continue;
    if (same)
      return false;
    same = ref;
  }
  replace(b, phi, same ? same : ir_build_undef());
  return true;
}

static IrRef read_in(IrBuilder *b, IrVar var, IrBlockId block);

static void fill_phi(IrBuilder *b, IrInsnId phi) {
  const Block *k = &b->blocks[b->nodes[phi].block];
  IrVar var = b->nodes[phi].in.aux;
  uint32_t n = k->npreds, at = b->nargs, i = 0;
  HP_ASSERT(n <= UINT16_MAX);
  while (b->nargs < at + n) {
    HP_GROW(b->args, b->nargs, b->args_cap);
    b->args[b->nargs++] = 0;
  }
  b->nodes[phi].in.args = at;
  b->nodes[phi].in.nargs = (uint16_t)n;
  for (uint32_t e = k->pred_first; e != IR_NONE; e = b->edges[e].next) {
    IrRef ref = read_in(b, var, b->edges[e].from);
    b->args[at + i++] = ref;
  }
  ssa_try_trivial(b, phi);
}

static void fill_open(IrBuilder *b) {
  while (b->nopen)
    fill_phi(b, b->open[--b->nopen]);
}

static IrRef phi_for(IrBuilder *b, IrBlockId block, IrVar var) {
  IrInsnId phi = ssa_new_phi(b, block, b->vars[var].type, b->vars[var].name);
  b->nodes[phi].in.aux = var;
  if (b->blocks[block].sealed) {
    HP_GROW(b->open, b->nopen, b->open_cap);
    b->open[b->nopen++] = phi;
  }
  return ir_ref(IR_REF_VALUE, phi);
}

/* The variable's value at the end of a block. New phis wait in b->open. What a chain of single
 * predecessors leads to is noted in its first block and some further ones, so that no walk is long
 * that was walked before. */
enum { CHAIN_NOTES = 8 };
static IrRef read_in(IrBuilder *b, IrVar var, IrBlockId block) {
  IrRef value;
  uint32_t steps = 0;
  IrBlockId at = block;
  for (;;) {
    value = def_get(b, at, var);
    if (value)
      break;
    const Block *k = &b->blocks[at];
    if (k->sealed && k->npreds == 1 && steps < b->nblocks) { /* a cycle of them is unreachable */
      at = b->edges[k->pred_first].from;
      steps++;
      continue;
    }
    value = k->sealed && k->npreds <= 1 ? ir_build_undef() : phi_for(b, at, var);
    def_set(b, at, var, value);
    break;
  }
  value = ssa_resolve(b, value);
  for (uint32_t i = 0; i < steps; i++) {
    if (i % CHAIN_NOTES == 0)
      def_set(b, block, var, value);
    block = b->edges[b->blocks[block].pred_first].from;
  }
  return value;
}

void ssa_seal(IrBuilder *b, IrBlockId block) {
  if (b->blocks[block].sealed)
    return;
  b->blocks[block].sealed = true;
  for (IrInsnId phi = b->blocks[block].phi_first; phi != IR_NONE; phi = b->nodes[phi].next)
    if (b->nodes[phi].in.op == IR_PHI && b->nodes[phi].in.args == PHI_OPEN) {
      HP_GROW(b->open, b->nopen, b->open_cap);
      b->open[b->nopen++] = phi;
    }
  fill_open(b);
}

/* ---- variables ------------------------------------------------------------------------------- */

IrVar ir_build_var(IrBuilder *b, const char *name, IrTypeId type) {
  IrStr label = ir_unit_str(b->ub, name);
  HP_GROW(b->vars, b->nvars, b->vars_cap);
  b->vars[b->nvars] = (Var){label, type, IR_NONE, 0};
  return b->nvars++;
}

void ir_build_write(IrBuilder *b, IrVar var, IrRef value) {
  HP_ASSERT(var < b->nvars);
  if (b->current == IR_NONE)
    return;
  value = ir_ref_kind(value) == IR_REF_NONE ? ir_build_undef() : ssa_resolve(b, value);
  if (ir_ref_kind(value) == IR_REF_VALUE && !b->nodes[ir_ref_index(value)].in.name)
    b->nodes[ir_ref_index(value)].in.name = b->vars[var].name;
  def_set(b, b->current, var, value);
}

IrRef ir_build_read(IrBuilder *b, IrVar var) {
  HP_ASSERT(var < b->nvars);
  if (b->current == IR_NONE)
    return ir_build_undef();
  IrRef value = read_in(b, var, b->current);
  fill_open(b);
  return ssa_resolve(b, value);
}

IrRef ir_build_phi(IrBuilder *b, IrTypeId type, const IrBlockId *blocks, const IrRef *values,
                   uint32_t count) {
  if (b->current == IR_NONE)
    return ir_build_undef();
  const Block *k = &b->blocks[b->current];
  HP_ASSERT(k->sealed && k->npreds <= UINT16_MAX);
  IrInsnId phi = ssa_new_phi(b, b->current, type, 0);
  uint32_t at = b->nargs;
  for (uint32_t e = k->pred_first; e != IR_NONE; e = b->edges[e].next) {
    IrRef ref = ir_build_undef();
    for (uint32_t i = 0; i < count; i++)
      if (blocks[i] == b->edges[e].from && ir_ref_kind(values[i]) != IR_REF_NONE)
        ref = ssa_resolve(b, values[i]);
    HP_GROW(b->args, b->nargs, b->args_cap);
    b->args[b->nargs++] = ref;
  }
  b->nodes[phi].in.args = at;
  b->nodes[phi].in.nargs = (uint16_t)(b->nargs - at);
  ssa_try_trivial(b, phi);
  return ssa_resolve(b, ir_ref(IR_REF_VALUE, phi));
}

/* ---- redundant phis -------------------------------------------------------------------------- */

/* Tarjan's algorithm over a set of phis, edges from phi to operand: components come out operands
 * first. */
typedef struct Scc {
  IrBuilder *b;
  uint32_t *set;   /* by node: number of the set it is in, 0 none */
  uint32_t *index; /* by node: order of discovery, 0 not yet; UINT32_MAX done */
  uint32_t *low;
  IrInsnId *stack;
  uint32_t nstack;
  struct Frame {
    IrInsnId phi;
    uint32_t arg;
  } *frames;
  uint32_t nsets;
} Scc;

/* Nested sets of redundant phis come from nested irreducible loops; deeper ones stay, which is
 * sound. */
enum { SCC_DEPTH = 16 };

static void remove_redundant(Scc *s, const IrInsnId *phis, uint32_t count, uint32_t depth);

static void process_scc(Scc *s, const IrInsnId *scc, uint32_t count, uint32_t depth) {
  IrBuilder *b = s->b;
  if (count == 1) {
    ssa_try_trivial(b, scc[0]);
    return;
  }
  uint32_t mine = ++s->nsets;
  for (uint32_t i = 0; i < count; i++)
    s->set[scc[i]] = mine;
  IrInsnId *inner = hp_malloc(count * sizeof *inner);
  uint32_t ninner = 0;
  IrRef outer = 0;
  bool several = false;
  for (uint32_t i = 0; i < count; i++) {
    const IrInsn *in = &b->nodes[scc[i]].in;
    bool inside = true;
    for (uint32_t a = 0; a < in->nargs; a++) {
      IrRef ref = b->args[in->args + a] = ssa_resolve(b, b->args[in->args + a]);
      if (ir_ref_kind(ref) == IR_REF_VALUE && s->set[ir_ref_index(ref)] == mine)
        continue;
      inside = false;
      several |= outer && outer != ref;
      outer = ref;
    }
    if (inside)
      inner[ninner++] = scc[i];
  }
  if (!several)
    for (uint32_t i = 0; i < count; i++)
      replace(b, scc[i], outer ? outer : ir_build_undef());
  else if (ninner && depth < SCC_DEPTH)
    remove_redundant(s, inner, ninner, depth + 1);
  free(inner);
}

/* The next operand of the frame's phi that is a phi of the set, or NONE. */
static IrInsnId next_operand(Scc *s, struct Frame *f, uint32_t set) {
  IrBuilder *b = s->b;
  const IrInsn *in = &b->nodes[f->phi].in;
  while (f->arg < in->nargs) {
    IrRef ref = ssa_resolve(b, b->args[in->args + f->arg++]);
    if (ir_ref_kind(ref) == IR_REF_VALUE && s->set[ir_ref_index(ref)] == set)
      return ir_ref_index(ref);
  }
  return IR_NONE;
}

/* Appends the components reachable from `root` to `found`, sizes to `sizes`. */
static void find_sccs(Scc *s, IrInsnId root, uint32_t set, uint32_t *clock, IrInsnId *found,
                      uint32_t *nfound, uint32_t *sizes, uint32_t *nsizes) {
  uint32_t n = 0;
  s->frames[n++] = (struct Frame){root, 0};
  s->index[root] = s->low[root] = ++*clock;
  s->stack[s->nstack++] = root;
  while (n) {
    struct Frame *f = &s->frames[n - 1];
    IrInsnId v = f->phi, w = next_operand(s, f, set);
    if (w != IR_NONE) {
      if (!s->index[w]) {
        s->index[w] = s->low[w] = ++*clock;
        s->stack[s->nstack++] = w;
        s->frames[n++] = (struct Frame){w, 0};
      } else if (s->index[w] != UINT32_MAX && s->index[w] < s->low[v]) {
        s->low[v] = s->index[w];
      }
      continue;
    }
    n--;
    if (n && s->low[v] < s->low[s->frames[n - 1].phi])
      s->low[s->frames[n - 1].phi] = s->low[v];
    if (s->low[v] != s->index[v])
      continue;
    uint32_t before = *nfound;
    do {
      w = s->stack[--s->nstack];
      s->index[w] = UINT32_MAX;
      found[(*nfound)++] = w;
    } while (w != v);
    sizes[(*nsizes)++] = *nfound - before;
  }
}

static void remove_redundant(Scc *s, const IrInsnId *phis, uint32_t count, uint32_t depth) {
  uint32_t set = ++s->nsets, clock = 0, nfound = 0, nsizes = 0;
  for (uint32_t i = 0; i < count; i++) {
    s->set[phis[i]] = set;
    s->index[phis[i]] = 0;
  }
  IrInsnId *found = hp_malloc(count * sizeof *found);
  uint32_t *sizes = hp_malloc(count * sizeof *sizes);
  for (uint32_t i = 0; i < count; i++)
    if (!s->index[phis[i]])
      find_sccs(s, phis[i], set, &clock, found, &nfound, sizes, &nsizes);
  for (uint32_t i = 0, at = 0; i < nsizes; at += sizes[i++])
    process_scc(s, found + at, sizes[i], depth);
  free(found);
  free(sizes);
}

static void remove_all_redundant(IrBuilder *b, const IrInsnId *phis, uint32_t count) {
  size_t n = b->nnodes;
  uint32_t *memory = hp_calloc(n * 3 + count, sizeof *memory);
  Scc s = {.b = b, .set = memory, .index = memory + n, .low = memory + 2 * n};
  s.stack = memory + 3 * n;
  s.frames = hp_malloc(count * sizeof *s.frames);
  remove_redundant(&s, phis, count, 0);
  free(s.frames);
  free(memory);
}

/* ---- phis that nobody needs ------------------------------------------------------------------ */

typedef struct Marks {
  IrBuilder *b;
  bool *live; /* by node; phis only */
  IrInsnId *work;
  uint32_t nwork;
} Marks;

static IrRef use(Marks *m, IrRef ref) {
  ref = ssa_resolve(m->b, ref);
  uint32_t index = ir_ref_index(ref);
  if (ir_ref_kind(ref) == IR_REF_VALUE && m->b->nodes[index].in.op == IR_PHI && !m->live[index]) {
    m->live[index] = true;
    m->work[m->nwork++] = index;
  }
  return ref;
}

static void use_args(Marks *m, const IrInsn *in) {
  for (uint32_t i = 0; i < in->nargs; i++)
    m->b->args[in->args + i] = use(m, m->b->args[in->args + i]);
}

static void use_addr(Marks *m, IrAddr *addr) {
  addr->base = use(m, addr->base);
  addr->index = use(m, addr->index);
}

static void use_insn(Marks *m, const IrInsn *in) {
  use_args(m, in);
  for (uint32_t i = ir_op_naddrs(in->op); i--;)
    use_addr(m, &m->b->addrs[in->aux + i]);
}

/* Resolves the operands of all instructions and unlinks phis that no other instruction needs. */
static void keep_live(IrBuilder *b, const IrBlockId *order, uint32_t count, uint32_t nphis) {
  Marks m = {.b = b};
  m.live = hp_calloc(b->nnodes, sizeof *m.live);
  m.work = hp_malloc(nphis * sizeof *m.work);
  for (uint32_t i = 0; i < count; i++)
    for (IrInsnId v = b->blocks[order[i]].first; v != IR_NONE; v = b->nodes[v].next)
      use_insn(&m, &b->nodes[v].in);
  while (m.nwork)
    use_args(&m, &b->nodes[m.work[--m.nwork]].in);
  for (uint32_t i = 0; i < count; i++) {
    IrInsnId *link = &b->blocks[order[i]].phi_first;
    while (*link != IR_NONE) {
      if (b->nodes[*link].in.op == IR_PHI && m.live[*link])
        link = &b->nodes[*link].next;
      else
        *link = b->nodes[*link].next;
    }
  }
  free(m.live);
  free(m.work);
}

void ssa_simplify(IrBuilder *b, const IrBlockId *order, uint32_t count) {
  IrInsnId *phis = NULL;
  uint32_t n = 0, cap = 0;
  for (uint32_t i = 0; i < count; i++)
    for (IrInsnId v = b->blocks[order[i]].phi_first; v != IR_NONE; v = b->nodes[v].next)
      if (b->nodes[v].in.op == IR_PHI) {
        HP_GROW(phis, n, cap);
        phis[n++] = v;
      }
  if (n)
    remove_all_redundant(b, phis, n);
  free(phis);
  keep_live(b, order, count, n);
}
