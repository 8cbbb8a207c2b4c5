/* HP109 indirect-key: each comparison of a search or a sort follows a pointer to get at the key:
 * qsort over pointers, records whose key is a string elsewhere. Halving jumps about, so that each
 * of these loads is likely a cache miss, and the comparison waits for it.
 *
 * The comparison is a function handed to the library's search or sort, or a call of strcmp and its
 * kind in a loop of one's own that picks elements by halving. How many elements a sort gets its
 * text seldom tells, and most sort a handful: shown on request, as are loops that go through the
 * elements in order, where the fix is another structure. */
#include "rules/rule.h"
#include "rules/cycles.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <stdlib.h>
#include <string.h>

extern const char page_HP109[];

enum {
  FEW = 64,
  SOME = 256, /* keys, which stay in the nearest caches */
  MANY = 1024,
  SMALL_TABLE = 4096,
  MAX_HOPS = 4
};

/* ---- comparison functions ----------------------------------------------------------------------
 */

typedef struct Sorter {
  const char *name;
  int count; /* the argument that is the number of elements, -1 */
  bool sorts;
} Sorter;

static const Sorter *sorter_named(const char *name) {
  static const Sorter sorters[] = {{"qsort", 1, true},
                                   {"qsort_r", 1, true},
                                   {"heapsort", 1, true},
                                   {"bsearch", 2, false},
                                   {"mergesort", 1, true}};
  for (size_t i = 0; i < sizeof sorters / sizeof *sorters; i++)
    if (!strcmp(sorters[i].name, name))
      return &sorters[i];
  return NULL;
}

static bool is_pointer(const IrUnit *unit, IrTypeId type) {
  const IrType *t = &unit->types[type];
  return t->kind == IR_T_PTR && unit->types[t->sub].kind != IR_T_FUNC;
}

/* What lies behind the pointer is read here, or by a function that is called with it. */
static bool is_followed(const PgFunction *cf, IrInsnId load) {
  const IrRef value = ir_ref(IR_REF_VALUE, load);
  for (IrInsnId i = 0; i < cf->fn->ninsns; i++) {
    const IrInsn *in = &cf->fn->insns[i];
    if (in->op == IR_LOAD && ir_addr_root(cf->fn, cf->fn->addrs[in->aux].base) == value)
      return true;
    for (uint32_t k = 0; k < in->nargs && in->op == IR_CALL; k++)
      if (ir_addr_root(cf->fn, ir_arg(cf->fn, in, k)) == value)
        return true;
  }
  return false;
}

/* The load of a pointer out of an element, deepest first; IR_NONE: the key is in the element. */
static IrInsnId pointer_of_element(const PgFunction *cf, uint32_t param, uint32_t *hops) {
  IrRef from = value_of_param(cf->fn, param);
  IrInsnId found = IR_NONE;
  *hops = 0;
  while (ir_ref_kind(from) != IR_REF_NONE && *hops < MAX_HOPS) {
    IrInsnId next = IR_NONE;
    for (IrInsnId i = 0; i < cf->fn->ninsns && next == IR_NONE; i++) {
      const IrInsn *in = &cf->fn->insns[i];
      if (in->op == IR_LOAD && is_pointer(cf->unit, in->type) &&
          ir_addr_root(cf->fn, cf->fn->addrs[in->aux].base) == from && is_followed(cf, i) &&
          !cf->an->cold[cf->an->block_of[i]])
        next = i;
    }
    if (next == IR_NONE)
      break;
    found = next;
    from = ir_ref(IR_REF_VALUE, next);
    ++*hops;
  }
  return found;
}

/* ---- reporting --------------------------------------------------------------------------------
 */

static void finish(Finding *f, const IrProgram *p, uint32_t loads, Report *r) {
  f->cost = COST_DEPENDENT_MISS;
  f->confidence = CONFIDENCE_MEDIUM;
  f->severity = f->show == SHOW_LOW || f->cold ? SEVERITY_LOW : heat_severity(f, p);
  double more = (double)(loads - 1) * CYCLES_NEAR;
  f->saving = cycles_saving(CYCLES_GUESS + more, CYCLES_GUESS);
  f->saving_why = report_format(
      r,
      "one load a comparison instead of %u that wait for each other, %.0f cycles from the "
      "second-level cache; the comparison itself, whose outcome cannot be foreseen, takes %d",
      loads, more, CYCLES_GUESS);
  finding_fact(f, "loads per comparison", loads, "loads");
}

