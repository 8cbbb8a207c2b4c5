/* HP103 pointer-table: a loop allocates rows or objects of one size, each by itself, and keeps them
 * in an array of pointers; another loop walks over that array in order and follows each pointer.
 * One block of all rows would need neither the pointers nor the loads that wait for them.
 *
 * The table is known by the record's field that holds it, by its global variable, or by the value
 * itself within one function and those that are called with it. Rows that are put in the table from
 * anywhere else too (swapped, appended, freed one by one) have a life of their own: silent. */
#include "rules/rule.h"
#include "ir/layout.h"
#include "rules/fresh.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <stdlib.h>

extern const char page_HP103[];

enum {
  POINTER = 8,
  FEW_ROWS = 16,
  SMALL_ROW = 4 * CACHE_LINE,
  LARGE_ROW = 4096,
  SMALL_TABLE = 1024
};

/* What holds the table. */
typedef struct Table {
  PgRecord record; /* a field of it, */
  uint32_t field;
  IrSymId symbol; /* or a variable with static storage, IR_NONE, */
  IrRef value;    /* or nothing but the value, in the function of the allocation */
  PgFunc func;
  const IrUnit *unit; /* of the symbol */
} Table;

typedef struct Rows {
  IrInsnId call, store;
  uint32_t loop;
  int64_t bytes; /* of a row, 0 when only known at run time */
  Table table;
} Rows;

/* The walk that counts most. */
typedef struct Walk {
  PgFunc func;
  uint32_t loop; /* that goes from row to row */
  IrInsnId load; /* of a row's pointer */
  uint32_t nest;
  bool inner;   /* each row is walked by a loop of its own */
  bool moved;   /* seen: the table gets rows in other ways too */
  PgFunc maker; /* the loop that allocates is no walk */
  uint32_t made_loop;
} Walk;

/* ---- tables ------------------------------------------------------------------------------------
 */

static IrRef same_pointer(const IrFunction *fn, IrRef ref) {
  for (const IrInsn *in; (in = ir_def(fn, ref)) && in->op == IR_CONV;)
    ref = ir_arg(fn, in, 0);
  return ref;
}

static bool is_element(const PgFunction *pf, const IrAddr *addr) {
  return !addr->nhops && addr->size == POINTER && pf->unit->types[addr->type].kind == IR_T_PTR;
}

/* The table that an element's address lies in; false for a variable that is no array. */
static bool table_of(const IrProgram *p, PgFunc func, const IrAddr *addr, Table *out) {
  const PgFunction *pf = pg_func(p, func);
  IrRef base = same_pointer(pf->fn, addr->base);
  const IrInsn *in = ir_def(pf->fn, base);
  *out = (Table){IR_NONE, 0, IR_NONE, base, func, pf->unit};
  if (ir_ref_kind(base) == IR_REF_SYM) {
    out->symbol = ir_ref_index(base);
    return pf->unit->types[pf->unit->symbols[out->symbol].type].kind == IR_T_ARRAY;
  }
  if (ir_is(in, IR_ADDR) || ir_is(in, IR_LOAD)) {
    const IrAddr *from = &pf->fn->addrs[in->aux];
    if (from->nhops) {
      IrHop hop = pf->fn->hops[from->hops + from->nhops - 1];
      out->record = pg_record_of(p, pf->unit, hop.record);
      out->field = hop.field;
    } else if (ir_is(in, IR_LOAD) && ir_ref_kind(from->base) == IR_REF_SYM) {
      out->symbol = ir_ref_index(from->base);
    }
  }
  return true;
}

/* A value that is stored in a field is known by that field. */
static void find_owner(const IrProgram *p, Table *t) {
  const PgFunction *pf = pg_func(p, t->func);
  for (IrInsnId i = 0; i < pf->fn->ninsns && t->record == IR_NONE; i++) {
    const IrInsn *in = &pf->fn->insns[i];
    if (in->op != IR_STORE || same_pointer(pf->fn, ir_arg(pf->fn, in, 0)) != t->value)
      continue;
    const IrAddr *to = &pf->fn->addrs[in->aux];
    if (to->nhops) {
      IrHop hop = pf->fn->hops[to->hops + to->nhops - 1];
      t->record = pg_record_of(p, pf->unit, hop.record);
      t->field = hop.field;
    } else if (ir_ref_kind(to->base) == IR_REF_SYM) {
      t->symbol = ir_ref_index(to->base);
    }
  }
}

