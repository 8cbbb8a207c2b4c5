/* Which findings are shown, and what they cover. */
#include "analyzer/output/output.h"

#include <string.h>

enum { DEFAULT_LIMIT = 20 };

static bool same_function_of(const DbFinding *a, const DbFinding *b) {
  return strcmp(a->file, b->file) == 0 &&
         strcmp(a->function ? a->function : "", b->function ? b->function : "") == 0;
}

static bool same_loop(const DbFinding *a, const DbFinding *b) {
  return a->loop_line && a->loop_line == b->loop_line && same_function_of(a, b);
}

static bool same_group(const DbFinding *a, const DbFinding *b) {
  return strcmp(a->group, b->group) == 0;
}

/* Two findings about the same loop, or the same record outside of loops. */
static bool same_subject(const DbFinding *a, const DbFinding *b) {
  if (a->loop_line && b->loop_line)
    return same_loop(a, b);
  return !a->function && !b->function && a->record && b->record &&
         strcmp(a->record, b->record) == 0 && strcmp(a->file, b->file) == 0;
}

static bool same_site(const DbSite *a, const DbSite *b) {
  return a->line == b->line && a->end_line == b->end_line && a->inclusive == b->inclusive &&
         strcmp(a->file, b->file) == 0;
}

static bool same_sites(const DbFinding *a, const DbFinding *b) {
  bool same = a->nsites == b->nsites && a->nsites;
  for (uint32_t i = 0; same && i < a->nsites; i++)
    same = same_site(&a->sites[i], &b->sites[i]);
  return same;
}

/* The rule names a place outside of the loops that both are due to. */
static bool same_origin(const DbFinding *a, const DbFinding *b) {
  if (!a->allocator_time || !a->cause || !b->cause || strcmp(a->cause, b->cause) != 0 ||
      same_loop(a, b))
    return false;
  for (uint32_t i = 0; i < a->nplaces; i++)
    for (uint32_t k = 0; k < b->nplaces; k++)
      if (a->places[i].line == b->places[k].line && a->places[i].column == b->places[k].column &&
          strcmp(a->places[i].file, b->places[k].file) == 0)
        return true;
  return false;
}

/* The rules of the first family ask for another layout: one change of the record mends all loops
 * over it. With a profile each has a time of its own. */
static bool same_layout(const DbFinding *a, const DbFinding *b) {
  return strncmp(a->rule, "HP1", 3) == 0 && !a->by_profile && a->record && b->record &&
         strcmp(a->record, b->record) == 0;
}

bool output_same_line(const DbFinding *a, const DbFinding *b) {
  return a->line == b->line && a->column == b->column && strcmp(a->file, b->file) == 0;
}

bool output_same_cause(const DbFinding *a, const DbFinding *b) {
  return strcmp(a->rule, b->rule) == 0 &&
         (output_same_line(a, b) || same_sites(a, b) || same_origin(a, b) || same_layout(a, b));
}

/* `head` stands for the other, which comes after it. */
static bool stands_for(const DbFinding *head, const DbFinding *f, bool each_place) {
  if (same_subject(head, f))
    return true;
  const bool one_rule = strcmp(head->rule, f->rule) == 0;
  if (each_place)
    return one_rule ? output_same_line(head, f) : same_group(head, f) && same_function_of(head, f);
  return same_group(head, f) || output_same_cause(head, f);
}

const DbFinding *output_stand_in(const DbFinding *const *heads, uint32_t count, const DbFinding *f,
                                 bool each_place) {
  for (uint32_t i = 0; i < count; i++)
    if (stands_for(heads[i], f, each_place))
      return heads[i];
  return NULL;
}

uint32_t output_select(const RunResult *r, const OutputOptions *options, const DbFinding **shown) {
  uint32_t limit = options->limit ? options->limit : DEFAULT_LIMIT, count = 0;
  for (uint32_t i = 0; i < r->findings.count; i++) {
    const DbFinding *f = r->findings.items[i];
    if (options->all) {
      shown[count++] = f;
      continue;
    }
    if (count == limit)
      break;
    /* hplint: ignore[HP308] as many as are shown by default or asked for */
    if (f->listed && !f->suppressed && !output_stand_in(shown, count, f, options->each_place))
      shown[count++] = f;
  }
  return count;
}

static bool same_function(const char *file, const char *name, const DbHotFunction *function) {
  return name && strcmp(name, function->name) == 0 && strcmp(file, function->file) == 0;
}

bool output_covers(const DbFinding *const *shown, uint32_t count, const DbHotFunction *function) {
  for (uint32_t i = 0; i < count; i++) {
    const DbFinding *f = shown[i];
    if (same_function(f->file, f->function, function))
      return true;
    for (uint32_t k = 0; k < f->nsites; k++)
      if (same_function(f->sites[k].file, f->sites[k].function, function))
        return true;
  }
  return false;
}
