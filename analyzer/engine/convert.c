/* Findings of the rules as records that outlive the program: everything copied, paths relative. */
#include "analyzer/engine/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

typedef struct Converter {
  const Project *project;
  const IrProgram *program;
  HpArena *arena;
} Converter;

static const char *path_of(const IrUnit *unit, IrLoc loc) {
  return loc.file < unit->nfiles ? ir_str(unit, unit->files[loc.file].path) : "";
}

static char *relative(const Converter *c, const IrUnit *unit, IrLoc loc) {
  return hp_arena_strdup(c->arena, project_relative(c->project, path_of(unit, loc)));
}

static char *copy(const Converter *c, const char *text) {
  return text ? hp_arena_strdup(c->arena, text) : NULL;
}

static void convert_lists(const Converter *c, const Finding *f, DbFinding *d) {
  d->places = HP_NEW(c->arena, DbPlace, f->nplaces);
  for (uint32_t i = 0; i < f->nplaces; i++) {
    const RulePlace *p = &f->places[i];
    if (!p->loc.line)
      continue;
    d->places[d->nplaces++] = (DbPlace){.file = relative(c, p->unit, p->loc),
                                        .line = p->loc.line,
                                        .column = p->loc.column,
                                        .end_line = p->loc.end_line,
                                        .end_column = p->loc.end_column,
                                        .text = copy(c, p->text)};
  }
  d->facts = HP_NEW(c->arena, DbFact, f->nfacts);
  d->nfacts = f->nfacts;
  for (uint32_t i = 0; i < f->nfacts; i++)
    d->facts[i] = (DbFact){.name = copy(c, f->facts[i].name),
                           .value = f->facts[i].value,
                           .unit = copy(c, f->facts[i].unit),
                           .text = copy(c, f->facts[i].text)};
  d->sites = HP_NEW(c->arena, DbSite, f->nsites);
  for (uint32_t i = 0; i < f->nsites; i++) {
    const RuleSite *s = &f->sites[i];
    if (!s->loc.line)
      continue;
    d->sites[d->nsites++] = (DbSite){
        .file = relative(c, s->unit, s->loc),
        .line = s->loc.line,
        .end_line = s->loc.end_line > s->loc.line ? s->loc.end_line : s->loc.line,
        .function = s->func != IR_NONE ? copy(c, pg_func(c->program, s->func)->name) : NULL,
        .inclusive = s->inclusive,
        .column = s->loc.column,
        .end_column = s->loc.end_column};
  }
}

/* "KIND LINE:COLUMN ... |WORDS": what analyzer/fix reads. */
static char *fix_text(const Converter *c, const RuleFix *fix) {
  static const char *const names[FIX_KINDS] = {[FIX_REFUSED] = "none",
                                               [FIX_REORDER] = "reorder",
                                               [FIX_REORDER_ALL] = "reorder-shared",
                                               [FIX_INTERCHANGE] = "interchange",
                                               [FIX_REUSE] = "reuse",
                                               [FIX_REUSE_GROW] = "reuse-grow",
                                               [FIX_GROW] = "grow"};
  if (fix->kind == FIX_NONE)
    return NULL;
  HpBuf text = {0};
  hp_buf_add(&text, names[fix->kind]);
  for (uint32_t i = 0; i < fix->nat; i++)
    hp_buf_addf(&text, " %u:%u", fix->at[i].line, (unsigned)fix->at[i].column);
  hp_buf_addf(&text, "|%s", fix->words ? fix->words : "");
  char *copied = copy(c, hp_buf_text(&text));
  hp_buf_free(&text);
  return copied;
}

static DbFinding *convert(const Converter *c, const Finding *f) {
  DbFinding *d = HP_NEW(c->arena, DbFinding, 1);
  const PgFunction *func = f->func != IR_NONE ? pg_func(c->program, f->func) : NULL;
  d->rule = copy(c, f->rule->id);
  d->name = copy(c, f->rule->name);
  d->file = relative(c, f->unit, f->loc);
  d->line = f->loc.line;
  d->column = f->loc.column;
  d->end_line = f->loc.end_line ? f->loc.end_line : f->loc.line;
  d->end_column = f->loc.end_column;
  d->function = func ? copy(c, func->name) : NULL;
  d->heat = func ? func->heat : 0;
  if (func && f->loop != IR_NONE && func->an) {
    const IrLoop *loop = &func->an->loops[f->loop];
    d->loop_line = ir_loc(func->fn, loop->loc).line;
    d->loop_depth = loop->depth;
  }
  d->record = f->record != IR_NONE ? copy(c, pg_record(c->program, f->record)->name) : NULL;
  d->cause = f->anchor ? copy(c, f->anchor) : NULL;
  d->fix = fix_text(c, &f->fix);
  d->severity = f->severity;
  d->confidence = f->confidence;
  d->growth = f->growth;
  d->cost = f->cost;
  d->show = f->show;
  d->cold = f->cold;
  d->allocator_time = f->allocator_time;
  d->bound_factor = f->bound_factor;
  d->saving = f->saving;
  d->saving_why = copy(c, f->saving_why);
  d->message = copy(c, f->message);
  d->help = copy(c, f->help);
  d->compiler_status = copy(c, "unchecked");
  d->witness = f->witness;
  const IrUnit *unit = f->nsites ? f->sites[0].unit : f->unit;
  d->unit = copy(c, project_relative(c->project, ir_str(unit, unit->path)));
  convert_lists(c, f, d);
  return d;
}

