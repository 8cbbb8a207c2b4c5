/* HP101 linked-traversal: the address of the next step is loaded from the current node, so that the
 * steps cannot overlap: each waits for the memory of the one before (Chilimbi, Hill, Larus:
 * "Cache-Conscious Structure Layout", PLDI 1999).
 *
 * Three spellings: a recurrence that the analysis found (IrChase), a loop that steps through a
 * small function (`p = next(p)`), and a function that calls itself with a child of its argument. */
#include "rules/rule.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern const char page_HP101[];

enum { CALLS_DEEP = 2, FEW_STEPS = 2, SMALL_INNER = 4, MAX_ROOTS = 8, MAX_BEHIND = 8 };
enum { MERGES_DEEP = 3 };
/* The model: a step that waits for memory against a line that the prefetcher brings in time. */
static const double MISS_NS = 80, STREAMED_LINE_NS = 6;

/* Why a walk is worth less than it looks. */
typedef enum WalkKind {
  WALK_LIST,
  WALK_SEARCH,
  WALK_TREE_DESCENT,
  WALK_TREE,
  WALK_HASH_CHAIN,
  WALK_SKIP_LIST,
  WALK_FREES,
  WALK_UPWARDS,
  WALK_WAITS,
  WALK_BUSY,
  WALK_CALLS,
} WalkKind;

typedef struct Walk {
  const IrProgram *p;
  const PgFunction *pf;
  PgFunc func;
  uint32_t loop; /* IR_NONE: recursion */
  IrInsnId phi;
  IrRef roots[MAX_ROOTS]; /* pointers to the current node: the PHI and what flows into it */
  uint32_t nroots;
  const IrInsn *load; /* the load that chases; in an accessor: the CALL */
  const IrAddr *addr; /* of that load, NULL with an accessor */
  IrInsnId at;        /* `load` as an id, in pf */
  uint32_t ways, hops;
  bool one_direction; /* of several ways, what picks one does not change: a list walked backwards */
  IrRecordId record;
  int64_t link;     /* the PHI walks by pointers to links (p = &(*p)->next): where in the node they
                       lie, 0 otherwise */
  bool header_only; /* nodes are of several records that begin with `record` */
  Touch touch;
  WalkKind kind;
} Walk;

/* ---- what the steps touch -------------------------------------------------------------------- */

/* The record that an access names: of `((union any *)p)->table.size` the table. */
static IrRecordId named_record(const IrUnit *unit, const IrFunction *fn, const IrAddr *addr) {
  const IrHop *hop = &fn->hops[addr->hops], *last = hop + addr->nhops - 1;
  while (hop < last && unit->records[hop->record].flags & IR_REC_UNION)
    hop++;
  return hop->record;
}

static bool on_every_step(const Walk *w, IrBlockId block) {
  const IrAnalysis *an = w->pf->an;
  if (w->loop == IR_NONE)
    return false;
  const IrLoop *l = &an->loops[w->loop];
  for (uint32_t i = 0; i < l->nlatches; i++)
    if (!ir_dominates(an->idom, block, l->latches[i]))
      return false;
  return true;
}

/* With `container_of` the walking pointer points into the node: the largest record that accesses
 * through it name is the node, and it starts at the access less its path. A larger record with the
 * same start is the node's if every step uses it so; if only some do, nodes differ. */
static int64_t find_node(Walk *w) {
  const IrUnit *unit = w->pf->unit;
  const IrFunction *fn = w->pf->fn;
  int64_t start = 0;
  uint64_t size = w->record == IR_NONE ? 0 : unit->records[w->record].size;
  uint64_t largest = size;
  for (uint32_t i = 0; i < w->pf->an->naccesses; i++) {
    const IrAccess *access = &w->pf->an->accesses[i];
    if (w->loop != IR_NONE && !ir_loop_contains(w->pf->an, w->loop, access->block))
      continue;
    const IrAddr *addr = &fn->addrs[access->addr];
    Origin o = touch_origin_of(fn, addr);
    bool rooted = false;
    for (uint32_t k = 0; k < w->nroots; k++)
      rooted |= o.root == w->roots[k];
    if (!rooted || !addr->nhops)
      continue;
    IrRecordId record = named_record(unit, fn, addr);
    int64_t at = offset_plus(o.offset, -path_offset(unit, fn, addr));
    if (unit->records[record].size > largest && at == 0)
      largest = unit->records[record].size;
    if (unit->records[record].size >= size &&
        (at != 0 || size == 0 || record == w->record || on_every_step(w, access->block))) {
      size = unit->records[record].size;
      w->record = record;
      start = at;
    }
  }
  w->header_only = start == 0 && largest > size;
  return start;
}

/* Ends in an array of unknown length: `char name[]`, or spelled `item a[1]`. */
static bool ends_open(const IrUnit *unit, const IrRecord *rec) {
  if (rec->flags & IR_REC_FLEXIBLE || !rec->nfields || rec->flags & IR_REC_UNION)
    return rec->flags & IR_REC_FLEXIBLE;
  const IrType *last = &unit->types[unit->fields[rec->fields + rec->nfields - 1].type];
  return last->kind == IR_T_ARRAY && last->count == 1;
}

/* Bytes of a node, 0 when it ends in an array of unknown length, or when nodes differ. */
static uint64_t known_size(const Walk *w) {
  const IrUnit *unit = w->pf->unit;
  const IrRecord *rec = &unit->records[w->record];
  return w->header_only || ends_open(unit, rec) ? 0 : rec->size;
}

