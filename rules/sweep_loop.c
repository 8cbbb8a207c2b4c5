/* What a loop without loops inside does to a collection. Its exits tell: a test of the counter or
 * for the end of a list says that it goes over all elements, a comparison of an element with a
 * value from outside that it searches. A loop that writes, or calls what may write, is none of
 * these. */
#include "rules/sweep.h"

#include "rules/touch.h"

#include <string.h>

enum { DEPTH = 8, MAX_LEADS = 6 };

/* What a value is made of, seen from the loop. */
enum {
  V_CONST = 1,
  V_OUTSIDE = 2, /* not a constant, the same in each step */
  V_COUNTER = 4,
  V_LINK = 8,     /* the walking pointer */
  V_ELEMENT = 16, /* read from where the step is */
  V_CALL = 32,
  V_OTHER = 64,
};

typedef struct Look {
  const IrProgram *p;
  const PgFunction *pf;
  uint32_t loop;
  const IrChase *chase; /* NULL: an array */
  Sweep s;
  IrRef keys[SWEEP_KEYS];
  uint32_t nkeys;
  IrInsnId element; /* the load of the element met last */
} Look;

/* One that goes down a tree has links of several kinds. */
static bool is_tree(const IrFunction *fn, const IrChase *c) {
  return ir_chase_links(fn, c) != 1;
}

static const IrChase *chase_of(const IrAnalysis *an, uint32_t loop) {
  for (uint32_t i = 0; i < an->nchases; i++)
    if (an->chases[i].loop == loop)
      return &an->chases[i];
  return NULL;
}

IrBlockId sweep_before(const IrAnalysis *an, uint32_t loop) {
  IrBlockId header = an->loops[loop].header;
  return header ? an->idom[header] : 0;
}

/* The operand of a header's PHI from outside, NONE when there are several. */
static IrRef start_of(const IrAnalysis *an, uint32_t loop, IrInsnId phi) {
  const IrFunction *fn = an->fn;
  const IrBlock *b = &fn->blocks[an->loops[loop].header];
  IrRef start = ir_ref(IR_REF_NONE, 0);
  for (uint32_t i = 0; i < b->npreds; i++) {
    if (ir_loop_contains(an, loop, fn->edges[b->preds + i]))
      continue;
    IrRef ref = ir_arg(fn, &fn->insns[phi], i);
    if (ir_ref_kind(start) != IR_REF_NONE && start != ref)
      return ir_ref(IR_REF_NONE, 0);
    start = ref;
  }
  return start;
}

static bool is_header_phi(const IrAnalysis *an, uint32_t loop, IrRef ref) {
  const IrInsn *in = ir_def(an->fn, ref);
  return ir_is(in, IR_PHI) && an->block_of[ir_ref_index(ref)] == an->loops[loop].header;
}

IrRef sweep_start_of(const PgFunction *pf, IrRef pointer, bool elements) {
  const IrFunction *fn = pf->fn;
  for (const IrInsn *in; (in = ir_def(fn, pointer));) {
    int64_t c;
    const IrAddr *a = in->op == IR_ADDR ? &fn->addrs[in->aux] : NULL;
    if (in->op == IR_CONV) {
      pointer = ir_arg(fn, in, 0);
    } else if (a && !a->nhops &&
               (ir_ref_kind(a->index) == IR_REF_NONE || ir_const_int(fn, a->index, &c) ||
                (elements && pf->unit->types[a->type].size == a->scale))) {
      pointer = a->base;
    } else {
      return pointer;
    }
  }
  return pointer;
}