static bool is_same_table(const Table *a, const Table *b) {
  if (a->record != IR_NONE)
    return a->record == b->record && a->field == b->field;
  if (a->symbol != IR_NONE)
    return a->symbol == b->symbol && a->unit == b->unit;
  return b->record == IR_NONE && b->symbol == IR_NONE && a->func == b->func && a->value == b->value;
}

/* ---- rows --------------------------------------------------------------------------------------
 */

/* All rows are of one size: the arguments that say it stay the same. */
static bool is_one_size(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrInsnId call,
                        int64_t *bytes) {
  const IrInsn *in = &pf->fn->insns[call];
  const PgSummary *s = pg_summary(p, pf->unit, pf->fn, in);
  uint32_t skip = in->op == IR_CALLP;
  *bytes = 0;
  if ((s->flags & (PG_FRESH | PG_GROWS | PG_COLD_ALLOC)) != PG_FRESH)
    return false;
  if (fresh_bytes(p, pf, call, bytes))
    return *bytes > 0;
  if (s->size_arg < 0 && s->count_arg < 0)
    return false;
  const int8_t args[] = {s->size_arg, s->count_arg};
  for (int i = 0; i < 2; i++)
    if (args[i] >= 0 &&
        ((uint32_t)args[i] + skip >= in->nargs ||
         ir_evolution(pf->an, loop, ir_arg(pf->fn, in, (uint32_t)args[i] + skip)).kind !=
             IR_EV_INVARIANT))
      return false;
  return true;
}

static bool in_order(const IrAnalysis *an, const IrAddr *addr, uint32_t loop) {
  IrAccessInLoop in = ir_addr_in(an, addr, loop);
  return (in.cls == IR_AC_UNIT || in.cls == IR_AC_STRIDED) && llabs(in.stride) == POINTER &&
         !in.wraps;
}

static bool find_rows(const IrProgram *p, PgFunc func, IrInsnId store, Rows *out) {
  const PgFunction *pf = pg_func(p, func);
  const IrInsn *in = &pf->fn->insns[store];
  uint32_t loop = pf->an->loop_of[pf->an->block_of[store]];
  if (in->op != IR_STORE || loop == IR_NONE || pf->an->cold[pf->an->block_of[store]])
    return false;
  const IrAddr *addr = &pf->fn->addrs[in->aux];
  const IrLoop *l = &pf->an->loops[loop];
  IrRef value = same_pointer(pf->fn, ir_arg(pf->fn, in, 0));
  const IrInsn *call = ir_def(pf->fn, value);
  if (!(ir_is(call, IR_CALL) || ir_is(call, IR_CALLP)) || !is_element(pf, addr) ||
      !ir_loop_has_insn(pf->an, loop, ir_ref_index(value)) || !in_order(pf->an, addr, loop) ||
      (l->trip == IR_TRIP_CONST && l->count <= FEW_ROWS))
    return false;
  if (!heat_every_iteration(pf->an, loop, pf->an->block_of[ir_ref_index(value)]))
    return false;
  *out = (Rows){.call = ir_ref_index(value), .store = store, .loop = loop};
  if (!is_one_size(p, pf, loop, out->call, &out->bytes) || out->bytes > LARGE_ROW ||
      !table_of(p, func, addr, &out->table))
    return false;
  if (out->table.record == IR_NONE && out->table.symbol == IR_NONE)
    find_owner(p, &out->table);
  return true;
}

/* ---- walks -------------------------------------------------------------------------------------
 */

/* Something behind the row's pointer is read or written in the loop. */
static bool is_followed(const IrAnalysis *an, uint32_t loop, IrInsnId load, bool *inner) {
  IrRef value = ir_ref(IR_REF_VALUE, load);
  bool followed = false;
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *access = &an->accesses[i];
    if (an->cold[access->block] || !ir_loop_contains(an, loop, access->block) ||
        ir_addr_root(an->fn, an->fn->addrs[access->addr].base) != value)
      continue;
    followed = true;
    *inner |= access->loop != loop && access->in.cls != IR_AC_INVARIANT;
  }
  return followed;
}