/* A large table, or lookups in a loop in one of which nobody knows that it is small. */
static bool is_listed(const IrProgram *p, PgFunc func, const Sorter *sorter, IrInsnId call,
                      int64_t count) {
  const PgFunction *pf = pg_func(p, func);
  const IrBlockId block = pf->an->block_of[call];
  const IrRef elements = ir_arg(pf->fn, &pf->fn->insns[call], (uint32_t)sorter->count);
  return count >= MANY || (!sorter->sorts && heat_nest(p, func, pf->an->loop_of[block]) > 0 &&
                           pg_likely_range(p, func, block, elements).high > SOME);
}

/* `count`: of elements, 0 when it is only known at run time. */
static void report_sort(const IrProgram *p, PgFunc func, IrInsnId call, const Sorter *sorter,
                        int64_t count, PgFunc compare, Report *r) {
  const PgFunction *pf = pg_func(p, func), *cf = pg_func(p, compare);
  uint32_t hops, param = sorter->sorts ? 0 : 1; /* bsearch: the key comes first */
  IrInsnId load = pointer_of_element(cf, param, &hops);
  if (load == IR_NONE)
    return;
  IrBlockId block = pf->an->block_of[call];
  Finding *f = report_add(r, pf->unit, place_of(pf->fn, call));
  f->func = func;
  f->loop = pf->an->loop_of[block];
  f->cold = heat_cold_block(p, func, block);
  f->message = report_format(
      r, "each comparison of this %s follows %u pointer%s an element: %s reads the key behind %s",
      sorter->name, hops, hops == 1 ? "" : "s", cf->name,
      text_of_ref(r, cf, ir_ref(IR_REF_VALUE, load)));
  f->help = "keep the key, or a number made from its first bytes, in the array beside the pointer "
            "and compare that first";
  finding_fact_text(f, "comparison", cf->name);
  finding_place(r, f, cf->unit, place_of(cf->fn, load), "the pointer is read here");
  finding_site(f, cf->unit, place_of(cf->fn, load), compare, false);
  for (uint32_t k = cf->an->uses_at[load]; k < cf->an->uses_at[load + 1]; k++)
    finding_site(f, cf->unit, place_of(cf->fn, cf->an->uses[k]), compare, true);
  f->show = is_listed(p, func, sorter, call, count) ? SHOW_LISTED : SHOW_LOW;
  f->growth = sorter->sorts ? GROWTH_SUPERLINEAR : GROWTH_PER_ITERATION;
  f->anchor = report_format(r, "%s(%s)", sorter->name, cf->name);
  finish(f, p, hops + 1, r);
}

static void check_call(const IrProgram *p, PgFunc func, const PgCall *call, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrInsn *in = &pf->fn->insns[call->insn];
  const PgFunction *cf = call->callee == IR_NONE ? NULL : pg_func(p, call->callee);
  if (call->kind != PG_CALL_BACK || in->op != IR_CALL || !cf || !cf->fn || !cf->an)
    return;
  const Sorter *sorter = sorter_named(ir_str(pf->unit, pf->unit->symbols[in->aux].name));
  int64_t count = 0;
  if (!sorter || (uint32_t)sorter->count >= in->nargs ||
      (ir_const_int(pf->fn, ir_arg(pf->fn, in, (uint32_t)sorter->count), &count) && count <= FEW))
    return;
  report_sort(p, func, call->insn, sorter, count, call->callee, r);
}

/* ---- loops -------------------------------------------------------------------------------------
 */

static bool compares_strings(const PgFunction *pf, const IrInsn *in) {
  static const char *const names[] = {
      "strcmp", "strncmp", "strcasecmp",       "strncasecmp",      "strcoll",          "memcmp",
      "wcscmp", "bcmp",    "__builtin_strcmp", "__builtin_memcmp", "__builtin_strncmp"};
  if (in->op != IR_CALL)
    return false;
  const char *name = ir_str(pf->unit, pf->unit->symbols[in->aux].name);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(names[i], name))
      return true;
  return false;
}

static bool is_small_table(const PgFunction *pf, const IrAddr *addr) {
  uint64_t bytes = bytes_of_object(pf, ir_addr_root(pf->fn, addr->base));
  return bytes && bytes <= SMALL_TABLE;
}

/* (low + high) / 2, low + (high - low) / 2: some half of something that changes in the loop. */
static bool is_halved(const IrAnalysis *an, uint32_t loop, IrRef ref, int depth) {
  const IrInsn *in = ir_def(an->fn, ref);
  int64_t number;
  if (!in || depth == 0 || !ir_loop_has_insn(an, loop, ir_ref_index(ref)) || in->op == IR_PHI)
    return false;
  if ((in->op == IR_DIV || in->op == IR_SHR) &&
      ir_const_int(an->fn, ir_arg(an->fn, in, 1), &number))
    return number == (in->op == IR_DIV ? 2 : 1) && ir_evolution(an, loop, ref).kind == IR_EV_VARIES;
  for (uint32_t i = 0; i < in->nargs; i++)
    if ((in->op == IR_ADD || in->op == IR_SUB || in->op == IR_CONV || in->op == IR_MUL) &&
        is_halved(an, loop, ir_arg(an->fn, in, i), depth - 1))
      return true;
  return false;
}