IrRef sweep_array_of(const PgFunction *pf, uint32_t loop, IrRef base) {
  const IrAnalysis *an = pf->an;
  for (unsigned i = 0; i < DEPTH; i++) {
    IrRef root = sweep_start_of(pf, base, false);
    if (ir_is(ir_def(an->fn, root), IR_ADDR) && !sweep_same_value(NULL, pf, loop, root))
      root = ir_addr_root(an->fn, root);
    const IrInsn *in = ir_def(an->fn, root);
    if (!in || in->op == IR_ADDR || !ir_loop_has_insn(an, loop, ir_ref_index(root)))
      return root;
    if (is_header_phi(an, loop, root))
      base = start_of(an, loop, ir_ref_index(root));
    else if (in->op == IR_LOAD &&
             ir_addr_in(an, &an->fn->addrs[in->aux], loop).cls != IR_AC_INVARIANT)
      base = an->fn->addrs[in->aux].base;
    else
      return in->op == IR_LOAD ? root : ir_ref(IR_REF_NONE, 0);
    if (ir_ref_kind(base) != IR_REF_VALUE)
      return base;
  }
  return ir_ref(IR_REF_NONE, 0);
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool is_walking(const Look *l, IrRef ref) {
  for (uint32_t i = 0; l->chase && i < l->chase->nroots; i++)
    if (ref == ir_ref(IR_REF_VALUE, l->chase->roots[i]))
      return true;
  for (uint32_t i = 0; l->chase && i < l->chase->nloads; i++)
    if (ref == ir_ref(IR_REF_VALUE, l->chase->loads[i]))
      return true;
  return false;
}

/* The same place in a node as that of the link: p->next read again for the test. */
static bool reads_link(const Look *l, const IrAddr *addr) {
  if (!l->chase || !is_walking(l, ir_addr_root(l->pf->fn, addr->base)))
    return false;
  for (uint32_t i = 0; i < l->chase->nloads; i++) {
    const IrAddr *link = ir_addr_of(l->pf->fn, &l->pf->fn->insns[l->chase->loads[i]]);
    if (link && link->offset == addr->offset && link->size == addr->size &&
        ir_ref_kind(addr->index) == IR_REF_NONE)
      return true;
  }
  return false;
}

static unsigned outside(Look *l, IrRef ref) {
  if (l->nkeys < SWEEP_KEYS)
    l->keys[l->nkeys++] = ref;
  return V_OUTSIDE;
}

static unsigned made_of(Look *l, IrRef ref, unsigned depth);

static unsigned made_of_addr(Look *l, const IrAddr *addr, unsigned depth) {
  unsigned index = ir_ref_kind(addr->index) == IR_REF_NONE ? 0 : made_of(l, addr->index, depth);
  return made_of(l, addr->base, depth) | index;
}

static unsigned made_of_load(Look *l, IrInsnId id, unsigned depth) {
  const IrAddr *addr = ir_addr_of(l->pf->fn, &l->pf->fn->insns[id]);
  if (is_walking(l, ir_ref(IR_REF_VALUE, id)) || reads_link(l, addr))
    return V_LINK;
  if (ir_addr_in(l->pf->an, addr, l->loop).cls == IR_AC_INVARIANT)
    return outside(l, ir_ref(IR_REF_VALUE, id));
  uint32_t keys = l->nkeys;
  unsigned flags = made_of_addr(l, addr, depth);
  l->nkeys = keys; /* the array itself is no key */
  if (flags & V_OTHER || !(flags & (V_COUNTER | V_LINK | V_ELEMENT)))
    return V_OTHER;
  l->element = id;
  return V_ELEMENT;
}

static unsigned made_of_phi(const Look *l, IrRef ref) {
  if (is_walking(l, ref))
    return V_LINK;
  IrEvolution ev = ir_evolution(l->pf->an, l->loop, ref);
  return ev.kind == IR_EV_AFFINE || ev.kind == IR_EV_SYMBOLIC ? V_COUNTER : V_OTHER;
}

static unsigned made_of(Look *l, IrRef ref, unsigned depth) {
  const IrFunction *fn = l->pf->fn;
  IrRefKind kind = ir_ref_kind(ref);
  if (kind == IR_REF_LOCAL)
    return outside(l, ref);
  if (kind != IR_REF_VALUE)
    return V_CONST;
  const IrInsn *in = ir_def(fn, ref);
  if (!ir_loop_has_insn(l->pf->an, l->loop, ir_ref_index(ref)) ||
      (in->op != IR_LOAD && ir_loop_invariant(l->pf->an, l->loop, ref)))
    return outside(l, ref);
  if (depth == 0)
    return V_OTHER;
  if (in->op == IR_PHI)
    return made_of_phi(l, ref);
  if (in->op == IR_LOAD)
    return made_of_load(l, ir_ref_index(ref), depth - 1);
  if (in->op == IR_ADDR) {
    uint32_t keys = l->nkeys;
    unsigned flags = made_of_addr(l, ir_addr_of(fn, in), depth - 1);
    if (flags & (V_COUNTER | V_LINK | V_ELEMENT)) { /* the array that it is in is no key */
      l->nkeys = keys;
      flags &= ~(unsigned)V_OUTSIDE;
    }
    return flags;
  }
  unsigned flags = in->op == IR_CALL || in->op == IR_CALLP ? V_CALL : 0;
  for (uint32_t i = in->op == IR_CALLP; i < in->nargs; i++)
    flags |= made_of(l, ir_arg(fn, in, i), depth - 1);
  return flags;
}

/* ---- effects --------------------------------------------------------------------------------- */

static bool is_quiet_call(const Look *l, const IrInsn *in) {
  enum { LOUD = PG_ALLOCATES | PG_FREES | PG_BLOCKS | PG_IO | PG_LOCKS | PG_WRITES | PG_UNKNOWN };
  uint32_t flags = pg_summary(l->p, l->pf->unit, l->pf->fn, in)->flags;
  return flags & PG_PURE || !(flags & LOUD);
}

/* A call through a pointer is taken for a comparison where something is done with its result. */
static bool is_loud(const Look *l, IrInsnId id) {
  const IrInsn *in = &l->pf->fn->insns[id];
  if (in->op == IR_CALL)
    return !is_quiet_call(l, in);
  if (in->op == IR_CALLP)
    return l->pf->an->uses_at[id] == l->pf->an->uses_at[id + 1];
  return ir_ops[in->op].flags & (IR_WRITES | IR_CALLS);
}

static bool is_quiet(const Look *l) {
  const IrLoop *loop = &l->pf->an->loops[l->loop];
  for (uint32_t b = 0; b < loop->nblocks; b++) {
    const IrBlock *block = &l->pf->fn->blocks[loop->blocks[b]];
    if (l->pf->an->cold[loop->blocks[b]])
      continue;
    for (uint32_t i = 0; i < block->count; i++)
      if (is_loud(l, block->first + i))
        return false;
  }
  return true;
}

/* ---- exits ----------------------------------------------------------------------------------- */

typedef enum Exit { EXIT_COLD, EXIT_END, EXIT_MATCH, EXIT_SAME_NODE, EXIT_OTHER } Exit;

const IrInsn *sweep_tested(const IrFunction *fn, IrRef cond, IrRef *ref, bool *flipped) {
  const IrInsn *in = ir_def(fn, cond);
  int64_t zero;
  *ref = cond;
  *flipped = false;
  while (in && (in->op == IR_CONV || ((in->op == IR_EQ || in->op == IR_NE) &&
                                      ir_const_int(fn, ir_arg(fn, in, 1), &zero) && !zero))) {
    *flipped ^= in->op == IR_EQ;
    *ref = ir_arg(fn, in, 0);
    in = ir_def(fn, *ref);
  }
  return in;
}

/* A search leaves where the two are equal; a loop that leaves where they differ skips a run of
 * equal ones, or checks them all. Of other functions than comparisons nobody knows. */
static bool leaves_when_equal(const Look *l, const IrInsn *in, bool flipped, bool when_true) {
  if (in->op == IR_EQ || in->op == IR_NE)
    return when_true == ((in->op == IR_EQ) != flipped);
  PgFunc callee = in->op == IR_CALL ? pg_callee(l->p, l->pf->unit, l->pf->fn, in) : IR_NONE;
  const char *name = callee == IR_NONE ? "" : pg_func(l->p, callee)->name;
  return !strstr(name, "cmp") || when_true == flipped;
}

static Exit exit_by_flags(const Look *l, const IrInsn *in, unsigned flags) {
  bool equal = in && (in->op == IR_EQ || in->op == IR_NE);
  if (flags & V_OTHER)
    return EXIT_OTHER;
  if (flags & V_OUTSIDE && (flags & V_ELEMENT || (flags & (V_LINK | V_CALL)) == (V_LINK | V_CALL)))
    return equal || flags & V_CALL ? EXIT_MATCH : EXIT_OTHER;
  if (flags & V_CALL)
    return EXIT_OTHER;
  if ((flags & (V_LINK | V_OUTSIDE)) == (V_LINK | V_OUTSIDE))
    return equal ? EXIT_SAME_NODE : EXIT_OTHER;
  if (flags & V_ELEMENT)
    return l->chase ? EXIT_OTHER : EXIT_END;
  return flags & (V_LINK | V_COUNTER) ? EXIT_END : EXIT_OTHER;
}

static Exit exit_of(Look *l, IrBlockId block) {
  const IrFunction *fn = l->pf->fn;
  const IrBlock *b = &fn->blocks[block];
  const IrInsn *end = &fn->insns[b->first + b->count - 1];
  for (uint32_t i = 0; i < b->nsuccs; i++) {
    IrBlockId to = fn->edges[b->succs + i];
    if (!ir_loop_contains(l->pf->an, l->loop, to) && l->pf->an->cold[to])
      return EXIT_COLD;
  }
  if (end->op != IR_BR)
    return EXIT_OTHER;
  IrRef ref;
  bool flipped;
  const IrInsn *in = sweep_tested(fn, ir_arg(fn, end, 0), &ref, &flipped);
  l->nkeys = 0;
  l->element = IR_NONE;
  Exit exit = exit_by_flags(l, in, made_of(l, ref, DEPTH));
  bool when_true = !ir_loop_contains(l->pf->an, l->loop, fn->edges[b->succs]);
  if (exit == EXIT_MATCH && !leaves_when_equal(l, in, flipped, when_true))
    return EXIT_OTHER;
  if (exit == EXIT_MATCH || (exit == EXIT_SAME_NODE && !l->s.nkeys)) {
    memcpy(l->s.keys, l->keys, sizeof l->keys);
    l->s.nkeys = l->nkeys;
    l->s.at = ir_ref_kind(ref) == IR_REF_VALUE ? ir_ref_index(ref) : b->first + b->count - 1;
  }
  return exit;
}

/* ---- what is walked over --------------------------------------------------------------------- */

SweepHolder sweep_holder(const IrProgram *p, const PgFunction *pf, const IrAddr *addr) {
  if (addr->nhops) {
    IrHop hop = pf->fn->hops[addr->hops + addr->nhops - 1];
    return (SweepHolder){.record = pg_record_of(p, pf->unit, hop.record), .field = hop.field};
  }
  if (ir_ref_kind(addr->base) == IR_REF_SYM)
    return (SweepHolder){IR_NONE, 0, pf->unit, ir_ref_index(addr->base)};
  return (SweepHolder){.record = IR_NONE};
}

SweepHolder sweep_holder_of_value(const IrProgram *p, const PgFunction *pf, IrRef ref) {
  const IrInsn *in = ir_def(pf->fn, ref);
  while (ir_is(in, IR_CONV))
    in = ir_def(pf->fn, ir_arg(pf->fn, in, 0));
  if (ir_is(in, IR_LOAD) || ir_is(in, IR_ADDR))
    return sweep_holder(p, pf, ir_addr_of(pf->fn, in));
  return (SweepHolder){.record = IR_NONE};
}

static uint64_t elements_of(const PgFunction *pf, IrRef array) {
  IrTypeId type = 0;
  if (ir_ref_kind(array) == IR_REF_SYM)
    type = pf->unit->symbols[ir_ref_index(array)].type;
  if (ir_ref_kind(array) == IR_REF_LOCAL)
    type = pf->fn->locals[ir_ref_index(array)].type;
  const IrInsn *in = ir_def(pf->fn, array);
  const IrAddr *a = ir_is(in, IR_ADDR) ? ir_addr_of(pf->fn, in) : NULL;
  if (a && a->nhops) {
    IrHop hop = pf->fn->hops[a->hops + a->nhops - 1];
    type = pf->unit->fields[pf->unit->records[hop.record].fields + hop.field].type;
  }
  const IrType *t = &pf->unit->types[type];
  return t->kind == IR_T_ARRAY && t->count > 1 ? t->count : 0;
}

/* The field that the nodes are linked by; where the walk is by pointers to links, the address of
 * the next one names it. */
static SweepHolder link_of(const Look *l, IrInsnId load) {
  const IrFunction *fn = l->pf->fn;
  const IrLoop *loop = &l->pf->an->loops[l->loop];
  const IrAddr *addr = ir_addr_of(fn, &fn->insns[load]);
  for (uint32_t b = 0; !addr->nhops && b < loop->nblocks; b++) {
    const IrBlock *block = &fn->blocks[loop->blocks[b]];
    for (uint32_t i = 0; i < block->count; i++) {
      const IrInsn *in = &fn->insns[block->first + i];
      if (in->op == IR_ADDR && fn->addrs[in->aux].nhops &&
          is_walking(l, ir_addr_root(fn, fn->addrs[in->aux].base)))
        return sweep_holder(l->p, l->pf, &fn->addrs[in->aux]);
    }
  }
  return sweep_holder(l->p, l->pf, addr);
}

static void find_list(Look *l) {
  l->s.linked = true;
  l->s.whole = start_of(l->pf->an, l->loop, l->chase->phi);
  if (l->pf->fn->insns[l->chase->phi].op != IR_PHI)
    l->s.whole = ir_ref(IR_REF_NONE, 0);
  l->s.head = sweep_holder_of_value(l->p, l->pf, l->s.whole);
  if (l->chase->nloads)
    l->s.link = link_of(l, l->chase->loads[0]);
}

static const IrInsn *converted(const IrFunction *fn, IrRef ref) {
  const IrInsn *in = ir_def(fn, ref);
  while (ir_is(in, IR_CONV))
    in = ir_def(fn, ir_arg(fn, in, 0));
  return in;
}

/* One less than a number that is kept beside the pointer to the array: its last element. */
static bool is_last(const IrFunction *fn, const IrAddr *element) {
  const IrInsn *items = converted(fn, element->base), *index = converted(fn, element->index);
  int64_t one;
  if (!ir_is(items, IR_LOAD) || (!ir_is(index, IR_SUB) && !ir_is(index, IR_ADD)) ||
      !ir_const_int(fn, ir_arg(fn, index, 1), &one) || one != (index->op == IR_SUB ? 1 : -1))
    return false;
  const IrInsn *count = converted(fn, ir_arg(fn, index, 0));
  return ir_is(count, IR_LOAD) &&
         touch_same_pointer(fn, ir_addr_root(fn, ir_addr_of(fn, count)->base),
                            ir_addr_root(fn, ir_addr_of(fn, items)->base));
}

/* One of many lists, as a hash table keeps them short: the head is an array's element. The last one
 * is filled until another is begun. */
static bool is_bucket(const Look *l) {
  const IrFunction *fn = l->pf->fn;
  const IrInsn *head = converted(fn, l->s.whole);
  if (!ir_is(head, IR_LOAD) && !ir_is(head, IR_ADDR))
    return false;
  const IrAddr *at = ir_addr_of(fn, head);
  int64_t number;
  return ir_ref_kind(at->index) != IR_REF_NONE && !ir_const_int(fn, at->index, &number) &&
         !is_last(fn, at);
}

/* Part of the array only, as a row: the index is more than the counter and constants. */
static bool is_part(Look *l, const IrAddr *addr) {
  return ir_ref_kind(addr->index) != IR_REF_NONE && made_of(l, addr->index, DEPTH) & V_OUTSIDE;
}

static void find_array(Look *l) {
  const IrLoop *loop = &l->pf->an->loops[l->loop];
  l->s.whole = ir_ref(IR_REF_NONE, 0);
  if (l->element != IR_NONE) {
    const IrAddr *addr = &l->pf->fn->addrs[l->pf->fn->insns[l->element].aux];
    if (!is_part(l, addr))
      l->s.whole = sweep_array_of(l->pf, l->loop, addr->base);
  }
  l->s.head = sweep_holder_of_value(l->p, l->pf, l->s.whole);
  l->s.most = elements_of(l->pf, l->s.whole);
  if (loop->trip == IR_TRIP_CONST && (!l->s.most || loop->count < l->s.most))
    l->s.most = loop->count ? loop->count : 1;
  if (loop->trip == IR_TRIP_SYMBOLIC) {
    const IrInsn *end = ir_def(l->pf->fn, loop->bound); /* items + count */
    bool past =
        end && end->op == IR_ADDR && ir_ref_kind(l->pf->fn->addrs[end->aux].index) != IR_REF_NONE;
    l->s.count = past ? l->pf->fn->addrs[end->aux].index : loop->bound;
    l->s.size = sweep_holder_of_value(l->p, l->pf, l->s.count);
  }
}

/* A search that goes on where the one before ended passes over each element once. */
static bool starts_over(const Look *l) {
  const IrAnalysis *an = l->pf->an;
  const IrLoop *loop = &an->loops[l->loop];
  if (loop->counter == IR_NONE || loop->parent == IR_NONE)
    return true;
  IrRef start = start_of(an, l->loop, loop->counter);
  if (ir_ref_kind(start) == IR_REF_NONE)
    return false;
  IrEvolutionKind kind = ir_evolution(an, loop->parent, start).kind;
  return kind == IR_EV_INVARIANT || kind == IR_EV_AFFINE;
}

/* ---- what happens at the end ----------------------------------------------------------------- */

/* Does the pointer lead to where the walk stopped: the walking pointer, one that trails behind it,
 * a merge of these outside of the loop? */
static bool leads_there(const Look *l, IrRef ref, unsigned depth) {
  IrRef root = ir_addr_root(l->pf->fn, ref);
  if (is_walking(l, root))
    return true;
  const IrInsn *in = ir_def(l->pf->fn, root);
  if (!ir_is(in, IR_PHI) || depth == 0)
    return false;
  bool leads = false;
  for (uint32_t i = 0; i < in->nargs && i < MAX_LEADS; i++)
    leads |=
        ir_arg(l->pf->fn, in, i) != root && leads_there(l, ir_arg(l->pf->fn, in, i), depth - 1);
  return leads;
}

/* A link stored: where the loads that chase read it, or through a pointer to the link. */
static bool stores_link(const Look *l, const IrInsn *in) {
  if (in->op != IR_STORE || !l->chase->nloads)
    return false;
  const IrAddr *to = ir_addr_of(l->pf->fn, in);
  SweepHolder held = sweep_holder(l->p, l->pf, to);
  return leads_there(l, to->base, 3) &&
         (sweep_same_holder(&held, &l->s.link) || (to->nhops == 0 && to->size == sizeof(void *)));
}

/* Read from a node of this kind: links of a tree that are turned over. */
static bool comes_from_node(const Look *l, IrRef value, unsigned depth) {
  const IrInsn *in = ir_def(l->pf->fn, ir_addr_root(l->pf->fn, value));
  if (ir_is(in, IR_LOAD)) {
    SweepHolder held = sweep_holder(l->p, l->pf, ir_addr_of(l->pf->fn, in));
    return held.record != IR_NONE && held.record == l->s.link.record;
  }
  bool some = false;
  for (uint32_t i = 0; ir_is(in, IR_PHI) && depth && i < in->nargs; i++)
    some |= comes_from_node(l, ir_arg(l->pf->fn, in, i), depth - 1);
  return some;
}

/* The first store of a link after the loop: of a node from elsewhere (appended), or of the link of
 * the node that was found (unlinked). */
static SweepKind done_at_end(const Look *l) {
  const PgFunction *pf = l->pf;
  SweepKind kind = SWEEP_NONE;
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    const IrInsn *in = &pf->fn->insns[i];
    if (!stores_link(l, in) || ir_loop_has_insn(pf->an, l->loop, i) ||
        !ir_dominates(pf->an->idom, pf->an->loops[l->loop].header, pf->an->block_of[i]))
      continue;
    IrRef value = ir_arg(pf->fn, in, 0);
    const IrInsn *from = ir_def(pf->fn, ir_addr_root(pf->fn, value));
    if (!from)
      continue;
    SweepHolder held = sweep_holder_of_value(l->p, pf, ir_addr_root(pf->fn, value));
    if (from->op == IR_LOAD && sweep_same_holder(&held, &l->s.link))
      return SWEEP_UNLINK;
    if (from->op == IR_CALL || from->op == IR_CALLP || from->op == IR_PARAM)
      kind = SWEEP_APPEND;
    else if (from->op == IR_LOAD || from->op == IR_PHI)
      kind = leads_there(l, value, 3) || comes_from_node(l, value, 2) ? SWEEP_NONE : SWEEP_APPEND;
  }
  return kind;
}

