/* What lies in code that runs rarely is low, whatever its rule says of it, and so is what nothing
 * in the program's text shows to be hot: the one place where a finding's function is weighed by
 * what it is there for (rules/role.h) and by the evidence (rules/evident.h). It comes after
 * judging, for findings of former runs as for new ones, since it follows from the program as a
 * whole. */
#include "analyzer/engine/internal.h"
#include "rules/evident.h"
#include "rules/named.h"
#include "rules/role.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char NOTHING_SHOWS[] = "nothing in the text shows that this is hot or the data large";

typedef struct Weigher {
  const Project *project;
  const IrProgram *program;
  Roles *roles;
  Evident *evident;
  HpArena *arena;
  NamedList functions, records; /* functions with a body */
} Weigher;

static void index_functions(Weigher *w) {
  for (PgFunc f = 0, n = pg_nfuncs(w->program); f < n; f++)
    if (pg_func(w->program, f)->fn)
      named_add(&w->functions, pg_func(w->program, f)->name, f);
  named_sort(&w->functions);
}

static void index_records(Weigher *w) {
  for (PgRecord r = 0, n = pg_nrecords(w->program); r < n; r++)
    named_add(&w->records, pg_record(w->program, r)->name, r);
  named_sort(&w->records);
}

static bool is_file(const Weigher *w, const IrUnit *u, uint32_t file, const char *path) {
  return file < u->nfiles &&
         !strcmp(project_relative(w->project, ir_str(u, u->files[file].path)), path);
}

/* Where a function is: a header's is in many units, one of which knows the place. */
typedef struct Where {
  const char *unit, *file; /* NULL: not known */
} Where;

static bool stands_there(const Weigher *w, PgFunc f, Where where) {
  const PgFunction *pf = pg_func(w->program, f);
  if (where.unit)
    return !strcmp(project_relative(w->project, ir_str(pf->unit, pf->unit->path)), where.unit);
  return where.file && is_file(w, pf->unit, pf->fn->loc.file, where.file);
}

/* Of several functions with the name those count that stand there, where one does. */
static const Named *functions_there(const Weigher *w, const char *name, Where where,
                                    uint32_t *count, bool *there) {
  const Named *named = named_find(&w->functions, name, count);
  *there = false;
  for (uint32_t i = 0; i < *count && *count > 1; i++)
    *there |= stands_there(w, named[i].id, where);
  return named;
}

/* All must be rare. */
static const char *why_function(const Weigher *w, const char *name, Where where) {
  uint32_t count;
  bool there;
  const Named *named = functions_there(w, name, where, &count, &there);
  PgFunc last = IR_NONE;
  for (uint32_t i = 0; i < count; i++) {
    if (there && !stands_there(w, named[i].id, where))
      continue;
    if (!roles_rare(w->roles, named[i].id))
      return NULL;
    last = named[i].id;
  }
  return last == IR_NONE ? NULL : roles_why(w->roles, last);
}

static bool loops_often(const Weigher *w, PgRecord r) {
  const PgRecordInfo *info = pg_record(w->program, r);
  for (uint32_t i = 0; i < info->nuses; i++)
    if (!roles_rare(w->roles, info->uses[i].func))
      return true;
  return false;
}

static bool defined_at(const Weigher *w, PgRecord r, const DbFinding *f) {
  const PgRecordInfo *info = pg_record(w->program, r);
  const IrLoc loc = info->record->loc;
  return loc.line == f->line && is_file(w, info->unit, loc.file, f->file);
}

/* Programs of one tree may have several records of a name, each its own: where one is defined at
 * the finding's place it is that. */
static bool some_record(const Weigher *w, const DbFinding *f,
                        bool (*is_so)(const Weigher *w, PgRecord r)) {
  uint32_t count = 0;
  const Named *named = f->record ? named_find(&w->records, f->record, &count) : NULL;
  bool there = false;
  for (uint32_t i = 0; i < count && count > 1; i++)
    there |= defined_at(w, named[i].id, f);
  for (uint32_t i = 0; i < count; i++)
    if ((!there || defined_at(w, named[i].id, f)) && is_so(w, named[i].id))
      return true;
  return false;
}

/* A record's finding is as rare as the functions that pay for it. */
static const char *why_rare(const Weigher *w, const DbFinding *f) {
  if (f->function)
    return why_function(w, f->function, (Where){.unit = f->unit});
  const char *why = NULL;
  if (some_record(w, f, loops_often))
    return NULL;
  for (uint32_t i = 0; i < f->nsites; i++) {
    const DbSite *site = &f->sites[i];
    if (site->function && !(why = why_function(w, site->function, (Where){.file = site->file})))
      return NULL;
  }
  return why;
}

