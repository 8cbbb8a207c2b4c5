/* What is known of a record: uses of its fields, its share of a profile, what to do about it, and
 * its rank among others. */
#include "analyzer/cli/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- profile --------------------------------------------------------------------------------- */

struct LayoutFile {
  const char *path; /* of some unit */
  DbFileCost cost;
};

static uint32_t file_of(LayoutView *v, const char *path) {
  for (uint32_t i = 0; i < v->nfiles; i++)
    if (v->files[i].path == path || !strcmp(v->files[i].path, path))
      return i;
  HP_GROW(v->files, v->nfiles, v->files_cap);
  LayoutFile *f = &v->files[v->nfiles];
  *f = (LayoutFile){.path = path};
  store_file_cost(v->store, v->profile, project_relative(&v->whole.run.project, path), &f->cost,
                  NULL);
  return v->nfiles++;
}

void layout_files_free(LayoutView *v) {
  for (uint32_t i = 0; i < v->nfiles; i++)
    free(v->files[i].cost.lines);
  free(v->files);
}

/* A line that uses a field. */
typedef struct Line {
  uint32_t field, file, line;
} Line;

static int by_place(const void *a, const void *b) {
  const Line *x = a, *y = b;
  if (x->file != y->file)
    return x->file < y->file ? -1 : 1;
  if (x->line != y->line)
    return x->line < y->line ? -1 : 1;
  return (x->field > y->field) - (x->field < y->field);
}

static double share_of(const LayoutView *v, const Line *l) {
  const DbFileCost *cost = &v->files[l->file].cost;
  const DbLineCost *line = db_line_cost(cost, l->line);
  return line && cost->total > 0 ? line->self / cost->total : 0;
}

static void add_shares(LayoutView *v, PgRecord record, FieldUse *uses) {
  const PgRecordInfo *info = pg_record(v->p, record);
  uint32_t first = v->first[record], end = v->first[record + 1], n = 0;
  Line *lines = hp_calloc(end - first + 1, sizeof *lines);
  for (uint32_t k = first; k < end; k++) {
    const PgFieldSite *site = &v->sites[k];
    const PgFunction *pf = pg_func(v->p, site->func);
    IrLoc loc = ir_loc(pf->fn, pf->fn->insns[site->insn].loc);
    if (!loc.line || loc.file >= pf->unit->nfiles)
      continue;
    const char *path = ir_str(pf->unit, pf->unit->files[loc.file].path);
    uint32_t field = site->field == IR_NONE ? info->record->nfields : site->field;
    lines[n++] = (Line){field, file_of(v, path), loc.line};
  }
  if (n)
    qsort(lines, n, sizeof *lines, by_place);
  for (uint32_t i = 0; i < n; i++) {
    bool same_line = i && lines[i].file == lines[i - 1].file && lines[i].line == lines[i - 1].line;
    double share = share_of(v, &lines[i]);
    if (!same_line)
      uses[info->record->nfields].share += share;
    if (lines[i].field != info->record->nfields &&
        !(same_line && lines[i].field == lines[i - 1].field))
      uses[lines[i].field].share += share;
  }
  free(lines);
}

/* ---- sites ----------------------------------------------------------------------------------- */

void layout_find_sites(LayoutView *v) {
  PgFieldSites all = pg_field_sites(v->p, IR_NONE, IR_NONE);
  uint32_t n = pg_nrecords(v->p);
  v->first = hp_calloc(n + 2, sizeof *v->first);
  v->sites = hp_malloc((all.count + 1) * sizeof *v->sites);
  for (uint32_t i = 0; i < all.count; i++)
    v->first[all.sites[i].record + 2]++;
  for (uint32_t r = 0; r < n; r++)
    v->first[r + 2] += v->first[r + 1];
  for (uint32_t i = 0; i < all.count; i++)
    v->sites[v->first[all.sites[i].record + 1]++] = all.sites[i];
  free(all.sites);
}

/* ---- uses ------------------------------------------------------------------------------------ */

static bool in_loop(const PgFieldSite *site) {
  return site->loop != IR_NONE && !site->cold && (site->read || site->written);
}