/* ---- loops ----------------------------------------------------------------------------------- */

/* Nothing is read from the nodes but the way on. */
static bool only_walks(Look *l) {
  const IrAnalysis *an = l->pf->an;
  for (uint32_t i = 0; i < an->naccesses; i++)
    if (an->accesses[i].read && ir_loop_contains(an, l->loop, an->accesses[i].block) &&
        made_of_load(l, an->accesses[i].insn, DEPTH) == V_ELEMENT)
      return false;
  return true;
}

static SweepKind kind_of(Look *l) {
  const IrLoop *loop = &l->pf->an->loops[l->loop];
  uint32_t matches = 0, same = 0, ends = 0;
  IrInsnId element = IR_NONE;
  for (uint32_t i = 0; i < loop->nexits; i++) {
    switch (exit_of(l, loop->exits[i])) {
    case EXIT_COLD:
      break;
    case EXIT_END:
      ends++;
      break;
    case EXIT_MATCH:
      matches++;
      element = l->element;
      break;
    case EXIT_SAME_NODE:
      same++;
      break;
    case EXIT_OTHER:
      return SWEEP_NONE;
    }
  }
  l->element = element;
  if (matches)
    return SWEEP_SEARCH;
  if (!l->chase || l->chase->hops != 1)
    return SWEEP_NONE;
  find_list(l);
  SweepKind end = done_at_end(l);
  const bool append = end == SWEEP_APPEND && !same && ends && only_walks(l);
  return append || (end == SWEEP_UNLINK && same) ? end : SWEEP_NONE;
}

