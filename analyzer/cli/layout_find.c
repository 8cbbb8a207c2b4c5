/* Which record a word means. Tags come before typedef names, records of the project's own code
 * before those of vendored and test code. */
#include "analyzer/cli/layout.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ----------------------------------------------------------------------------------- */

char *layout_file_of(const char *word) {
  const char *colon = strrchr(word, ':');
  return hp_strndup(word, colon ? (size_t)(colon - word) : 0);
}

static const char *behind_file(const char *word) {
  const char *colon = strrchr(word, ':');
  word = colon ? colon + 1 : word;
  return word + strspn(word, " ");
}

static const char *after(const char *text, const char *start) {
  size_t n = strlen(start);
  return strncmp(text, start, n) ? NULL : text + n + strspn(text + n, " ");
}

/* Without `struct` or `union`. */
static const char *bare(const char *name) {
  const char *rest = after(name, "struct ");
  rest = rest ? rest : after(name, "union ");
  return rest ? rest : name;
}

const char *layout_name(const PgRecordInfo *info) {
  bool is_union = info->record->flags & IR_REC_UNION;
  return *info->name ? info->name : is_union ? "union {...}" : "struct {...}";
}

static const char *absolute_path_of(const PgRecordInfo *info) {
  const IrLoc *loc = &info->record->loc;
  return loc->line && loc->file < info->unit->nfiles
             ? ir_str(info->unit, info->unit->files[loc->file].path)
             : "";
}

const char *layout_path(const LayoutView *v, const PgRecordInfo *info) {
  return project_relative(&v->whole.run.project, absolute_path_of(info));
}

/* ---- typedef names --------------------------------------------------------------------------- */

/* A type's name that is one word; qualifiers are no part of it. */
static const char *typedef_name(const IrUnit *u, const IrType *t) {
  const char *name = ir_str(u, t->name);
  for (const char *rest; (rest = after(name, "const ")) || (rest = after(name, "volatile "));)
    name = rest;
  size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  return n && !name[n] ? name : NULL;
}

/* The record that a type is, or points to under a name of its own. */
static IrRecordId named_record(const IrUnit *u, const IrType *t) {
  if (t->kind == IR_T_PTR)
    t = &u->types[t->sub];
  return t->kind == IR_T_RECORD ? t->record : IR_NONE;
}

typedef void Visit(void *context, PgRecord record, const char *name, bool pointer);

static void each_typedef(const LayoutView *v, Visit *visit, void *context) {
  for (uint32_t i = 0; i < pg_nunits(v->p); i++) {
    const IrUnit *u = pg_unit(v->p, i);
    for (uint32_t t = 0; t < u->ntypes; t++) {
      IrRecordId id = named_record(u, &u->types[t]);
      const char *name = id == IR_NONE ? NULL : typedef_name(u, &u->types[t]);
      PgRecord r = name ? pg_record_of(v->p, u, id) : IR_NONE;
      if (r != IR_NONE && strcmp(name, bare(pg_record(v->p, r)->name)) != 0)
        visit(context, r, name, u->types[t].kind == IR_T_PTR);
    }
  }
}

typedef struct Names {
  PgRecord record;
  const char *names[8];
  uint32_t count;
} Names;

static void collect_name(void *context, PgRecord record, const char *name, bool pointer) {
  Names *n = context;
  for (uint32_t i = 0; i < n->count; i++)
    if (!strcmp(n->names[i], name))
      return;
  if (record == n->record && !pointer && n->count < sizeof n->names / sizeof *n->names)
    n->names[n->count++] = name;
}

const char *layout_aliases(const LayoutView *v, PgRecord record) {
  Names n = {.record = record};
  each_typedef(v, collect_name, &n);
  HpBuf text = {0};
  for (uint32_t i = 0; i < n.count; i++)
    hp_buf_addf(&text, "%s%s", i ? ", " : "", n.names[i]);
  const char *all = hp_arena_strdup(v->arena, hp_buf_text(&text));
  hp_buf_free(&text);
  return all;
}

/* ---- candidates ------------------------------------------------------------------------------ */

typedef struct Candidates {
  const LayoutView *v;
  const char *name;
  PgRecord *items;
  uint32_t count, cap;
} Candidates;

static void add(Candidates *c, PgRecord record) {
  for (uint32_t i = 0; i < c->count; i++)
    if (c->items[i] == record)
      return;
  HP_GROW(c->items, c->count, c->cap);
  c->items[c->count++] = record;
}