/* Sites lie by function, so that a loop's are near each other. */
static bool new_loop(const LayoutView *v, uint32_t first, uint32_t k) {
  const PgFieldSite *sites = v->sites, *site = &sites[k];
  for (uint32_t i = k; i > first && sites[i - 1].func == site->func; i--)
    if (sites[i - 1].field == site->field && sites[i - 1].loop == site->loop &&
        in_loop(&sites[i - 1]))
      return false;
  return true;
}

FieldUse *layout_uses(LayoutView *v, PgRecord record) {
  uint32_t n = pg_record(v->p, record)->record->nfields;
  uint32_t first = v->first[record], end = v->first[record + 1];
  FieldUse *uses = HP_NEW(v->arena, FieldUse, n + 1);
  for (uint32_t k = first; k < end; k++) {
    const PgFieldSite *site = &v->sites[k];
    FieldUse *use = &uses[site->field == IR_NONE ? n : site->field];
    bool looped = in_loop(site);
    use->loops += looped && new_loop(v, first, k);
    use->reads += looped && site->read;
    use->writes += looped && site->written;
    use->others += !looped;
  }
  for (uint32_t i = 0; i <= n; i++)
    uses[i].share = v->profile ? 0 : -1;
  if (v->profile)
    add_shares(v, record, uses);
  return uses;
}

/* ---- advice ---------------------------------------------------------------------------------- */

/* The finding of HP105 on the record that is shown and saves most. */
static const Finding *split_of(const LayoutView *v, PgRecord record) {
  const Finding *best = NULL;
  for (uint32_t i = 0; i < v->found.count; i++) {
    const Finding *f = v->found.findings[i];
    if (f->record == record && f->show == SHOW_LISTED && !f->cold &&
        (!best || f->saving > best->saving))
      best = f;
  }
  return best;
}

LayoutAdvice layout_advice(LayoutView *v, PgRecord record) {
  LayoutAdvice a = {.order = order_advice(v->p, record, v->arena), .split = split_of(v, record)};
  if (a.split)
    a.kind = ADVICE_SPLIT;
  else if (a.order.fixed)
    a.kind = ADVICE_FIXED;
  else if (a.order.order)
    a.kind = a.order.size < a.order.layout.size ? ADVICE_SMALLER : ADVICE_CLOSER;
  return a;
}

const char *layout_order_text(const LayoutView *v, PgRecord record, const uint32_t *order) {
  const PgRecordInfo *info = pg_record(v->p, record);
  HpBuf text = {0};
  for (uint32_t i = 0; i < info->record->nfields; i++) {
    const char *name = ir_str(info->unit, info->unit->fields[info->record->fields + order[i]].name);
    hp_buf_addf(&text, "%s%s", i ? ", " : "", *name ? name : "(unnamed)");
  }
  const char *all = hp_arena_strdup(v->arena, hp_buf_text(&text));
  hp_buf_free(&text);
  return all;
}

static uint32_t flag_of(OrderFixed why) {
  switch (why) {
  case FIXED_POSITIONAL:
    return IR_REC_POSITIONAL_INIT;
  case FIXED_BYTES:
    return IR_REC_SIZEOF_BYTES;
  case FIXED_PREFIX:
    return IR_REC_CAST;
  case FIXED_INCOMPLETE:
  case FIXED_INVALID:
  case FIXED_UNION:
  case FIXED_EXTERNAL:
  case FIXED_CONFLICT:
  case FIXED_PACKED:
  case FIXED_ALIGNED:
  case FIXED_FLEXIBLE:
  case FIXED_OVERLAID:
  case FIXED_BY_HAND:
  case FIXED_RULES:
  case FIXED_COUNT:
    break;
  }
  return 0;
}

static bool has_flag(const LayoutView *v, const IrUnit *u, PgRecord record, uint32_t flag) {
  for (IrRecordId id = 0; id < u->nrecords; id++)
    if (u->records[id].flags & flag && pg_record_of(v->p, u, id) == record)
      return true;
  return false;
}

