/* What a finding of HP101 says: its message, facts, model of the saving, and places. */
#include "rules/HP101/rule_walk.h"

#include "rules/heat.h"
#include "rules/made.h"

enum {
  MAX_BEHIND = 8,
  MAX_MAKERS = 3,
  MOST_USERS = 8, /* functions that one change of a record can take with it */
};
/* The model: a step that waits for memory against a line that the prefetcher brings in time. */
static const double MISS_NS = 80, STREAMED_LINE_NS = 6;
static const double MOST = 0.95;

static const char *kind_text(WalkKind kind) {
  switch (kind) {
  case WALK_LIST:
    return "linked list";
  case WALK_SEARCH:
    return "search of a linked list";
  case WALK_TO_END:
    return "to the last node: nothing else of the list is looked at";
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
    return "each step calls what may do input or output or wait, which costs more";
  case WALK_BUSY:
    return "each step runs loops of its own, which cost more";
  case WALK_CALLS:
    return "each step calls functions that do more than the step";
  case WALK_ITERATOR:
    return "one step a call, from the place that is kept in between";
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
  case WALK_TO_END:
    return "keep a pointer to the last node, or to its link, beside the head";
  case WALK_LIST:
  case WALK_SEARCH:
  case WALK_UPWARDS:
  case WALK_WAITS:
  case WALK_BUSY:
  case WALK_CALLS:
  case WALK_ITERATOR:
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
    while (length < MAX_BEHIND && !walk_rooted(w, base)) {
      const IrInsn *in = ir_def(fn, ir_addr_root(fn, base));
      if (!ir_is(in, IR_LOAD))
        break;
      base = fn->addrs[in->aux].base;
      length++;
    }
    if (walk_rooted(w, base) && length > longest)
      longest = length;
  }
  return longest;
}

static void tell_size(const Walk *w, Report *r, Finding *f) {
  const IrUnit *unit = w->pf->unit;
  uint64_t used = touch_bytes(&w->touch);
  const char *step = step_text(w, r);
  const char *each = w->loop == IR_NONE ? report_format(r, "each call of %s", w->pf->name)
                     : w->sometimes     ? "each step along the list in this loop"
                                        : "each step of this loop";
  uint64_t size = w->record == IR_NONE || w->mixed ? 0 : walk_known_size(w);
  if (size && used <= size && !w->touch.open)
    f->message =
        report_format(r, "%s waits for %s; %llu of %llu bytes of each %s are used", each, step,
                      (unsigned long long)used, (unsigned long long)size, node_name(w));
  else if (size)
    f->message = report_format(r, "%s waits for %s, a %s of %llu bytes", each, step, node_name(w),
                               (unsigned long long)size);
  else
    f->message = report_format(r, "%s waits for %s", each, step);
  if (!w->mixed)
    finding_fact(f, w->touch.open ? "bytes used, at least" : "bytes used", (double)used, "bytes");
  if (size)
    finding_fact(f, "node size", (double)size, "bytes");
  finding_fact(f, "dependent loads per step", w->hops, "loads");
  if (loads_behind(w))
    finding_fact(f, "further loads in a row", loads_behind(w), "loads");
  if (!w->mixed)
    finding_fact(f, "lines per step", (double)touch_lines(&w->touch), "lines");
  if (w->record != IR_NONE && !w->mixed)
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
  if (w->kind == WALK_TO_END) {
    f->saving = MOST;
    f->saving_why = "the last node is at hand";
    return;
  }
  double lines = (double)touch_lines(&w->touch);
  double now = (w->hops + (lines > 1 ? lines - 1 : 0) * 0.5) * MISS_NS;
  double then = (double)touch_bytes(&w->touch) / CACHE_LINE * STREAMED_LINE_NS;
  f->saving = then < now ? 1 - then / now : 0;
  if (f->saving > MOST)
    f->saving = MOST; /* some nodes are neighbours, some are in the cache */
  f->saving_why = report_format(
      r,
      "%u dependent load%s a step at about %.0f ns from memory against %llu bytes streamed from an "
      "array at %.0f ns a line; capped at 95%%",
      w->hops, w->hops == 1 ? "" : "s", MISS_NS, (unsigned long long)touch_bytes(&w->touch),
      STREAMED_LINE_NS);
}

/* The list that is walked is what a loop of the program has made: other nodes of the kind may be
 * made elsewhere for other lists. */
static bool made_here(const Walk *w, PgRecord record) {
  return w->loop == IR_NONE ? made_by_loop(w->p, w->func, w->roots[0], record)
                            : made_list(w->p, w->func, w->loop, w->phi, record);
}

static void tell_allocations(const Walk *w, Report *r, Finding *f) {
  if (w->record == IR_NONE)
    return;
  PgRecord record = pg_record_of(w->p, w->pf->unit, w->record);
  if (record == IR_NONE)
    return;
  f->record = record;
  const PgRecordInfo *info = pg_record(w->p, record);
  bool in_arrays = info->nallocs > 0, larger = walk_begins_larger(info);
  bool ours = made_here(w, record);
  for (uint32_t i = 0; i < info->nallocs; i++) {
    const PgAllocSite *site = &info->allocs[i];
    const PgFunction *where = pg_func(w->p, site->func);
    bool single = larger || (site->count >= 0 && site->count <= 1);
    in_arrays &= !single;
    if (ours && i < MAX_MAKERS)
      finding_place(r, f, where->unit, place_of(where->fn, site->insn),
                    single ? "%s makes one %s at a time here" : "%s makes blocks of %s here",
                    where->name, node_name(w));
  }
  if (in_arrays) /* neighbours in the list may be neighbours in memory */
    f->confidence = CONFIDENCE_MEDIUM;
}

/* Something in the text says that there are many nodes: the list is what a loop has made, or the
 * text is a part of a program and tells neither who walks nor who makes them. */
static bool many_nodes(const Walk *w, PgRecord record) {
  return made_elsewhere(w->p, w->func, record) || made_here(w, record);
}

/* What goes through the links would have to change with them. Where that is much of a program, only
 * a profile makes it worth while. */
static bool few_users(const Walk *w, PgRecord record) {
  uint32_t count = 0;
  if (record != IR_NONE)
    pg_record_users(w->p, record, &count);
  return count <= MOST_USERS;
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
    bool link = walk_is_link(w, tested);
    for (uint32_t k = 0; in && k < in->nargs && (in->op == IR_EQ || in->op == IR_NE); k++)
      link |= walk_is_link(w, ir_arg(fn, in, k));
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
        walk_rooted(w, pf->fn->addrs[access->addr].base))
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

void walk_report(const Walk *w, Report *r, IrLoc loc) {
  Finding *f = report_add(r, w->pf->unit, loc);
  finding_in_loop(f, w->p, w->func, w->loop);
  tell_size(w, r, f);
  tell_model(w, r, f);
  tell_sites(w, r, f);
  tell_allocations(w, r, f);
  f->help = help_text(w);
  f->severity = severity_of(w, f);
  f->cost = COST_DEPENDENT_MISS;
  f->witness = WITNESS_ACCESS;
  f->anchor = anchor_text(w, r);
  bool streams = w->kind == WALK_LIST || w->kind == WALK_SEARCH || w->kind == WALK_TREE;
  PgRecord record = w->record == IR_NONE ? IR_NONE : pg_record_of(w->p, w->pf->unit, w->record);
  if (!streams || w->sometimes || w->mixed || !many_nodes(w, record) || !few_users(w, record))
    f->show = SHOW_LOW;
  if (w->kind != WALK_LIST)
    f->confidence = CONFIDENCE_MEDIUM;
}