static void find_touched(Walk *w) {
  for (uint32_t i = 0; i < w->nroots; i++) {
    bool by_links = w->loop != IR_NONE && w->roots[i] == ir_ref(IR_REF_VALUE, w->phi);
    touch_through(w->p, w->pf, w->loop, w->roots[i], by_links ? w->link : 0, CALLS_DEEP, &w->touch);
  }
  int64_t start = find_node(w);
  touch_rebase(&w->touch, start, w->record == IR_NONE ? 0 : known_size(w));
  if (w->header_only) { /* what lies beyond is of one kind of node only */
    touch_rebase(&w->touch, 0, w->pf->unit->records[w->record].size);
    w->touch.open = true;
  }
}

/* For a walk by pointers to links: the next link's place in its node. */
static int64_t link_offset(const Walk *w) {
  const IrFunction *fn = w->pf->fn;
  const IrInsn *phi = &fn->insns[w->phi];
  const IrBlock *header = &fn->blocks[w->pf->an->loops[w->loop].header];
  for (uint32_t i = 0; i < phi->nargs; i++) {
    IrRef refs[4] = {ir_arg(fn, phi, i)};
    uint32_t n = 1;
    if (!ir_loop_contains(w->pf->an, w->loop, fn->edges[header->preds + i]))
      continue;
    const IrInsn *merge = ir_def(fn, refs[0]); /* kept or moved on: p = freed ? p : &(*p)->next */
    for (uint32_t k = 0; ir_is(merge, IR_PHI) && k < merge->nargs && k < 4; k++, n = k)
      refs[k] = ir_arg(fn, merge, k);
    for (uint32_t k = 0; k < n; k++) {
      Origin o = touch_origin(fn, refs[k]);
      if (ir_is(ir_def(fn, o.root), IR_LOAD) && !o.extent)
        return o.offset;
    }
  }
  return 0;
}

/* ---- what kind of walk it is ----------------------------------------------------------------- */

static bool is_variable_index(const IrFunction *fn, const IrAddr *addr) {
  int64_t number;
  return addr && ir_ref_kind(addr->index) != IR_REF_NONE && !ir_const_int(fn, addr->index, &number);
}

/* A value loaded from an indexed array: the head of a hash chain. Null pointers apart, all values
 * that a merge takes must be such. */
static bool is_bucket(const IrFunction *fn, IrRef ref, unsigned depth) {
  const IrInsn *in = ir_def(fn, touch_origin(fn, ref).root);
  if (ir_is(in, IR_PHI) && depth) {
    uint32_t buckets = 0;
    for (uint32_t i = 0; i < in->nargs; i++) {
      int64_t null;
      IrRef arg = ir_arg(fn, in, i);
      if (ir_const_int(fn, arg, &null) || ir_def(fn, arg) == in)
        continue;
      if (!is_bucket(fn, arg, depth - 1))
        return false;
      buckets++;
    }
    return buckets > 0;
  }
  if (ir_is(in, IR_ADDR)) /* the walk goes by pointers to links: p = &table[h] */
    return is_variable_index(fn, &fn->addrs[in->aux]);
  if (!ir_is(in, IR_LOAD))
    return false;
  const IrAddr *addr = &fn->addrs[in->aux];
  if (is_variable_index(fn, addr))
    return true;
  const IrInsn *base = ir_def(fn, addr->base); /* p = &table[h]; *p */
  return ir_is(base, IR_ADDR) && is_variable_index(fn, &fn->addrs[base->aux]);
}

/* The walk begins at a bucket: here, or in every caller when it is a parameter. */
static bool starts_at_bucket(const Walk *w) {
  const IrFunction *fn = w->pf->fn;
  const IrInsn *phi = &fn->insns[w->phi];
  const IrBlock *header = &fn->blocks[w->pf->an->loops[w->loop].header];
  for (uint32_t i = 0; i < phi->nargs; i++) {
    if (ir_loop_contains(w->pf->an, w->loop, fn->edges[header->preds + i]))
      continue;
    IrRef from = touch_origin(fn, ir_arg(fn, phi, i)).root;
    if (is_bucket(fn, from, MERGES_DEEP))
      return true;
    const IrInsn *in = ir_def(fn, from);
    if (!ir_is(in, IR_PARAM) || !w->pf->ncallers)
      continue;
    uint32_t buckets = 0;
    for (uint32_t c = 0; c < w->pf->ncallers; c++) {
      const PgCall *call = pg_call(w->p, w->pf->callers[c]);
      const PgFunction *caller = pg_func(w->p, call->caller);
      if (!caller->fn)
        break;
      const IrInsn *site = &caller->fn->insns[call->insn];
      buckets += ir_is(site, IR_CALL) && in->aux < site->nargs &&
                 is_bucket(caller->fn, ir_arg(caller->fn, site, in->aux), MERGES_DEEP);
    }
    if (buckets == w->pf->ncallers)
      return true;
  }
  return false;
}

static bool rooted_in_walk(const Walk *w, IrRef pointer) {
  IrRef root = touch_origin(w->pf->fn, pointer).root;
  for (uint32_t i = 0; i < w->nroots; i++)
    if (root == w->roots[i])
      return true;
  return false;
}

/* Does the value come from a load through the walking pointer, or a call on it? */
static bool reads_node(const Walk *w, IrRef ref, unsigned depth) {
  const IrFunction *fn = w->pf->fn;
  const IrInsn *in = ir_def(fn, ref);
  if (!in || depth == 0)
    return false;
  if (in->op == IR_LOAD)
    return rooted_in_walk(w, fn->addrs[in->aux].base) ||
           reads_node(w, fn->addrs[in->aux].base, depth - 1);
  if (in->op == IR_PHI || in->op == IR_PARAM)
    return false;
  for (uint32_t i = 0; i < in->nargs; i++)
    if ((in->op == IR_CALL && rooted_in_walk(w, ir_arg(fn, in, i))) ||
        reads_node(w, ir_arg(fn, in, i), depth - 1))
      return true;
  return false;
}

/* The next pointer itself, tested for the end of the list, is no key; nor is it when the program
 * reads it again, or reads the one after it. */
