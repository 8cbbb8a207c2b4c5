/* Which findings are shown, and what they cover. */
#include "analyzer/output/output.h"

#include <string.h>

enum { DEFAULT_LIMIT = 20 };

/* Two findings about the same loop, or the same record outside of loops: the list shows one. */
static bool same_subject(const DbFinding *a, const DbFinding *b) {
  if (strcmp(a->group, b->group) == 0)
    return true;
  if (a->loop_line && b->loop_line)
    return a->loop_line == b->loop_line && strcmp(a->file, b->file) == 0 &&
           strcmp(a->function ? a->function : "", b->function ? b->function : "") == 0;
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

bool output_same_line(const DbFinding *a, const DbFinding *b) {
  return a->line == b->line && a->column == b->column && strcmp(a->file, b->file) == 0;
}

bool output_same_cause(const DbFinding *a, const DbFinding *b) {
  return strcmp(a->rule, b->rule) == 0 && (output_same_line(a, b) || same_sites(a, b));
}

static bool subject_shown(const DbFinding **shown, uint32_t count, const DbFinding *f) {
  for (uint32_t i = 0; i < count; i++)
    if (same_subject(shown[i], f) || output_same_cause(shown[i], f))
      return true;
  return false;
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
    if (f->listed && !f->suppressed && !subject_shown(shown, count, f))
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
