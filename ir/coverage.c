/* Counting what the IR does not model. */
#include "ir/coverage.h"

#include <stdlib.h>
#include <string.h>

/* There are few reasons: the front end writes them. */
static IrGap *gap_of(IrCoverage *c, const char *reason) {
  for (uint32_t i = 0; i < c->ngaps; i++)
    if (!strcmp(c->gaps[i].reason, reason))
      return &c->gaps[i];
  HP_GROW(c->gaps, c->ngaps, c->gaps_cap);
  c->gaps[c->ngaps] = (IrGap){.reason = hp_strdup(reason)};
  return &c->gaps[c->ngaps++];
}

static void add_gap(IrCoverage *c, const IrUnit *u, const IrFunction *fn, const IrInsn *in) {
  IrGap *gap = gap_of(c, ir_str(u, in->aux));
  if (gap->count++)
    return;
  IrLoc loc = ir_loc(fn, in->loc);
  gap->path = hp_strdup(loc.line ? ir_str(u, u->files[loc.file].path) : ir_str(u, u->path));
  gap->line = loc.line;
  gap->function = hp_strdup(ir_function_name(u, fn));
}

void ir_coverage_add(IrCoverage *c, const IrUnit *u) {
  c->units++;
  c->functions += u->nfunctions;
  for (uint32_t i = 0; i < u->nfunctions; i++) {
    const IrFunction *fn = &u->functions[i];
    uint64_t before = c->opaque;
    c->instructions += fn->ninsns;
    for (uint32_t k = 0; k < fn->ninsns; k++)
      if (fn->insns[k].op == IR_OPAQUE) {
        c->opaque++;
        /* hplint: ignore[HP308] the front end has some ten reasons */
        add_gap(c, u, fn, &fn->insns[k]);
      }
    c->touched += c->opaque != before;
  }
}

static int compare(const void *a, const void *b) {
  const IrGap *x = a, *y = b;
  if (x->count != y->count)
    return x->count < y->count ? 1 : -1;
  return strcmp(x->reason, y->reason);
}

void ir_coverage_sort(IrCoverage *c) {
  if (c->ngaps)
    qsort(c->gaps, c->ngaps, sizeof *c->gaps, compare);
}

void ir_coverage_free(IrCoverage *c) {
  for (uint32_t i = 0; i < c->ngaps; i++) {
    free(c->gaps[i].reason);
    free(c->gaps[i].path);
    free(c->gaps[i].function);
  }
  free(c->gaps);
  *c = (IrCoverage){0};
}