static bool is_link(const Walk *w, IrRef ref) {
  const IrFunction *fn = w->pf->fn;
  IrRef root = touch_origin(fn, ref).root;
  for (uint32_t i = 0; i < w->nroots; i++)
    if (root == w->roots[i])
      return true;
  const IrInsn *in = ir_def(fn, root);
  return ir_is(in, IR_LOAD) && w->record != IR_NONE &&
         ir_pointee_record(w->pf->unit, in->type) == w->record && reads_node(w, root, 6);
}

/* A call's result compared with -1: the call failed. */
static bool tests_failure(const IrFunction *fn, const IrInsn *test) {
  int64_t minus_one;
  if (!test || (test->op != IR_EQ && test->op != IR_NE) ||
      !ir_const_int(fn, ir_arg(fn, test, 1), &minus_one) || minus_one != -1)
    return false;
  return ir_is(ir_def(fn, touch_origin(fn, ir_arg(fn, test, 0)).root), IR_CALL);
}

/* An exit that depends on what the node holds: a search. */
static bool searches(const Walk *w) {
  const IrFunction *fn = w->pf->fn;
  const IrLoop *l = &w->pf->an->loops[w->loop];
  for (uint32_t i = 0; i < l->nexits; i++) {
    const IrBlock *block = &fn->blocks[l->exits[i]];
    const IrInsn *end = &fn->insns[block->first + block->count - 1];
    if (end->op != IR_BR)
      continue;
    IrRef tested = ir_arg(fn, end, 0);
    const IrInsn *in = ir_def(fn, tested);
    bool link = is_link(w, tested) || tests_failure(fn, in);
    for (uint32_t k = 0; in && k < in->nargs && in->op != IR_CALL; k++)
      link |= is_link(w, ir_arg(fn, in, k));
    if (!link && reads_node(w, tested, 6))
      return true;
  }
  return false;
}

/* An allocator that is reached through a pointer can be known by its name only. */
static bool named_free(const Walk *w, const IrInsn *call) {
  static const char *const words[] = {"free", "destroy", "dispose", "release", "delete", "dealloc"};
  const char *name = ir_str(w->pf->unit, w->pf->unit->symbols[call->aux].name);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcasestr(name, words[i]))
      return true;
  return false;
}

/* A write that says more than how many are left: into a node, or of what a node holds. */
static bool writes_more(const Walk *w, const IrInsn *in) {
  const IrFunction *fn = w->pf->fn;
  return rooted_in_walk(w, fn->addrs[in->aux].base) || reads_node(w, ir_arg(fn, in, 0), 6);
}

/* Gives back the current node, or what it points to. */
static bool frees_of_walk(const Walk *w, const IrInsn *call, bool *node) {
  const IrFunction *fn = w->pf->fn;
  int freed = pg_summary(w->p, w->pf->unit, fn, call)->freed_arg;
  bool named = named_free(w, call), of_walk = false;
  for (uint32_t k = 0; k < call->nargs; k++) {
    if (freed != (int)k && !named)
      continue;
    IrRef arg = ir_arg(fn, call, k);
    bool hangs = reads_node(w, arg, 6);
    *node |=
        rooted_in_walk(w, arg) || (hangs && w->loop == IR_NONE); /* the parent frees its child */
    of_walk |= rooted_in_walk(w, arg) || hangs;
  }
  return of_walk;
}

/* The walk takes its nodes apart: each is given back, by a call in every step, and nothing is
 * called but what frees the node or what hangs on it. Elements may be freed through a pointer. */
static bool only_frees(const Walk *w) {
  const IrFunction *fn = w->pf->fn;
  bool node = false;
  for (uint32_t i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    if (w->loop != IR_NONE && !ir_loop_has_insn(w->pf->an, w->loop, i))
      continue;
    if (in->op == IR_COPY || ((in->op == IR_STORE || in->op == IR_RMW) && writes_more(w, in)))
      return false;
    if (in->op == IR_CALL && w->loop == IR_NONE && in->aux == fn->sym)
      continue;
    if (in->op == IR_CALL && !frees_of_walk(w, in, &node))
      return false;
    if (in->op == IR_CALLP) {
      bool element = false;
      for (uint32_t k = 0; k < in->nargs; k++)
        element |= reads_node(w, ir_arg(fn, in, k), 6);
      if (!element)
        return false;
    }
  }
  return node;
}

/* What a name says without its prefix: pParent, m_parent. */
static const char *last_word(const char *name) {
  const char *underscore = strrchr(name, '_');
  const char *word = underscore && underscore[1] ? underscore + 1 : name;
  const char *at = word;
  while (islower((unsigned char)*at))
    at++;
  return isupper((unsigned char)*at) ? at : word;
}