static void note_load(const IrProgram *p, PgFunc func, IrInsnId load, Walk *best) {
  const IrAnalysis *an = pg_func(p, func)->an;
  const IrAddr *addr = &an->fn->addrs[an->fn->insns[load].aux];
  for (uint32_t loop = an->loop_of[an->block_of[load]]; loop != IR_NONE;
       loop = an->loops[loop].parent) {
    bool inner = false;
    if ((func == best->maker && loop == best->made_loop) || !in_order(an, addr, loop) ||
        heat_cold_loop(p, func, loop) || !is_followed(an, loop, load, &inner))
      continue;
    uint32_t nest = heat_nest(p, func, loop);
    if (best->load == IR_NONE || nest > best->nest) {
      best->func = func;
      best->loop = loop;
      best->load = load;
      best->nest = nest;
      best->inner = inner;
    }
    return;
  }
}

/* A row put into the table that the loop did not make. */
static bool is_moved_in(const PgFunction *pf, const IrInsn *store) {
  int64_t number;
  IrRef value = same_pointer(pf->fn, ir_arg(pf->fn, store, 0));
  return !(ir_const_int(pf->fn, value, &number) && number == 0);
}

static void search_function(const IrProgram *p, PgFunc func, const Table *table, IrInsnId made,
                            Walk *best) {
  const PgFunction *pf = pg_func(p, func);
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    const IrInsn *in = &pf->fn->insns[i];
    Table of;
    if ((in->op != IR_LOAD && in->op != IR_STORE) || (in->op == IR_STORE && i == made))
      continue;
    const IrAddr *addr = &pf->fn->addrs[in->aux];
    if (!is_element(pf, addr) || !table_of(p, func, addr, &of) || !is_same_table(table, &of))
      continue;
    if (in->op == IR_STORE)
      best->moved |= is_moved_in(pf, in);
    else
      note_load(p, func, i, best);
  }
}

/* Functions that are called with the value. */
static void search_callees(const IrProgram *p, const Table *table, Walk *best) {
  const PgFunction *pf = pg_func(p, table->func);
  for (uint32_t i = 0; i < pf->ncalls; i++) {
    const PgCall *call = pg_call(p, pf->calls[i]);
    const IrInsn *in = &pf->fn->insns[call->insn];
    if (call->kind != PG_CALL_DIRECT || in->op != IR_CALL || call->callee == IR_NONE ||
        !pg_func(p, call->callee)->an)
      continue;
    for (uint32_t k = 0; k < in->nargs; k++) {
      if (same_pointer(pf->fn, ir_arg(pf->fn, in, k)) != table->value)
        continue;
      IrRef param = value_of_param(pg_func(p, call->callee)->fn, k);
      Table there = {IR_NONE, 0, IR_NONE, param, call->callee, NULL};
      search_function(p, call->callee, &there, IR_NONE, best);
    }
  }
}

/* Functions that use the field, those that read the pointer outside of their loops included. */
static void search_field(const IrProgram *p, PgFunc func, const Rows *rows, Walk *best) {
  PgFieldSites sites = pg_field_sites(p, IR_NONE, rows->table.record);
  PgFunc last = IR_NONE;
  for (uint32_t i = 0; i < sites.count; i++) {
    if (sites.sites[i].field != rows->table.field || sites.sites[i].func == last)
      continue;
    last = sites.sites[i].func;
    search_function(p, last, &rows->table, last == func ? rows->store : IR_NONE, best);
  }
  free(sites.sites);
}

static Walk find_walk(const IrProgram *p, PgFunc func, const Rows *rows) {
  Walk best = {.load = IR_NONE, .maker = func, .made_loop = rows->loop};
  const Table *t = &rows->table;
  if (t->record != IR_NONE) {
    search_field(p, func, rows, &best);
    if (t->func == func) { /* the value before it is stored in the field */
      Table value = {IR_NONE, 0, IR_NONE, t->value, func, NULL};
      search_function(p, func, &value, rows->store, &best);
    }
  } else if (t->symbol != IR_NONE) {
    for (PgFunc f = 0; f < pg_nfuncs(p); f++)
      if (pg_func(p, f)->fn && pg_func(p, f)->an && pg_func(p, f)->unit == t->unit)
        search_function(p, f, t, f == func ? rows->store : IR_NONE, &best);
  } else {
    search_function(p, func, t, rows->store, &best);
    search_callees(p, t, &best);
  }
  return best;
}