static bool record_is_evident(const Weigher *w, PgRecord r) {
  return evident_record(w->evident, r);
}

/* In the loop of the finding, as its record tells which. */
static bool function_is_evident(const Weigher *w, PgFunc func, const DbFinding *f) {
  const PgFunction *pf = pg_func(w->program, func);
  bool found = false;
  for (uint32_t l = 0; f->loop_line && l < pf->an->nloops; l++) {
    const IrLoop *loop = &pf->an->loops[l];
    if (loop->depth != f->loop_depth || ir_loc(pf->fn, loop->loc).line != f->loop_line)
      continue;
    if (evident_at(w->evident, func, l))
      return true;
    found = true;
  }
  return !found && evident_at(w->evident, func, IR_NONE);
}

/* Something shows that what is paid for is much, or who pays is not known. */
static bool is_evident(const Weigher *w, const DbFinding *f) {
  if (!f->function)
    return some_record(w, f, record_is_evident);
  uint32_t count;
  bool there;
  const Where where = {.unit = f->unit};
  const Named *named = functions_there(w, f->function, where, &count, &there);
  for (uint32_t i = 0; i < count; i++)
    if ((!there || stands_there(w, named[i].id, where)) && function_is_evident(w, named[i].id, f))
      return true;
  return !count;
}

static void add_fact(const Weigher *w, DbFinding *f, const char *name, const char *text) {
  DbFact *facts = HP_NEW(w->arena, DbFact, f->nfacts + 1);
  if (f->nfacts)
    memcpy(facts, f->facts, f->nfacts * sizeof *facts);
  facts[f->nfacts] = (DbFact){.name = hp_arena_strdup(w->arena, name),
                              .unit = hp_arena_strdup(w->arena, ""),
                              .text = hp_arena_strdup(w->arena, text)};
  f->facts = facts;
  f->nfacts++;
}

/* ---- what functions are there for ------------------------------------------------------------ */

/* It takes a while: a thread finds it out. */
struct Scales {
  const Project *project;
  const IrProgram *program;
  Roles *roles;
  pthread_t thread;
  bool started;
};

static const char *relative(const void *context, const char *path) {
  return project_relative(context, path);
}

static void *find_roles(void *scales) {
  Scales *s = scales;
  s->roles = roles_new(s->program, relative, s->project);
  return NULL;
}

Scales *scales_new(const Project *project) {
  Scales *s = hp_calloc(1, sizeof *s);
  s->project = project;
  return s;
}

void scales_begin(void *scales, const IrProgram *program) {
  Scales *s = scales;
  s->program = program;
  s->started = pthread_create(&s->thread, NULL, find_roles, s) == 0;
}

/* Waits for them. */
static Roles *roles_of(Scales *s) {
  if (s->started)
    pthread_join(s->thread, NULL);
  else
    find_roles(s);
  Roles *roles = s->roles;
  free(s);
  return roles;
}

static bool may_be_listed(const DbFinding *f) {
  return f->show == SHOW_LISTED && !f->cold;
}

void findings_weigh(Scales *scales, DbFindings *findings) {
  Weigher w = {.project = scales->project, .program = scales->program, .arena = findings->arena};
  w.roles = roles_of(scales);
  w.evident = evident_new(w.program, w.roles);
  index_functions(&w);
  index_records(&w);
  bool *evident = hp_calloc(findings->count, sizeof *evident);
  for (uint32_t i = 0; i < findings->count; i++) {
    DbFinding *f = findings->items[i];
    const char *why = why_rare(&w, f);
    if (why) {
      f->cold = true;
      add_fact(&w, f, "runs rarely", why);
    }
    evident[i] = may_be_listed(f) && is_evident(&w, f);
  }
  origins_share(findings, evident);
  for (uint32_t i = 0; i < findings->count; i++) {
    DbFinding *f = findings->items[i];
    if (may_be_listed(f) && !evident[i]) {
      f->show = SHOW_LOW;
      add_fact(&w, f, "low", NOTHING_SHOWS);
    }
    if (f->cold)
      f->show = SHOW_LOW;
  }
  free(evident);
  evident_free(w.evident);
  roles_free(w.roles);
  named_free(&w.functions);
  named_free(&w.records);
}
