/* What lies in code that runs rarely is low, whatever its rule says of it: the one place where a
 * finding's function is weighed by what it is there for (rules/role.h). It comes after judging, for
 * findings of former runs as for new ones, since it follows from the program as a whole. */
#include "analyzer/engine/internal.h"
#include "rules/role.h"

#include <stdlib.h>
#include <string.h>

typedef struct Named {
  const char *name;
  PgFunc func;
} Named;

typedef struct Weigher {
  const Project *project;
  const IrProgram *program;
  Roles *roles;
  HpArena *arena;
  Named *named; /* functions with a body, by name */
  uint32_t count;
} Weigher;

static int by_name(const void *a, const void *b) {
  const Named *x = a, *y = b;
  int order = strcmp(x->name, y->name);
  return order ? order : (x->func > y->func) - (x->func < y->func);
}

static void index_functions(Weigher *w) {
  uint32_t n = pg_nfuncs(w->program);
  w->named = hp_calloc(n, sizeof *w->named);
  for (PgFunc f = 0; f < n; f++)
    if (pg_func(w->program, f)->fn)
      w->named[w->count++] = (Named){pg_func(w->program, f)->name, f};
  qsort(w->named, w->count, sizeof *w->named, by_name);
}

static const Named *first_named(const Weigher *w, const char *name) {
  uint32_t low = 0, high = w->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (strcmp(w->named[middle].name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return &w->named[low];
}

static bool of_unit(const Weigher *w, PgFunc f, const char *path) {
  const IrUnit *u = pg_func(w->program, f)->unit;
  return path && !strcmp(project_relative(w->project, ir_str(u, u->path)), path);
}

/* Of several functions with the name those of the unit count, where it has one; all must be rare.
 */
static const char *why_function(const Weigher *w, const char *name, const char *unit) {
  const Named *first = first_named(w, name), *end = w->named + w->count;
  const char *why = NULL;
  bool in_unit = false;
  for (const Named *n = first; n < end && !strcmp(n->name, name); n++)
    in_unit |= of_unit(w, n->func, unit);
  for (const Named *n = first; n < end && !strcmp(n->name, name); n++) {
    if (in_unit && !of_unit(w, n->func, unit))
      continue;
    if (!(why = roles_why(w->roles, n->func)))
      return NULL;
  }
  return why;
}

/* Loops of usual code use a record of that name. */
static bool used_often(const Weigher *w, const char *name) {
  for (PgRecord r = 0; name && r < pg_nrecords(w->program); r++) {
    const PgRecordInfo *info = pg_record(w->program, r);
    for (uint32_t i = 0; i < info->nuses && !strcmp(info->name, name); i++)
      if (!roles_why(w->roles, info->uses[i].func))
        return true;
  }
  return false;
}

/* A record's finding is as rare as the functions that pay for it. */
static const char *why_rare(const Weigher *w, const DbFinding *f) {
  if (f->function)
    return why_function(w, f->function, f->unit);
  const char *why = NULL;
  if (used_often(w, f->record))
    return NULL;
  for (uint32_t i = 0; i < f->nsites; i++)
    if (f->sites[i].function && !(why = why_function(w, f->sites[i].function, NULL)))
      return NULL;
  return why;
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

static const char *relative(const void *context, const char *path) {
  return project_relative(context, path);
}

void findings_weigh(const Project *project, const IrProgram *program, DbFindings *findings) {
  if (!findings->count)
    return;
  Weigher w = {.project = project, .program = program, .arena = findings->arena};
  w.roles = roles_new(program, relative, project);
  index_functions(&w);
  for (uint32_t i = 0; i < findings->count; i++) {
    DbFinding *f = findings->items[i];
    const char *why = why_rare(&w, f);
    if (why) {
      f->cold = true;
      add_fact(&w, f, "runs rarely", why);
    }
    if (f->cold)
      f->show = SHOW_LOW;
  }
  roles_free(w.roles);
  free(w.named);
}