/* ---- reporting ---------------------------------------------------------------------------------
 */

/* A fixed array of pointers, so small that all rows stay in the cache. */
static bool is_small_table(const PgFunction *pf, const Rows *rows) {
  const IrAddr *addr = &pf->fn->addrs[pf->fn->insns[rows->store].aux];
  uint64_t bytes = bytes_of_object(pf, ir_addr_root(pf->fn, addr->base));
  return bytes && bytes <= SMALL_TABLE;
}

static void report_rows(const IrProgram *p, PgFunc func, const Rows *rows, const Walk *walk,
                        Report *r) {
  const PgFunction *pf = pg_func(p, func), *wf = pg_func(p, walk->func);
  const IrLoop *l = &pf->an->loops[rows->loop];
  const char *element = text_of_addr(r, pf, &pf->fn->addrs[pf->fn->insns[rows->store].aux]);
  const char *size =
      rows->bytes ? report_format(r, "%lld bytes", (long long)rows->bytes) : "one size";
  Finding *f = report_add(r, pf->unit, place_of(pf->fn, rows->call));
  finding_in_loop(f, p, walk->func, walk->loop);
  f->message = report_format(r,
                             "each %s is an allocation of %s by itself, and the loop in %s follows "
                             "the pointers in order",
                             element, size, wf->name);
  f->help = "allocate one block for all of them and compute where each begins: base + i * size, or "
            "an array of the objects themselves";
  if (l->trip == IR_TRIP_CONST)
    finding_fact(f, "rows", (double)l->count, "");
  else
    finding_fact_text(f, "rows", "known at run time");
  if (rows->bytes)
    finding_fact(f, "bytes per row", (double)rows->bytes, "bytes");
  finding_fact(f, "bytes saved per row", POINTER + ALLOC_OVERHEAD, "bytes");
  finding_place(r, f, wf->unit, place_of_loop(wf->an, walk->loop), "walked in order here");
  finding_place(r, f, wf->unit, place_of(wf->fn, walk->load), "the pointer to the row is loaded");
  finding_site(f, wf->unit, place_of(wf->fn, walk->load), walk->func, false);
  for (uint32_t k = wf->an->uses_at[walk->load]; k < wf->an->uses_at[walk->load + 1]; k++)
    finding_site(f, wf->unit, place_of(wf->fn, wf->an->uses[k]), walk->func, false);
  bool small = rows->bytes && rows->bytes <= SMALL_ROW;
  f->show =
      (walk->inner && !small) || is_small_table(pf, rows) || heat_loop_calls_much(p, wf, walk->loop)
          ? SHOW_LOW
          : SHOW_LISTED;
  f->cost = COST_DEPENDENT_MISS;
  f->confidence = CONFIDENCE_MEDIUM;
  f->severity = f->show == SHOW_LOW ? SEVERITY_LOW : heat_severity(f, p);
  f->saving = 0.5;
  f->saving_why = "one load a row instead of two that wait for each other";
  f->anchor = element;
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  uint32_t told = IR_NONE; /* one finding a loop */
  for (IrInsnId i = 0; i < pf->fn->ninsns && pf->an->nloops; i++) {
    Rows rows;
    if (!find_rows(p, func, i, &rows) || rows.loop == told)
      continue;
    Walk walk = find_walk(p, func, &rows);
    if (walk.load == IR_NONE || walk.moved)
      continue;
    told = rows.loop;
    report_rows(p, func, &rows, &walk, r);
  }
}

const Rule rule_HP103 = {
    .id = "HP103",
    .name = "pointer-table",
    .summary = "rows or objects of one size, each allocated by itself, in an array of pointers",
    .check_function = check,
    .page = page_HP103,
};