/* ---- order and fingerprints ------------------------------------------------------------------ */

static int by_text(const char *a, const char *b) {
  return strcmp(a ? a : "", b ? b : "");
}
static int by_number(uint64_t a, uint64_t b) {
  return (a > b) - (a < b);
}

static int compare_places(const DbFinding *a, const DbFinding *b) {
  int order = by_number(a->nplaces, b->nplaces);
  for (uint32_t i = 0; !order && i < a->nplaces; i++) {
    order = by_text(a->places[i].file, b->places[i].file);
    if (!order)
      order = by_number(a->places[i].line, b->places[i].line);
  }
  return order;
}

/* As the rules report them; what comes after column and message makes the order total. */
static int compare_findings(const void *x, const void *y) {
  const DbFinding *a = *(DbFinding *const *)x, *b = *(DbFinding *const *)y;
  int order = strcmp(a->rule, b->rule);
  if (!order)
    order = strcmp(a->file, b->file);
  if (!order)
    order = by_number(a->line, b->line);
  if (!order)
    order = by_number(a->column, b->column);
  if (!order)
    order = strcmp(a->message, b->message);
  if (!order)
    order = by_text(a->function, b->function);
  if (!order)
    order = by_number(a->loop_line, b->loop_line);
  if (!order)
    order = by_text(a->record, b->record);
  return order ? order : compare_places(a, b);
}

/* What a finding is about, whatever its line and folder: rule, function or record, and the rule's
 * anchor. */
static uint64_t fingerprint_base(const DbFinding *d) {
  HpBuf text = {0};
  hp_buf_addf(&text, "%s|%s|%s|%s", d->rule, d->function ? d->function : "",
              d->record && !d->function ? d->record : "", d->cause ? d->cause : "");
  uint64_t hash = XXH3_64bits(text.text, text.length);
  hp_buf_free(&text);
  return hash;
}

typedef struct Keyed {
  DbFinding *finding;
  uint64_t base;
  uint32_t index;
} Keyed;

static int compare_keyed(const void *a, const void *b) {
  const Keyed *x = a, *y = b;
  int order = by_number(x->base, y->base);
  return order ? order : by_number(x->index, y->index);
}

/* Equal ones get ordinals in the order of their places. */
void findings_finish(DbFindings *findings) {
  if (!findings->count)
    return;
  Keyed *keyed = hp_calloc(findings->count, sizeof *keyed);
  qsort(findings->items, findings->count, sizeof *findings->items, compare_findings);
  for (uint32_t i = 0; i < findings->count; i++)
    keyed[i] = (Keyed){findings->items[i], fingerprint_base(findings->items[i]), i};
  qsort(keyed, findings->count, sizeof *keyed, compare_keyed);
  uint32_t ordinal = 0;
  for (uint32_t i = 0; i < findings->count; i++) {
    ordinal = i && keyed[i].base == keyed[i - 1].base ? ordinal + 1 : 0;
    uint64_t parts[2] = {keyed[i].base, ordinal};
    DbFinding *f = keyed[i].finding;
    char text[17];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)XXH3_64bits(parts, sizeof parts));
    f->fingerprint = hp_arena_strdup(findings->arena, text);
    f->group = f->fingerprint;
  }
  free(keyed);
}

static bool is_reported(const Project *project, const Finding *f) {
  bool generated =
      f->loc.file < f->unit->nfiles && f->unit->files[f->loc.file].flags & IR_FILE_GENERATED;
  return f->loc.line && project_reports_code(project, path_of(f->unit, f->loc), generated);
}

void findings_convert(const Project *project, const IrProgram *program, const Report *report,
                      DbFindings *out, uint32_t *items) {
  Converter c = {project, program, out->arena};
  for (uint32_t i = 0; i < report->count; i++) {
    const Finding *f = report->findings[i];
    if (!is_reported(project, f))
      continue;
    HP_GROW(out->items, out->count, out->cap);
    items[out->count] = f->item;
    out->items[out->count++] = convert(&c, f);
  }
}