static bool named_upwards(const Walk *w) {
  if (!w->addr || !w->addr->nhops)
    return false;
  const IrUnit *unit = w->pf->unit;
  const IrHop *hop = &w->pf->fn->hops[w->addr->hops + w->addr->nhops - 1];
  const char *name =
      ir_str(unit, unit->fields[unit->records[hop->record].fields + hop->field].name);
  static const char *const words[] = {"parent", "up", "outer", "enclosing", "super", "owner"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (!strcasecmp(last_word(name), words[i]))
      return true;
  return false;
}

/* The index that picks the link itself: level[i] of a skip list, child[dir] of a tree; NONE. An
 * offset in bytes is no index: it says where nodes of any kind keep their link. */
static IrRef link_index(const PgFunction *pf, const IrAddr *addr) {
  const IrInsn *base = ir_def(pf->fn, addr->base);
  if (is_variable_index(pf->fn, addr) && addr->scale > 1)
    return addr->index;
  if (ir_is(base, IR_ADDR) && is_variable_index(pf->fn, &pf->fn->addrs[base->aux]))
    return pf->fn->addrs[base->aux].index;
  return ir_ref(IR_REF_NONE, 0);
}

static bool picks_link(const Walk *w) {
  return w->addr && ir_ref_kind(link_index(w->pf, w->addr)) != IR_REF_NONE;
}

static bool picked_once(const Walk *w) {
  return ir_loop_invariant(w->pf->an, w->loop, link_index(w->pf, w->addr));
}

/* An inner loop that chases nothing itself, such as an interpreter's between two frames. */
static bool runs_other_loops(const Walk *w) {
  const IrAnalysis *an = w->pf->an;
  const IrLoop *l = &an->loops[w->loop];
  for (uint32_t i = 0; i < l->nchildren; i++) {
    const IrLoop *child = &an->loops[l->children[i]];
    bool chases = false;
    for (uint32_t k = 0; k < an->nchases; k++)
      chases |= an->chases[k].loop == l->children[i];
    if (!chases && !an->cold[child->header] &&
        (child->trip != IR_TRIP_CONST || child->count > SMALL_INNER))
      return true;
  }
  return false;
}

static WalkKind kind_of_loop(const Walk *w) {
  if (only_frees(w))
    return WALK_FREES;
  if (w->ways >= 2 && !w->one_direction)
    return WALK_TREE_DESCENT;
  if (picks_link(w))
    return picked_once(w) ? WALK_SKIP_LIST : WALK_TREE_DESCENT;
  if (starts_at_bucket(w))
    return WALK_HASH_CHAIN;
  if (named_upwards(w))
    return WALK_UPWARDS;
  if (heat_loop_waits(w->p, w->pf, w->loop))
    return WALK_WAITS;
  if (runs_other_loops(w))
    return WALK_BUSY;
  if (heat_loop_mostly_calls(w->p, w->pf, w->loop))
    return WALK_CALLS;
  return searches(w) ? WALK_SEARCH : WALK_LIST;
}

/* ---- what is no linked traversal ------------------------------------------------------------- */

/* What a PHI of the loop's header holds at first: a constant. */
static bool starts_at(const Walk *w, IrRef ref, int64_t *start) {
  const IrFunction *fn = w->pf->fn;
  const IrInsn *phi = ir_def(fn, ref);
  const IrBlock *header = &fn->blocks[w->pf->an->loops[w->loop].header];
  if (!ir_is(phi, IR_PHI) || ir_ref_index(ref) - header->first >= header->count)
    return false;
  for (uint32_t i = 0; i < phi->nargs; i++)
    if (!ir_loop_contains(w->pf->an, w->loop, fn->edges[header->preds + i]))
      return ir_const_int(fn, ir_arg(fn, phi, i), start);
  return false;
}

/* Some exit counts to a constant of at most two steps. */
static bool stops_early(const Walk *w) {
  const IrFunction *fn = w->pf->fn;
  const IrAnalysis *an = w->pf->an;
  const IrLoop *l = &an->loops[w->loop];
  if (l->trip == IR_TRIP_CONST && l->count <= FEW_STEPS)
    return true;
  for (uint32_t i = 0; i < l->nexits; i++) {
    const IrBlock *block = &fn->blocks[l->exits[i]];
    const IrInsn *end = &fn->insns[block->first + block->count - 1];
    const IrInsn *test = end->op == IR_BR ? ir_def(fn, ir_arg(fn, end, 0)) : NULL;
    int64_t start, bound, steps;
    if (!test || test->op < IR_EQ || test->op > IR_GE ||
        !starts_at(w, ir_arg(fn, test, 0), &start) ||
        !ir_const_int(fn, ir_arg(fn, test, 1), &bound))
      continue;
    IrEvolution ev = ir_evolution(an, w->loop, ir_arg(fn, test, 0));
    if (ev.kind == IR_EV_AFFINE && (ev.step == 1 || ev.step == -1) &&
        !__builtin_sub_overflow(bound, start, &steps) && steps >= -FEW_STEPS && steps <= FEW_STEPS)
      return true;
  }
  return false;
}

/* A list of blocks: an inner loop walks an array that lies in the node or hangs on it, so that the
 * wait for the next node is paid once for many elements. This is what a list should become. */
static bool walks_blocks(const Walk *w) {
  const IrAnalysis *an = w->pf->an;
  const IrFunction *fn = w->pf->fn;
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *access = &an->accesses[i];
    if (access->loop == IR_NONE || access->loop == w->loop ||
        !ir_loop_contains(an, w->loop, access->block))
      continue;
    const IrLoop *inner = &an->loops[access->loop];
    if (inner->trip == IR_TRIP_CONST && inner->count <= SMALL_INNER)
      continue;
    if (access->in.cls != IR_AC_UNIT && access->in.cls != IR_AC_STRIDED)
      continue;
    /* Bytes of a name are no elements. */
    if (fn->addrs[access->addr].size < 2)
      continue;
    IrRef root = ir_addr_root(fn, fn->addrs[access->addr].base);
    const IrInsn *in = ir_def(fn, root);
    if (rooted_in_walk(w, root) ||
        (ir_is(in, IR_LOAD) && rooted_in_walk(w, ir_addr_root(fn, fn->addrs[in->aux].base))))
      return true;
  }
  return false;
}

/* ---- reporting ------------------------------------------------------------------------------- */

static const char *kind_text(WalkKind kind) {
  switch (kind) {
  case WALK_LIST:
    return "linked list";
  case WALK_SEARCH:
    return "search of a linked list";
  case WALK_TREE_DESCENT:
    return "tree descent: a path from the root, not every node";
  case WALK_TREE:
    return "walk of a whole tree";
  case WALK_HASH_CHAIN:
    return "hash chain: short when the table is sized well";
  case WALK_SKIP_LIST:
    return "skip list";
  case WALK_FREES:
    return "the loop only frees its nodes";
  case WALK_UPWARDS:
    return "climbs to the root";
  case WALK_WAITS:
    return "each step does input or output, which costs more";
  case WALK_BUSY:
    return "each step runs loops of its own, which cost more";
  case WALK_CALLS:
    return "each step calls functions that do more than the step";
  }
  return "";
}

