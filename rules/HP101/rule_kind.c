/* What kind of walk it is, which says what it is worth to change it, and what is none. */
#include "rules/HP101/rule_walk.h"

#include "rules/heat.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { FEW_STEPS = 2, SMALL_INNER = 4, MERGES_DEEP = 3 };

/* ---- what kind of walk it is ----------------------------------------------------------------- */

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
    return walk_indexed(fn, &fn->addrs[in->aux]);
  if (!ir_is(in, IR_LOAD))
    return false;
  const IrAddr *addr = &fn->addrs[in->aux];
  if (walk_indexed(fn, addr))
    return true;
  const IrInsn *base = ir_def(fn, addr->base); /* p = &table[h]; *p */
  return ir_is(base, IR_ADDR) && walk_indexed(fn, &fn->addrs[base->aux]);
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

static bool is_null_test(const IrFunction *fn, const IrInsn *in) {
  int64_t null;
  return (in->op == IR_EQ || in->op == IR_NE) && ir_const_int(fn, ir_arg(fn, in, 1), &null) &&
         !null;
}

/* Only the link moves, and only its end is asked for: what is wanted is the last node. */
static bool goes_to_end(const Walk *w) {
  const IrFunction *fn = w->pf->fn;
  const IrAnalysis *an = w->pf->an;
  const IrLoop *l = &an->loops[w->loop];
  if (l->nexits != 1 || l->nchildren)
    return false;
  for (uint32_t b = 0; b < l->nblocks; b++) {
    const IrBlock *block = &fn->blocks[l->blocks[b]];
    for (uint32_t i = block->first; i < block->first + block->count; i++) {
      const IrInsn *in = &fn->insns[i];
      const IrRef self = ir_ref(IR_REF_VALUE, i);
      bool link = in->op == IR_LOAD && walk_is_link(w, self);
      bool follows = in->op == IR_PHI && (i == w->phi || walk_rooted(w, self));
      bool test = in->op == IR_BR || in->op == IR_JUMP || is_null_test(fn, in);
      if (!link && !follows && !test && in->op != IR_ADDR && in->op != IR_CONV)
        return false;
    }
  }
  return true;
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
    bool link = walk_is_link(w, tested) || tests_failure(fn, in);
    for (uint32_t k = 0; in && k < in->nargs && in->op != IR_CALL; k++)
      link |= walk_is_link(w, ir_arg(fn, in, k));
    if (!link && walk_reads_node(w, tested, 6))
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
  return walk_rooted(w, fn->addrs[in->aux].base) || walk_reads_node(w, ir_arg(fn, in, 0), 6);
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
    bool hangs = walk_reads_node(w, arg, 6);
    *node |= walk_rooted(w, arg) || (hangs && w->loop == IR_NONE); /* the parent frees its child */
    of_walk |= walk_rooted(w, arg) || hangs;
  }
  return of_walk;
}

/* The walk takes its nodes apart: each is given back, by a call in every step, and nothing is
 * called but what frees the node or what hangs on it. Elements may be freed through a pointer. */
bool walk_only_frees(const Walk *w) {
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
        element |= walk_reads_node(w, ir_arg(fn, in, k), 6);
      if (!element)
        return false;
    }
  }
  return node;
}

/* Some word of a name is one of these: pParent, __rb_parent_color, rb_left. */
static bool has_word(const char *name, const char *const *words) {
  while (*name) {
    size_t n = 1;
    while (islower((unsigned char)name[n]) && isalpha((unsigned char)*name))
      n++;
    for (size_t i = 0; words[i]; i++)
      if (strlen(words[i]) == n && !strncasecmp(name, words[i], n))
        return true;
    name += n;
  }
  return false;
}

static bool named_upwards(const char *name) {
  static const char *const words[] = {"parent", "up", "outer", "enclosing", "super", "owner", NULL};
  return has_word(name, words);
}

/* A pointer to a record of its own kind, or an array of such. */
static bool leads_to_own_kind(const IrUnit *unit, IrRecordId record, const IrField *field) {
  const IrType *type = &unit->types[field->type];
  IrTypeId pointer = type->kind == IR_T_ARRAY ? type->sub : field->type;
  return unit->types[pointer].kind == IR_T_PTR && ir_pointee_record(unit, pointer) == record;
}