static bool picks_by_halving(const IrAnalysis *an, uint32_t loop, const IrAddr *addr) {
  enum { DEEP = 6 };
  for (;;) {
    if (ir_ref_kind(addr->index) != IR_REF_NONE && is_halved(an, loop, addr->index, DEEP))
      return true;
    const IrInsn *base = ir_def(an->fn, addr->base);
    while (ir_is(base, IR_CONV))
      base = ir_def(an->fn, ir_arg(an->fn, base, 0));
    if (!ir_is(base, IR_ADDR))
      return false;
    addr = &an->fn->addrs[base->aux];
  }
}

/* The result of the comparison decides whether the loop goes on. */
static bool ends_loop(const IrAnalysis *an, uint32_t loop, IrInsnId call) {
  for (uint32_t k = an->uses_at[call]; k < an->uses_at[call + 1]; k++) {
    IrInsnId use = an->uses[k];
    const IrInsn *in = &an->fn->insns[use];
    if (in->op == IR_BR) {
      const IrBlock *b = &an->fn->blocks[an->block_of[use]];
      for (uint32_t s = 0; s < b->nsuccs; s++)
        if (!ir_loop_contains(an, loop, an->fn->edges[b->succs + s]))
          return true;
    } else if ((in->op == IR_EQ || in->op == IR_NE || in->op == IR_CONV) &&
               ends_loop(an, loop, use)) {
      return true;
    }
  }
  return false;
}

typedef enum Pick { PICK_NONE, PICK_IN_ORDER, PICK_HALVING } Pick;

static Pick how_picked(const PgFunction *pf, uint32_t loop, IrInsnId call, IrInsnId load) {
  const IrAddr *addr = &pf->fn->addrs[pf->fn->insns[load].aux];
  if (is_small_table(pf, addr))
    return PICK_NONE;
  if (picks_by_halving(pf->an, loop, addr))
    return PICK_HALVING;
  IrAccessInLoop in = ir_addr_in(pf->an, addr, loop);
  bool ordered = in.cls == IR_AC_UNIT || in.cls == IR_AC_STRIDED || in.cls == IR_AC_SYMBOLIC ||
                 in.cls == IR_AC_POINTER;
  return ordered && ends_loop(pf->an, loop, call) ? PICK_IN_ORDER : PICK_NONE;
}

/* What a binary search begins with is bounded: by a constant, or by what all callers hand over. */
static bool over_some(const IrProgram *p, PgFunc func, uint32_t loop) {
  const PgFunction *pf = pg_func(p, func);
  const IrBlock *header = &pf->fn->blocks[pf->an->loops[loop].header];
  int64_t most = 0;
  for (uint32_t i = 0; i < header->count; i++) {
    const IrInsn *phi = &pf->fn->insns[header->first + i];
    for (uint32_t k = 0; phi->op == IR_PHI && k < phi->nargs; k++) {
      const IrBlockId from = pf->fn->edges[header->preds + k];
      if (pf->unit->types[phi->type].kind == IR_T_PTR || ir_loop_contains(pf->an, loop, from))
        continue;
      int64_t high = pg_likely_range(p, func, from, ir_arg(pf->fn, phi, k)).high;
      most = high > most ? high : most;
    }
  }
  return most > 0 && most <= SOME;
}

static void report_loop(const IrProgram *p, PgFunc func, uint32_t loop, IrInsnId call,
                        IrInsnId load, Pick pick, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const char *key = text_of_ref(r, pf, ir_ref(IR_REF_VALUE, load));
  Finding *f = report_add(r, pf->unit, place_of_loop(pf->an, loop));
  finding_in_loop(f, p, func, loop);
  f->show = pick == PICK_HALVING && !over_some(p, func, loop) ? SHOW_LISTED : SHOW_LOW;
  f->message =
      report_format(r, "each comparison of this %s search follows a pointer to the key, %s",
                    pick == PICK_HALVING ? "binary" : "linear", key);
  f->help = pick == PICK_HALVING
                ? "keep the keys, or numbers made from their first bytes, in an array of their own "
                  "and compare these first"
                : "look the key up in a hash table or a sorted array, or keep a hash beside each "
                  "pointer and compare that first";
  finding_place(r, f, pf->unit, place_of(pf->fn, load), "the pointer %s is read here", key);
  finding_place(r, f, pf->unit, place_of(pf->fn, call), "and what it points to is compared here");
  finding_site(f, pf->unit, place_of(pf->fn, load), func, false);
  finding_site(f, pf->unit, place_of(pf->fn, call), func, true);
  f->anchor = key;
  finish(f, p, 2, r);
}