/* The first conversion between pointers to the record and to another one, of the function. */
static const char *cast_in(const LayoutView *v, const PgFunction *pf, PgRecord record) {
  const IrUnit *u = pf->unit;
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    const IrInsn *in = &pf->fn->insns[i];
    if (in->op != IR_CONV)
      continue;
    IrRecordId to = ir_pointee_record(u, in->type);
    IrRecordId from = ir_pointee_record(u, ir_ref_type(u, pf->fn, ir_arg(pf->fn, in, 0)));
    if (to == IR_NONE || from == IR_NONE)
      continue;
    PgRecord a = pg_record_of(v->p, u, from), b = pg_record_of(v->p, u, to);
    IrLoc loc = ir_loc(pf->fn, in->loc);
    if (a != b && (a == record || b == record) && loc.line)
      return hp_arena_format(
          v->arena, "%s, %s:%u", layout_name(pg_record(v->p, a == record ? b : a)),
          project_relative(&v->whole.run.project, ir_str(u, u->files[loc.file].path)), loc.line);
  }
  return NULL;
}

static const char *cast_at(const LayoutView *v, PgRecord record) {
  const char *where = NULL;
  for (PgFunc f = 0; f < pg_nfuncs(v->p) && !where; f++)
    if (pg_func(v->p, f)->fn)
      where = cast_in(v, pg_func(v->p, f), record);
  return where;
}

const char *layout_fixed_where(const LayoutView *v, PgRecord record, OrderFixed why) {
  uint32_t flag = flag_of(why), count = 0;
  const char *where = why == FIXED_PREFIX ? cast_at(v, record) : NULL;
  if (where)
    return where;
  where = "";
  for (uint32_t i = 0; flag && i < pg_nunits(v->p); i++) {
    const IrUnit *u = pg_unit(v->p, i);
    if (has_flag(v, u, record, flag) && !count++)
      where = project_relative(&v->whole.run.project, ir_str(u, u->path));
  }
  if (count > 1)
    return hp_arena_format(v->arena, "%s and %u more", where, count - 1);
  return where;
}

/* ---- ranks ----------------------------------------------------------------------------------- */

/* How many objects there are is not known before the program runs: a figure for each way in which
 * they come to be, and the count where the text has one. */
static double instances_of(const IrProgram *p, PgRecord record) {
  const PgRecordInfo *info = pg_record(p, record);
  enum { CROWD = 1000, SOME = 10 };
  double count = info->array_count > 1 ? info->array_count : 1;
  if (info->flags & (PG_REC_HEAP_ARRAY | PG_REC_ALLOC_LOOP) || record_has_many(p, record))
    return fmax(count, CROWD);
  return info->nallocs ? fmax(count, SOME) : count;
}

static double loops_of(const OrderAdvice *order) {
  double sum = 0;
  for (uint32_t i = 0; i < order->nloops; i++)
    sum += pow(10, fmin(order->loops[i].nest, 4) - 1);
  return fmax(sum, 1);
}

static int by_cost(const void *a, const void *b) {
  const LayoutRank *x = a, *y = b;
  if (x->share != y->share)
    return x->share < y->share ? 1 : -1;
  if (x->cost != y->cost)
    return x->cost < y->cost ? 1 : -1;
  return (x->record > y->record) - (x->record < y->record);
}

static bool is_ranked(const LayoutView *v, const PgRecordInfo *info) {
  const IrLoc *loc = &info->record->loc;
  return !(info->record->flags & (IR_REC_INCOMPLETE | IR_REC_SYSTEM | IR_REC_ANONYMOUS)) &&
         loc->line &&
         project_reports(&v->whole.run.project,
                         ir_str(info->unit, info->unit->files[loc->file].path));
}

LayoutRank *layout_rank(LayoutView *v, uint32_t *count) {
  LayoutRank *ranks = hp_calloc(pg_nrecords(v->p) + 1, sizeof *ranks);
  HpArena *scratch = hp_arena_new();
  uint32_t n = 0;
  for (PgRecord r = 0; r < pg_nrecords(v->p); r++) {
    const PgRecordInfo *info = pg_record(v->p, r);
    if (!is_ranked(v, info))
      continue;
    OrderAdvice order = order_advice(v->p, r, scratch);
    LayoutRank rank = {.record = r, .instances = instances_of(v->p, r)};
    rank.loops = loops_of(&order);
    rank.cost = (double)info->record->size * rank.instances * rank.loops;
    rank.share = layout_uses(v, r)[info->record->nfields].share;
    ranks[n++] = rank;
  }
  hp_arena_free(scratch);
  if (n)
    qsort(ranks, n, sizeof *ranks, by_cost);
  *count = n;
  return ranks;
}