static void add_typedef(void *context, PgRecord record, const char *name, bool pointer) {
  Candidates *c = context;
  (void)pointer;
  if (!strcmp(name, bare(c->name)))
    add(c, record);
}

static void by_name(Candidates *c) {
  bool tagged = bare(c->name) != c->name;
  for (PgRecord r = 0; r < pg_nrecords(c->v->p); r++)
    if (!strcmp(pg_record(c->v->p, r)->name, c->name))
      add(c, r);
  bool exact = c->count > 0;
  for (PgRecord r = 0; r < pg_nrecords(c->v->p) && !exact; r++) {
    const char *name = pg_record(c->v->p, r)->name;
    if (!strcmp(tagged ? name : bare(name), bare(c->name))) /* `struct x` for a typedef x, too */
      add(c, r);
  }
  if (!c->count)
    each_typedef(c->v, add_typedef, c);
}

static void by_line(Candidates *c, uint32_t line) {
  for (PgRecord r = 0; r < pg_nrecords(c->v->p); r++) {
    const IrLoc *loc = &pg_record(c->v->p, r)->record->loc;
    if (loc->line && loc->line <= line && line <= (loc->end_line ? loc->end_line : loc->line))
      add(c, r);
  }
}

typedef bool Wanted(const Candidates *c, const PgRecordInfo *info, const void *with);

/* Keeps those that are wanted, if some are; `must`: also when none is. */
static void keep(Candidates *c, Wanted *wanted, const void *with, bool must) {
  uint32_t n = 0;
  PgRecord *kept = hp_calloc(c->count + 1, sizeof *kept);
  for (uint32_t i = 0; i < c->count; i++)
    if (wanted(c, pg_record(c->v->p, c->items[i]), with))
      kept[n++] = c->items[i];
  if (n || must) {
    memcpy(c->items ? c->items : kept, kept, n * sizeof *kept);
    c->count = n;
  }
  free(kept);
}

static bool ends_with_path(const char *path, const char *end) {
  size_t n = strlen(path), m = strlen(end);
  return n >= m && !strcmp(path + n - m, end) && (n == m || path[n - m - 1] == '/');
}

/* The path as given from here, or its end. */
static bool in_file(const Candidates *c, const PgRecordInfo *info, const void *with) {
  (void)c;
  char *absolute = path_absolute(with, NULL);
  const char *path = absolute_path_of(info);
  bool same = !strcmp(absolute, path) || ends_with_path(path, with);
  free(absolute);
  return same;
}

/* Of a unit, what it sees. */
static bool in_unit(const Candidates *c, const PgRecordInfo *info, const void *with) {
  const LayoutView *v = c->v;
  char *absolute = path_absolute(with, NULL);
  bool seen = false;
  for (uint32_t i = 0; i < pg_nunits(v->p) && !seen; i++) {
    const IrUnit *u = pg_unit(v->p, i);
    const char *path = ir_str(u, u->path);
    if (strcmp(absolute, path) != 0 && !ends_with_path(path, with))
      continue;
    for (IrRecordId id = 0; id < u->nrecords && !seen; id++)
      seen = pg_record(v->p, pg_record_of(v->p, u, id)) == info;
  }
  free(absolute);
  return seen;
}

static bool in_file_or_unit(const Candidates *c, const PgRecordInfo *info, const void *with) {
  return in_file(c, info, with) || in_unit(c, info, with);
}

static bool is_complete(const Candidates *c, const PgRecordInfo *info, const void *with) {
  (void)c, (void)with;
  return !(info->record->flags & IR_REC_INCOMPLETE);
}

static bool is_reported(const Candidates *c, const PgRecordInfo *info, const void *with) {
  (void)with;
  return !(info->record->flags & IR_REC_SYSTEM) &&
         project_reports(&c->v->whole.run.project, absolute_path_of(info));
}

static bool has_name(const Candidates *c, const PgRecordInfo *info, const void *with) {
  (void)c, (void)with;
  return *info->name != 0;
}

/* Of records around a line the innermost. */
static bool is_innermost(const Candidates *c, const PgRecordInfo *info, const void *with) {
  (void)with;
  for (uint32_t i = 0; i < c->count; i++) {
    const IrLoc *a = &pg_record(c->v->p, c->items[i])->record->loc, *b = &info->record->loc;
    if (a->line > b->line || (a->line == b->line && a->end_line < b->end_line))
      return false;
  }
  return true;
}

/* ---- failures -------------------------------------------------------------------------------- */

typedef struct Known {
  const char **names;
  uint32_t count, cap;
} Known;