/* What is looked for stays the same: it comes from outside of the loop. */
static bool is_same_key(const IrAnalysis *an, uint32_t loop, IrRef key) {
  return ir_evolution(an, loop, key).kind == IR_EV_INVARIANT;
}

/* In the element that the pointer is read from, or in an array beside, under an index that both
 * walk with. */
static bool is_beside(const PgFunction *pf, uint32_t loop, const IrAddr *addr,
                      const IrAddr *pointer) {
  if (addr->index != pointer->index)
    return false;
  if (touch_same_pointer(pf->fn, addr->base, pointer->base))
    return addr->offset != pointer->offset;
  return ir_ref_kind(addr->index) == IR_REF_VALUE &&
         ir_evolution(pf->an, loop, addr->index).kind != IR_EV_INVARIANT;
}

/* What belongs to the element that `load` reads the pointer from, compared with something that is
 * looked for as well: a length, a hash. */
static bool is_filter(const PgFunction *pf, uint32_t loop, const IrInsn *compare, IrInsnId load) {
  const IrFunction *fn = pf->fn;
  const IrAddr *of = &fn->addrs[fn->insns[load].aux];
  if (!ir_is(compare, IR_EQ) && !ir_is(compare, IR_NE))
    return false;
  for (uint32_t i = 0; i < 2; i++) {
    IrRef field = ir_arg(fn, compare, i), sought = ir_arg(fn, compare, 1 - i);
    const IrInsn *in = ir_def(fn, field);
    for (; ir_is(in, IR_CONV); in = ir_def(fn, field))
      field = ir_arg(fn, in, 0);
    if (!ir_is(in, IR_LOAD) || ir_ref_kind(sought) == IR_REF_CONST ||
        !is_same_key(pf->an, loop, sought))
      continue;
    if (is_beside(pf, loop, &fn->addrs[in->aux], of))
      return true;
  }
  return false;
}

/* Most elements are told apart by such a field before the pointer is followed. */
static bool is_filtered(const PgFunction *pf, uint32_t loop, IrInsnId call, IrInsnId load) {
  const IrAnalysis *an = pf->an;
  IrBlockId b = an->block_of[call];
  while (b != an->loops[loop].header && ir_loop_contains(an, loop, b)) {
    b = an->idom[b];
    const IrBlock *block = &pf->fn->blocks[b];
    const IrInsn *last = &pf->fn->insns[block->first + block->count - 1];
    if (last->op == IR_BR && is_filter(pf, loop, ir_def(pf->fn, ir_arg(pf->fn, last, 0)), load))
      return true;
  }
  return false;
}

static void check_loop_call(const IrProgram *p, PgFunc func, IrInsnId call, bool *told, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrInsn *in = &pf->fn->insns[call];
  uint32_t loop = pf->an->loop_of[pf->an->block_of[call]];
  if (loop == IR_NONE || told[loop] || !compares_strings(pf, in) ||
      pf->an->cold[pf->an->block_of[call]] ||
      (pf->an->loops[loop].trip == IR_TRIP_CONST && pf->an->loops[loop].count <= FEW))
    return;
  for (uint32_t i = 0; i < 2 && in->nargs >= 2; i++) {
    IrRef root = ir_addr_root(pf->fn, ir_arg(pf->fn, in, i)), key = ir_arg(pf->fn, in, 1 - i);
    if (ir_ref_kind(key) == IR_REF_STR || !is_same_key(pf->an, loop, key))
      continue; /* `!strcmp(argv[i], "-v")` looks for no key */
    if (!ir_is(ir_def(pf->fn, root), IR_LOAD) ||
        !ir_loop_has_insn(pf->an, loop, ir_ref_index(root)))
      continue;
    Pick pick = how_picked(pf, loop, call, ir_ref_index(root));
    if (pick == PICK_NONE || is_filtered(pf, loop, call, ir_ref_index(root)))
      continue;
    told[loop] = true;
    report_loop(p, func, loop, call, ir_ref_index(root), pick, r);
    return;
  }
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t i = 0; i < pf->ncalls; i++)
    check_call(p, func, pg_call(p, pf->calls[i]), r);
  if (!pf->an->nloops)
    return;
  bool *told = hp_calloc(pf->an->nloops, sizeof *told);
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++)
    if (pf->fn->insns[i].op == IR_CALL)
      check_loop_call(p, func, i, told, r);
  free(told);
}

const Rule rule_HP109 = {
    .id = "HP109",
    .name = "indirect-key",
    .summary = "each comparison of a search or sort follows a pointer to get at the key",
    .check_function = check,
    .page = page_HP109,
};