static const char *help_text(const Walk *w) {
  switch (w->kind) {
  case WALK_TREE_DESCENT:
  case WALK_TREE:
    return "keep the nodes in one array and link them by index, or put several keys into each "
           "node, "
           "so that one cache line serves several steps";
  case WALK_HASH_CHAIN:
    return "keep key or hash inside the table (open addressing), so that most look-ups touch one "
           "line";
  case WALK_SKIP_LIST:
    return "put several keys into each node, or use a sorted array or a B-tree";
  case WALK_FREES:
    return "take the nodes from an arena and release it at once";
  case WALK_LIST:
  case WALK_SEARCH:
  case WALK_UPWARDS:
  case WALK_WAITS:
  case WALK_BUSY:
  case WALK_CALLS:
    break;
  }
  return "keep what this loop reads in an array, or put several elements into each node, so that "
         "the "
         "next address is known without a load";
}

static const char *node_name(const Walk *w) {
  if (w->record == IR_NONE)
    return "node";
  const char *name = ir_str(w->pf->unit, w->pf->unit->records[w->record].name);
  return *name ? name : "node";
}

/* "the load of p->next" or "the load in list_next". */
static const char *step_text(const Walk *w, Report *r) {
  if (w->addr)
    return report_format(r, "the load of %s", text_of_addr(r, w->pf, w->addr));
  return report_format(r, "the load in %s",
                       ir_str(w->pf->unit, w->pf->unit->symbols[ir_callee(w->load)].name));
}

/* Pointers followed in a row from a node, beside the way on: 1 for p->name->length. */
static uint32_t loads_behind(const Walk *w) {
  const IrFunction *fn = w->pf->fn;
  uint32_t longest = 0;
  for (uint32_t i = 0; i < w->pf->an->naccesses; i++) {
    const IrAccess *access = &w->pf->an->accesses[i];
    if (w->loop != IR_NONE && !ir_loop_contains(w->pf->an, w->loop, access->block))
      continue;
    uint32_t length = 0;
    IrRef base = fn->addrs[access->addr].base;
    while (length < MAX_BEHIND && !rooted_in_walk(w, base)) {
      const IrInsn *in = ir_def(fn, ir_addr_root(fn, base));
      if (!ir_is(in, IR_LOAD))
        break;
      base = fn->addrs[in->aux].base;
      length++;
    }
    if (rooted_in_walk(w, base) && length > longest)
      longest = length;
  }
  return longest;
}

static void tell_size(const Walk *w, Report *r, Finding *f) {
  const IrUnit *unit = w->pf->unit;
  uint64_t used = touch_bytes(&w->touch);
  const char *step = step_text(w, r);
  const char *each = w->loop == IR_NONE ? report_format(r, "each call of %s", w->pf->name)
                                        : "each step of this loop";
  uint64_t size = w->record == IR_NONE ? 0 : known_size(w);
  if (size && used <= size && !w->touch.open)
    f->message =
        report_format(r, "%s waits for %s; %llu of %llu bytes of each %s are used", each, step,
                      (unsigned long long)used, (unsigned long long)size, node_name(w));
  else if (size)
    f->message = report_format(r, "%s waits for %s, a %s of %llu bytes", each, step, node_name(w),
                               (unsigned long long)size);
  else
    f->message = report_format(r, "%s waits for %s", each, step);
  finding_fact(f, w->touch.open ? "bytes used, at least" : "bytes used", (double)used, "bytes");
  if (size)
    finding_fact(f, "node size", (double)size, "bytes");
  finding_fact(f, "dependent loads per step", w->hops, "loads");
  if (loads_behind(w))
    finding_fact(f, "further loads in a row", loads_behind(w), "loads");
  finding_fact(f, "lines per step", (double)touch_lines(&w->touch), "lines");
  if (w->record != IR_NONE)
    finding_fact_text(f, "fields used", touch_fields(r, unit, w->record, &w->touch));
  finding_fact_text(f, "kind", kind_text(w->kind));
}

/* A search that follows one path cannot become a stream. A chain's look-up waits for the bucket,
 * then for the node: open addressing leaves one of the two. Nodes of several keys halve a descent.
 */
static bool tell_search_model(const Walk *w, Finding *f) {
  if (w->kind != WALK_HASH_CHAIN && w->kind != WALK_SKIP_LIST && w->kind != WALK_TREE_DESCENT)
    return false;
  f->saving = 0.5;
  f->saving_why = w->kind == WALK_HASH_CHAIN
                      ? "of two loads in a row, of the bucket and of the node, one is left"
                      : "nodes of several keys need half of the steps, or fewer";
  return true;
}

static void tell_model(const Walk *w, Report *r, Finding *f) {
  if (tell_search_model(w, f))
    return;
  double lines = (double)touch_lines(&w->touch);
  double now = (w->hops + (lines > 1 ? lines - 1 : 0) * 0.5) * MISS_NS;
  double then = (double)touch_bytes(&w->touch) / CACHE_LINE * STREAMED_LINE_NS;
  f->saving = then < now ? 1 - then / now : 0;
  if (f->saving > 0.9)
    f->saving = 0.9; /* some nodes are neighbours, some are in the cache */
  f->saving_why = report_format(
      r,
      "%u dependent load%s a step at about %.0f ns from memory against %llu bytes streamed from an "
      "array at %.0f ns a line; capped at 90%%",
      w->hops, w->hops == 1 ? "" : "s", MISS_NS, (unsigned long long)touch_bytes(&w->touch),
      STREAMED_LINE_NS);
}