static void add_known(void *context, PgRecord record, const char *name, bool pointer) {
  Known *k = context;
  (void)record, (void)pointer;
  HP_GROW(k->names, k->count, k->cap);
  k->names[k->count++] = name;
}

/* FILE does not have it; another has. */
static bool elsewhere(const LayoutView *v, const char *name, const char *file, PgRecord there,
                      HpError *err) {
  const PgRecordInfo *info = pg_record(v->p, there);
  return hp_fail(err, "no record '%s' in %s; did you mean '%s:%s'?", name, file,
                 layout_path(v, info), layout_name(info));
}

static bool no_such(const LayoutView *v, const char *name, const char *file, HpError *err) {
  Known k = {0};
  for (PgRecord r = 0; r < pg_nrecords(v->p); r++)
    if (*pg_record(v->p, r)->name)
      add_known(&k, r, bare(pg_record(v->p, r)->name), false);
  each_typedef(v, add_known, &k);
  if (!k.count)
    hp_fail(err, "no record '%s': the program has none", name);
  else
    hp_fail(err, "no record '%s'%s%s; did you mean %s?", name, *file ? " in " : "", file,
            hp_nearest(bare(name), k.names, k.count));
  free(k.names);
  return false;
}

static bool several(const Candidates *c, HpError *err) {
  enum { MOST = 4 };
  HpBuf text = {0};
  for (uint32_t i = 0; i < c->count && i < MOST; i++) {
    const PgRecordInfo *info = pg_record(c->v->p, c->items[i]);
    hp_buf_addf(&text, "%s'%s:%s' (line %u)", i ? ", " : "", layout_path(c->v, info),
                layout_name(info), info->record->loc.line);
  }
  if (c->count > MOST)
    hp_buf_addf(&text, " and %u more", c->count - MOST);
  hp_fail(err, "%u records are called %s; say which: hplint layout %s", c->count, c->name,
          hp_buf_text(&text));
  hp_buf_free(&text);
  return false;
}

/* ---- finding --------------------------------------------------------------------------------- */

static bool number(const char *text, uint32_t *out) {
  char *end;
  unsigned long n = strtoul(text, &end, 10);
  *out = n <= UINT32_MAX ? (uint32_t)n : 0;
  return isdigit((unsigned char)*text) && !*end && *out;
}

/* What narrowing to the project's own code left out. */
static void tell_others(const Candidates *c, const PgRecord *before, uint32_t nbefore,
                        LayoutName *out) {
  out->others = HP_NEW(c->v->arena, PgRecord, nbefore + 1);
  for (uint32_t i = 0; i < nbefore; i++)
    if (before[i] != out->record)
      out->others[out->nothers++] = before[i];
}

/* The one to name where none will do. */
static PgRecord first_of(const Candidates *c) {
  for (uint32_t i = 0; i < c->count; i++)
    if (is_reported(c, pg_record(c->v->p, c->items[i]), NULL))
      return c->items[i];
  return c->count ? c->items[0] : IR_NONE;
}

bool layout_find(const LayoutView *v, const char *word, LayoutName *out, HpError *err) {
  *out = (LayoutName){.record = IR_NONE};
  char *file = layout_file_of(word);
  Candidates c = {.v = v, .name = behind_file(word)};
  uint32_t line;
  bool at_line = *file && number(c.name, &line);
  if (at_line)
    by_line(&c, line);
  else
    by_name(&c);
  PgRecord named = at_line ? IR_NONE : first_of(&c);
  if (*file) {
    uint32_t all = c.count;
    keep(&c, in_file, file, at_line);
    if (c.count == all)
      keep(&c, in_unit, file, false);
    keep(&c, in_file_or_unit, file, true);
  }
  if (at_line) {
    keep(&c, has_name, NULL, false);
    keep(&c, is_innermost, NULL, false);
  }
  keep(&c, is_complete, NULL, false);
  uint32_t nbefore = c.count;
  PgRecord *before = hp_arena_copy(v->arena, c.items, c.count * sizeof *c.items);
  keep(&c, is_reported, NULL, false);
  bool ok = c.count == 1;
  if (ok) {
    out->record = c.items[0];
    tell_others(&c, before, nbefore, out);
  } else if (c.count) {
    several(&c, err);
  } else if (at_line) {
    hp_fail(err, "%s:%u is in no record", file, line);
  } else if (named != IR_NONE) {
    elsewhere(v, c.name, file, named, err);
  } else {
    no_such(v, c.name, file, err);
  }
  free(c.items);
  free(file);
  return ok;
}
