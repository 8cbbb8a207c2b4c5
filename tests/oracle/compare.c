/* Differences of two sets of facts: functions by name, then multisets of facts. */
#include "tests/oracle/oracle.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- multisets ------------------------------------------------------------------------------- */

/* How often a fact is there: at least `must`, at most `may`; only whether, with `once`. */
typedef struct Times {
  uint32_t must, may;
  bool once;
} Times;

static Times take(const FactList *list, uint32_t *at, const char *text) {
  Times t = {0};
  for (; *at < list->count && !strcmp(list->items[*at].text, text); (*at)++) {
    uint32_t flags = list->items[*at].flags;
    t.must += !(flags & FACT_OPTIONAL);
    t.may++;
    t.once = t.once || flags & FACT_ONCE;
  }
  return t;
}

static void count_once(Times *t) {
  t->must = t->must > 0;
  t->may = t->may > 0;
}

static void add_times(HpBuf *out, const char *text, uint32_t times) {
  if (!times)
    return;
  if (out->length)
    hp_buf_add(out, ", ");
  if (times > 1)
    hp_buf_addf(out, "%u x ", times);
  hp_buf_add(out, text);
}

/* Facts that only one side has; the number compared. */
static uint32_t compare_lists(const FactList *x, const FactList *y, HpBuf *only_x, HpBuf *only_y) {
  uint32_t i = 0, j = 0, count = 0;
  while (i < x->count || j < y->count) {
    const char *a = i < x->count ? x->items[i].text : NULL;
    const char *b = j < y->count ? y->items[j].text : NULL;
    const char *text = !a ? b : !b ? a : strcmp(a, b) <= 0 ? a : b;
    Times tx = take(x, &i, text), ty = take(y, &j, text);
    if (tx.once || ty.once) {
      count_once(&tx);
      count_once(&ty);
    }
    count += tx.must > ty.must ? tx.must : ty.must;
    add_times(only_x, text, tx.must > ty.may ? tx.must - ty.may : 0);
    add_times(only_y, text, ty.must > tx.may ? ty.must - tx.may : 0);
  }
  return count;
}

/* ---- functions ------------------------------------------------------------------------------- */

static void add_difference(Comparison *c, const FunctionFacts *f, const char *what, HpBuf *clang,
                           HpBuf *hplint) {
  HP_GROW(c->differences, c->ndifferences, c->cap);
  c->differences[c->ndifferences++] = (Difference){.function = f->name,
                                                   .file = f->file,
                                                   .line = f->line,
                                                   .what = what,
                                                   .clang = hp_buf_take(clang),
                                                   .hplint = hp_buf_take(hplint)};
}

static const FunctionFacts *find_function(const UnitFacts *u, const char *name) {
  uint32_t low = 0, high = u ? u->nfunctions : 0;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    int order = strcmp(u->functions[middle].name, name);
    if (!order)
      return &u->functions[middle];
    low = order < 0 ? middle + 1 : low;
    high = order < 0 ? high : middle;
  }
  return NULL;
}

static bool same_facts(const FunctionFacts *clang, const FunctionFacts *hplint) {
  HpBuf x = {0}, y = {0};
  for (uint32_t k = 0; k < CRITERIA; k++)
    compare_lists(&clang->lists[k], &hplint->lists[k], &x, &y);
  bool same = !x.length && !y.length;
  hp_buf_free(&x);
  hp_buf_free(&y);
  return same;
}

static void compare_functions(Comparison *c, const FunctionFacts *clang, const UnitFacts *second,
                              const FunctionFacts *hplint) {
  c->functions++;
  const FunctionFacts *other = find_function(second, hplint->name);
  if (!clang || (other && !same_facts(clang, hplint) && same_facts(other, hplint)))
    clang = other;
  for (uint32_t k = 0; k < CRITERIA; k++) {
    HpBuf x = {0}, y = {0};
    c->facts[k] += compare_lists(&clang->lists[k], &hplint->lists[k], &x, &y);
    if (x.length || y.length) {
      add_difference(c, hplint, criterion_names[k], &x, &y);
    } else {
      c->agree[k]++;
    }
    hp_buf_free(&x);
    hp_buf_free(&y);
  }
}

static void missing(Comparison *c, const FunctionFacts *f, bool in_hplint) {
  HpBuf x = {0}, y = {0};
  hp_buf_add(in_hplint ? &x : &y, "the function");
  add_difference(c, f, "missing", &x, &y);
}

static bool same_file(const char *a, const char *b) {
  struct stat x, y;
  return !strcmp(a, b) ||
         (!stat(a, &x) && !stat(b, &y) && x.st_ino == y.st_ino && x.st_dev == y.st_dev);
}

/* Functions without a place are the compiler's own header functions (attribute nodebug). clang and
 * libclang may know their headers by different paths. */
static bool in_system_header(const UnitFacts *ir, const char *file) {
  if (!*file)
    return true;
  for (uint32_t i = 0; i < ir->nsystem; i++)
    if (same_file(ir->system[i], file))
      return true;
  return false;
}

/* A function of a header that the unit does not name is left out, as compilers do. */
static bool is_unused(const UnitFacts *ir, const FunctionFacts *f) {
  bool named = false;
  for (uint32_t i = 0; i < ir->nnamed && !named; i++)
    named = !strcmp(ir->named[i], f->name);
  return !named && !same_file(ir->main, f->file);
}

static void only_in_clang(Comparison *c, const UnitFacts *hplint, const FunctionFacts *f) {
  if (!in_system_header(hplint, f->file) && !is_unused(hplint, f))
    missing(c, f, true);
}

static void only_in_hplint(Comparison *c, const UnitFacts *second, const FunctionFacts *f) {
  if (find_function(second, f->name))
    compare_functions(c, NULL, second, f);
  else
    missing(c, f, false);
}

Comparison *compare_units(UnitFacts *clang, UnitFacts *second, UnitFacts *hplint) {
  facts_sort(clang);
  if (second)
    facts_sort(second);
  facts_sort(hplint);
  Comparison *c = hp_calloc(1, sizeof *c);
  uint32_t i = 0, j = 0;
  while (i < clang->nfunctions && j < hplint->nfunctions) {
    const FunctionFacts *x = &clang->functions[i], *y = &hplint->functions[j];
    int order = strcmp(x->name, y->name);
    if (!order)
      compare_functions(c, x, second, y);
    else if (order < 0)
      only_in_clang(c, hplint, x);
    else
      only_in_hplint(c, second, y);
    i += order <= 0;
    j += order >= 0;
  }
  for (; i < clang->nfunctions; i++)
    only_in_clang(c, hplint, &clang->functions[i]);
  for (; j < hplint->nfunctions; j++)
    only_in_hplint(c, second, &hplint->functions[j]);
  return c;
}

void comparison_free(Comparison *c) {
  for (uint32_t i = 0; i < c->ndifferences; i++) {
    free(c->differences[i].clang);
    free(c->differences[i].hplint);
  }
  free(c->differences);
  free(c);
}