static void tell_allocations(const Walk *w, Report *r, Finding *f) {
  if (w->record == IR_NONE)
    return;
  PgRecord record = pg_record_of(w->p, w->pf->unit, w->record);
  if (record == IR_NONE)
    return;
  f->record = record;
  const PgRecordInfo *info = pg_record(w->p, record);
  bool in_arrays = info->nallocs > 0;
  for (uint32_t i = 0; i < info->nallocs; i++) {
    const PgAllocSite *site = &info->allocs[i];
    const PgFunction *where = pg_func(w->p, site->func);
    bool single = site->count >= 0 && site->count <= 1;
    in_arrays &= !single;
    if (i < 3)
      finding_place(r, f, where->unit, place_of(where->fn, site->insn),
                    single ? "each %s is allocated on its own here, in %s"
                           : "blocks of %s are allocated here, in %s",
                    node_name(w), where->name);
  }
  if (in_arrays) /* neighbours in the list may be neighbours in memory */
    f->confidence = CONFIDENCE_MEDIUM;
}

/* A sampling profile finds the wait where the loaded pointer is first used: at the test for the
 * end. */
static void tell_tests(const Walk *w, Finding *f) {
  const IrFunction *fn = w->pf->fn;
  const IrLoop *l = &w->pf->an->loops[w->loop];
  for (uint32_t i = 0; i < l->nexits; i++) {
    const IrBlock *block = &fn->blocks[l->exits[i]];
    IrInsnId at = block->first + block->count - 1;
    if (fn->insns[at].op != IR_BR)
      continue;
    IrRef tested = ir_arg(fn, &fn->insns[at], 0);
    const IrInsn *in = ir_def(fn, tested);
    bool link = is_link(w, tested);
    for (uint32_t k = 0; in && k < in->nargs && (in->op == IR_EQ || in->op == IR_NE); k++)
      link |= is_link(w, ir_arg(fn, in, k));
    if (link)
      finding_site(f, w->pf->unit, place_of(fn, at), w->func, false);
  }
}

static void tell_sites(const Walk *w, Report *r, Finding *f) {
  const PgFunction *pf = w->pf;
  finding_place(r, f, pf->unit, place_of(pf->fn, w->at), "the next address comes from here");
  finding_site(f, pf->unit, place_of(pf->fn, w->at), w->func, w->addr == NULL);
  if (w->loop != IR_NONE)
    tell_tests(w, f);
  for (uint32_t i = 0; i < pf->an->naccesses; i++) {
    const IrAccess *access = &pf->an->accesses[i];
    if ((w->loop == IR_NONE || ir_loop_contains(pf->an, w->loop, access->block)) &&
        rooted_in_walk(w, pf->fn->addrs[access->addr].base))
      finding_site(f, pf->unit, place_of(pf->fn, access->insn), w->func, false);
  }
}

static const char *anchor_text(const Walk *w, Report *r) {
  if (!w->addr || !w->addr->nhops)
    return report_format(r, "%s:chase", node_name(w));
  const IrHop *hop = &w->pf->fn->hops[w->addr->hops + w->addr->nhops - 1];
  const IrUnit *unit = w->pf->unit;
  return report_format(
      r, "%s.%s", node_name(w),
      ir_str(unit, unit->fields[unit->records[hop->record].fields + hop->field].name));
}

/* A miss beside calls that loop or allocate is the smaller part of a step. */
static RuleSeverity severity_of(const Walk *w, const Finding *f) {
  RuleSeverity severity = heat_severity(f, w->p);
  bool much = w->loop == IR_NONE ? heat_function_calls_much(w->p, w->pf)
                                 : heat_loop_calls_much(w->p, w->pf, w->loop);
  return much && severity > SEVERITY_LOW ? severity - 1 : severity;
}

static void report_walk(const Walk *w, Report *r, IrLoc loc) {
  Finding *f = report_add(r, w->pf->unit, loc);
  finding_in_loop(f, w->p, w->func, w->loop);
  tell_size(w, r, f);
  tell_model(w, r, f);
  tell_sites(w, r, f);
  tell_allocations(w, r, f);
  f->help = help_text(w);
  f->severity = severity_of(w, f);
  f->cost = COST_DEPENDENT_MISS;
  f->anchor = anchor_text(w, r);
  if (w->kind != WALK_LIST && w->kind != WALK_SEARCH && w->kind != WALK_TREE)
    f->show = SHOW_LOW;
  if (w->kind != WALK_LIST)
    f->confidence = CONFIDENCE_MEDIUM;
}

/* ---- loops ----------------------------------------------------------------------------------- */

static void add_root(Walk *w, IrRef root) {
  for (uint32_t i = 0; i < w->nroots; i++)
    if (w->roots[i] == root)
      return;
  if (w->nroots < MAX_ROOTS)
    w->roots[w->nroots++] = root;
}

/* `p->next && p->next->key < key`: what the chase loads is loaded, and used, more than once a step.
 * Such loads name the same node when they read the same place through the same pointer. */
static void add_equal_loads(Walk *w, const IrAddr *link) {
  const IrFunction *fn = w->pf->fn;
  Origin chased = touch_origin_of(fn, link);
  IrRef index = link_index(w->pf, link);
  for (uint32_t i = 0; i < w->pf->an->naccesses; i++) {
    const IrAccess *access = &w->pf->an->accesses[i];
    const IrInsn *in = &fn->insns[access->insn];
    if (in->op != IR_LOAD || !ir_loop_contains(w->pf->an, w->loop, access->block))
      continue;
    const IrAddr *addr = &fn->addrs[in->aux];
    Origin o = touch_origin_of(fn, addr);
    if (o.root == chased.root && o.offset == chased.offset && addr->size == link->size &&
        link_index(w->pf, addr) == index)
      add_root(w, ir_ref(IR_REF_VALUE, access->insn));
  }
}