bool sweep_same_holder(const SweepHolder *a, const SweepHolder *b) {
  if (a->record != IR_NONE || b->record != IR_NONE)
    return a->record == b->record && a->field == b->field;
  return a->unit && b->unit &&
         strcmp(ir_str(a->unit, a->unit->symbols[a->sym].name),
                ir_str(b->unit, b->unit->symbols[b->sym].name)) == 0;
}

Sweep sweep_of_loop(const IrProgram *p, const PgFunction *pf, uint32_t loop) {
  const Sweep none = {.loop = loop,
                      .call = IR_NONE,
                      .callee = IR_NONE,
                      .at = IR_NONE,
                      .head.record = IR_NONE,
                      .link.record = IR_NONE,
                      .size.record = IR_NONE};
  Look l = {.p = p, .pf = pf, .loop = loop, .chase = chase_of(pf->an, loop), .s = none};
  const IrLoop *lp = &pf->an->loops[loop];
  if (lp->irreducible || lp->nchildren || pf->an->cold[lp->header] || !lp->nexits ||
      (l.chase && is_tree(pf->fn, l.chase)))
    return none;
  Sweep shift = sweep_shift_of_loop(p, pf, loop);
  if (shift.kind)
    return shift;
  if (!is_quiet(&l))
    return none;
  l.s.kind = kind_of(&l);
  if (l.s.kind == SWEEP_NONE)
    return none;
  if (l.chase)
    find_list(&l);
  else
    find_array(&l);
  if (l.s.at == IR_NONE && l.chase && l.chase->nloads)
    l.s.at = l.chase->loads[0];
  const bool whole = ir_ref_kind(l.s.whole) != IR_REF_NONE && !(l.chase && is_bucket(&l));
  return whole && starts_over(&l) ? l.s : none;
}