/* The record has two branches: left and right, child[2]. */
static bool branches(const IrUnit *unit, IrRecordId record) {
  static const char *const sides[] = {"left",  "right", "lchild", "rchild",  "child",
                                      "llink", "rlink", "less",   "greater", NULL};
  const IrRecord *rec = &unit->records[record];
  uint32_t count = 0;
  for (uint32_t i = 0; i < rec->nfields; i++) {
    const IrField *field = &unit->fields[rec->fields + i];
    const IrType *type = &unit->types[field->type];
    if (!leads_to_own_kind(unit, record, field))
      continue;
    if (type->kind == IR_T_ARRAY && type->count == 2)
      return true;
    count += has_word(ir_str(unit, field->name), sides);
  }
  return count >= 2;
}

/* The link is one of a tree's: a branch, or the way up; what threads its nodes is a list. */
static bool in_tree(const Walk *w) {
  static const char *const threads[] = {"next", "prev", "previous", "prior", "sibling",
                                        "list", "head", "tail",     "link",  NULL};
  IrRecordId record;
  const IrField *field = walk_link_field(w, &record);
  const IrUnit *unit = w->pf->unit;
  return field && branches(unit, record) &&
         (unit->types[field->type].kind == IR_T_ARRAY ||
          !has_word(ir_str(unit, field->name), threads));
}

bool walk_picks_link(const Walk *w) {
  return w->addr && ir_ref_kind(walk_link_index(w->pf, w->addr)) != IR_REF_NONE;
}

static bool picked_once(const Walk *w) {
  return ir_loop_invariant(w->pf->an, w->loop, walk_link_index(w->pf, w->addr));
}

/* An inner loop that chases nothing itself, such as an interpreter's between two frames. */
static bool runs_other_loops(const Walk *w) {
  const IrAnalysis *an = w->pf->an;
  const IrLoop *l = &an->loops[w->loop];
  for (uint32_t i = 0; i < l->nchildren; i++) {
    const IrLoop *child = &an->loops[l->children[i]];
    bool chases = false;
    /* hplint: ignore[HP105] few functions have more than one chase */
    for (uint32_t k = 0; k < an->nchases; k++)
      chases |= an->chases[k].loop == l->children[i];
    if (!chases && !an->cold[child->header] &&
        (child->trip != IR_TRIP_CONST || child->count > SMALL_INNER))
      return true;
  }
  return false;
}

WalkKind walk_kind_of_loop(const Walk *w) {
  if (walk_only_frees(w))
    return WALK_FREES;
  if (w->ways >= 2 && !w->one_direction)
    return WALK_TREE_DESCENT;
  if (walk_picks_link(w))
    return picked_once(w) ? WALK_SKIP_LIST : WALK_TREE_DESCENT;
  const bool to_end = goes_to_end(w);
  if (!to_end && !w->sometimes && starts_at_bucket(w))
    return WALK_HASH_CHAIN;
  IrRecordId record;
  const IrField *field = walk_link_field(w, &record);
  if (field && named_upwards(ir_str(w->pf->unit, field->name)))
    return WALK_UPWARDS;
  if (in_tree(w))
    return WALK_TREE_DESCENT;
  if (to_end)
    return WALK_TO_END;
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

/* The text bounds the loop to a few steps, or some exit counts to a constant of at most two. */
bool walk_stops_early(const Walk *w) {
  const IrFunction *fn = w->pf->fn;
  const IrAnalysis *an = w->pf->an;
  const IrLoop *l = &an->loops[w->loop];
  if (pg_few_trips(w->p, w->func, w->loop))
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
bool walk_by_blocks(const Walk *w) {
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
    if (walk_rooted(w, root) ||
        (ir_is(in, IR_LOAD) && walk_rooted(w, ir_addr_root(fn, fn->addrs[in->aux].base))))
      return true;
  }
  return false;
}

/* Some iterations stay at their node while the loop goes on over an array: the elements of this
 * part, or those that match. The wait is not paid in each. */
bool walk_beside_array(const Walk *w) {
  const IrAnalysis *an = w->pf->an;
  for (uint32_t i = 0; w->sometimes && i < an->naccesses; i++) {
    const IrAccess *access = &an->accesses[i];
    if (access->loop == w->loop &&
        (access->in.cls == IR_AC_UNIT || access->in.cls == IR_AC_STRIDED ||
         access->in.cls == IR_AC_SYMBOLIC || access->in.cls == IR_AC_POINTER ||
         access->in.cls == IR_AC_UNKNOWN) &&
        !walk_rooted(w, w->pf->fn->addrs[access->addr].base))
      return true;
  }
  return false;
}