static bool judge_loop(Walk *w) {
  if (w->pf->an->loops[w->loop].irreducible || stops_early(w) || walks_blocks(w))
    return false;
  find_touched(w);
  w->kind = kind_of_loop(w);
  return true;
}

/* `p = reverse ? p->prev : p->next`: the branch above both loads tests what the loop leaves alone.
 */
static bool picks_direction_once(const PgFunction *pf, const IrChase *chase) {
  const IrAnalysis *an = pf->an;
  if (chase->nloads != 2)
    return false;
  IrBlockId at = an->block_of[chase->loads[0]], other = an->block_of[chase->loads[1]];
  while (!ir_dominates(an->idom, at, other))
    at = an->idom[at];
  const IrBlock *fork = &pf->fn->blocks[at];
  const IrInsn *end = &pf->fn->insns[fork->first + fork->count - 1];
  return at != other && end->op == IR_BR &&
         ir_loop_invariant(an, chase->loop, ir_arg(pf->fn, end, 0));
}

static Walk walk_of_chase(const IrProgram *p, PgFunc func, const IrChase *chase) {
  const PgFunction *pf = pg_func(p, func);
  Walk w = {.p = p,
            .pf = pf,
            .func = func,
            .loop = chase->loop,
            .phi = chase->phi,
            .at = chase->loads[0],
            .ways = chase->nloads,
            .hops = chase->hops ? chase->hops : 1,
            .one_direction = picks_direction_once(pf, chase),
            .record = chase->record};
  w.load = &pf->fn->insns[w.at];
  w.addr = ir_addr_of(pf->fn, w.load);
  add_root(&w, ir_ref(IR_REF_VALUE, chase->phi));
  for (uint32_t i = 0; i < chase->nloads; i++)
    add_root(&w, ir_ref(IR_REF_VALUE, chase->loads[i]));
  for (uint32_t i = 0; i < chase->nloads; i++)
    add_equal_loads(&w, &pf->fn->addrs[pf->fn->insns[chase->loads[i]].aux]);
  w.link = link_offset(&w);
  return w;
}

/* Every result of the function is a load through parameter `arg`, or null. */
static bool is_accessor(const PgFunction *cf, uint32_t arg, IrRef result, unsigned depth,
                        bool *loads) {
  int64_t null;
  result = touch_origin(cf->fn, result).root;
  const IrInsn *in = ir_def(cf->fn, result);
  if (ir_const_int(cf->fn, result, &null))
    return null == 0;
  if (!in || depth == 0)
    return false;
  if (in->op == IR_PHI) {
    for (uint32_t i = 0; i < in->nargs; i++)
      if (!is_accessor(cf, arg, ir_arg(cf->fn, in, i), depth - 1, loads))
        return false;
    return true;
  }
  if (in->op != IR_LOAD)
    return false;
  const IrInsn *from = ir_def(cf->fn, touch_origin_of(cf->fn, &cf->fn->addrs[in->aux]).root);
  *loads = ir_is(from, IR_PARAM) && from->aux == arg;
  return *loads;
}

/* `p = next(p)`: the step is a call of a small function that returns a field of its argument. */
static bool steps_by_call(const IrProgram *p, const PgFunction *pf, const IrInsn *call, IrRef phi) {
  PgFunc callee = pg_callee(p, pf->unit, pf->fn, call);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(p, callee);
  if (!cf || !cf->fn || cf->fn->nblocks > 6)
    return false;
  for (uint32_t arg = 0; arg < call->nargs; arg++) {
    if (touch_origin(pf->fn, ir_arg(pf->fn, call, arg)).root != phi)
      continue;
    bool loads = false;
    for (uint32_t i = 0; i < cf->fn->ninsns; i++) {
      const IrInsn *in = &cf->fn->insns[i];
      if (in->op == IR_RET &&
          (in->nargs == 0 || !is_accessor(cf, arg, ir_arg(cf->fn, in, 0), 3, &loads)))
        return false;
    }
    return loads;
  }
  return false;
}

static bool walk_by_accessor(const IrProgram *p, PgFunc func, uint32_t loop, Walk *w) {
  const PgFunction *pf = pg_func(p, func);
  const IrFunction *fn = pf->fn;
  const IrBlock *header = &fn->blocks[pf->an->loops[loop].header];
  for (uint32_t i = 0; i < header->count; i++) {
    const IrInsn *phi = &fn->insns[header->first + i];
    if (phi->op != IR_PHI)
      break;
    IrRef ref = ir_ref(IR_REF_VALUE, header->first + i);
    for (uint32_t k = 0; k < phi->nargs; k++) {
      IrRef from = touch_origin(fn, ir_arg(fn, phi, k)).root;
      const IrInsn *in = ir_def(fn, from);
      if (!ir_loop_contains(pf->an, loop, fn->edges[header->preds + k]) || !ir_is(in, IR_CALL) ||
          !steps_by_call(p, pf, in, ref))
        continue;
      *w = (Walk){
          .p = p, .pf = pf, .func = func, .loop = loop, .phi = header->first + i, .load = in};
      w->at = ir_ref_index(from);
      w->ways = w->hops = 1;
      w->record = ir_pointee_record(pf->unit, phi->type);
      add_root(w, ref);
      add_root(w, from);
      return true;
    }
  }
  return false;
}

/* At most one finding a loop: the walk that touches most. */
static void check_loop(const IrProgram *p, PgFunc func, uint32_t loop, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  Walk best = {.loop = IR_NONE};
  for (uint32_t i = 0; i < pf->an->nchases; i++) {
    const IrChase *chase = &pf->an->chases[i];
    /* A pointer that an inner loop moves on is that loop's chase. */
    if (chase->loop != loop || chase->nloads == 0 ||
        pf->an->loop_of[pf->an->block_of[chase->loads[0]]] != loop)
      continue;
    Walk w = walk_of_chase(p, func, chase);
    if (judge_loop(&w) &&
        (best.loop == IR_NONE || touch_bytes(&w.touch) > touch_bytes(&best.touch)))
      best = w;
  }
  Walk w;
  if (best.loop == IR_NONE && walk_by_accessor(p, func, loop, &w) && judge_loop(&w))
    best = w;
  if (best.loop != IR_NONE)
    report_walk(&best, r, place_of_loop(pf->an, loop));
}

/* ---- recursion ------------------------------------------------------------------------------- */

enum { MAX_CALLS = 8 };
typedef struct Recursion {
  IrInsnId calls[MAX_CALLS];
  IrInsnId load; /* of the child, for the first call */
  uint32_t ncalls, param, hops;
} Recursion;

/* The child is of its parent's kind: not some other record that the argument leads to. */
static bool same_pointee(const IrUnit *unit, const IrInsn *a, const IrInsn *b) {
  return ir_pointee_record(unit, a->type) == ir_pointee_record(unit, b->type);
}

/* A child's pointer: loaded from the argument's own record, or from a table that hangs on it. An
 * element of the argument's array, or of an array that the field points to, is no node of its own.
 */
static uint32_t hops_to_child(const PgFunction *pf, IrRef arg, uint32_t param) {
  const IrFunction *fn = pf->fn;
  Origin child = touch_origin(fn, arg);
  const IrInsn *load = ir_def(fn, child.root);
  if (!ir_is(load, IR_LOAD) || child.offset || child.extent)
    return 0;
  bool picked = false;
  for (uint32_t hops = 1; hops <= 2; hops++) {
    const IrAddr *addr = &fn->addrs[ir_def(fn, child.root)->aux];
    picked |= is_variable_index(fn, addr);
    IrRef base = touch_origin_of(fn, addr).root;
    const IrInsn *from = ir_def(fn, base);
    if (hops == 2 && !picked) /* what the arguments share, such as their owner */
      return 0;
    if (ir_is(from, IR_PARAM))
      return from->aux == param && same_pointee(pf->unit, load, from) ? hops : 0;
    child = touch_origin(fn, addr->base); /* n->children[i] */
    if (!ir_is(ir_def(fn, child.root), IR_LOAD))
      return 0;
  }
  return 0;
}

static void find_recursion(const PgFunction *pf, Recursion *rec) {
  const IrFunction *fn = pf->fn;
  for (uint32_t i = 0; i < fn->ninsns && rec->ncalls < MAX_CALLS; i++) {
    const IrInsn *call = &fn->insns[i];
    if (call->op != IR_CALL || call->aux != fn->sym)
      continue;
    for (uint32_t k = 0; k < call->nargs; k++) {
      uint32_t hops = hops_to_child(pf, ir_arg(fn, call, k), k);
      if (!hops)
        continue;
      if (rec->ncalls == 0) {
        rec->load = ir_ref_index(touch_origin(fn, ir_arg(fn, call, k)).root);
        rec->param = k;
        rec->hops = hops;
      }
      rec->calls[rec->ncalls++] = i;
      break;
    }
  }
}

/* Can control come from one block to the other? */
static bool reaches(const IrFunction *fn, IrBlockId from, IrBlockId to) {
  bool *seen = hp_calloc(fn->nblocks, sizeof *seen);
  IrBlockId *stack = hp_calloc(fn->nblocks, sizeof *stack);
  uint32_t top = 0;
  bool found = false;
  stack[top++] = from;
  while (top && !found) {
    const IrBlock *block = &fn->blocks[stack[--top]];
    for (uint32_t i = 0; i < block->nsuccs && !found; i++) {
      IrBlockId next = fn->edges[block->succs + i];
      found = next == to;
      if (!seen[next]) {
        seen[next] = true;
        stack[top++] = next;
      }
    }
  }
  free(seen);
  free(stack);
  return found;
}

/* One activation visits several children: the calls follow each other or stand in a loop. */
static bool visits_all(const PgFunction *pf, const Recursion *rec) {
  const IrAnalysis *an = pf->an;
  for (uint32_t i = 0; i < rec->ncalls; i++) {
    if (an->loop_of[an->block_of[rec->calls[i]]] != IR_NONE)
      return true;
    for (uint32_t k = 0; k < rec->ncalls; k++) {
      IrBlockId a = an->block_of[rec->calls[i]], b = an->block_of[rec->calls[k]];
      if (i != k && (a == b || reaches(pf->fn, a, b)))
        return true;
    }
  }
  return false;
}

/* A function that calls itself with what a field of its own argument points to. */
static void check_recursion(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  Recursion rec = {0};
  find_recursion(pf, &rec);
  if (!rec.ncalls)
    return;
  const IrFunction *fn = pf->fn;
  IrRef param = value_of_param(fn, rec.param);
  Walk w = {.p = p, .pf = pf, .func = func, .loop = IR_NONE, .at = rec.load, .hops = rec.hops};
  w.load = &fn->insns[rec.load];
  w.addr = ir_addr_of(fn, w.load);
  w.ways = rec.ncalls;
  w.record = ir_pointee_record(pf->unit, ir_ref_type(pf->unit, fn, param));
  add_root(&w, param);
  find_touched(&w);
  bool all = visits_all(pf, &rec);
  w.kind = only_frees(&w)                     ? WALK_FREES
           : all                              ? WALK_TREE
           : rec.ncalls > 1 || picks_link(&w) ? WALK_TREE_DESCENT
                                              : WALK_LIST;
  report_walk(&w, r, place_of(fn, rec.calls[0]));
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t loop = 0; loop < pf->an->nloops; loop++)
    check_loop(p, func, loop, r);
  check_recursion(p, func, r);
}

const Rule rule_HP101 = {
    .id = "HP101",
    .name = "linked-traversal",
    .summary = "a loop whose next address is loaded from the current node",
    .check_function = check,
    .page = page_HP101,
};
