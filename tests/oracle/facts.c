/* The facts of a unit, and the names that both sides agree on. */
#include "tests/oracle/oracle.h"

#include <stdlib.h>
#include <string.h>

const char *const criterion_names[CRITERIA] = {"callees", "loops", "fields"};

UnitFacts *unit_facts_new(void) {
  UnitFacts *u = hp_calloc(1, sizeof *u);
  u->arena = hp_arena_new();
  return u;
}

void unit_facts_free(UnitFacts *u) {
  if (!u)
    return;
  for (uint32_t i = 0; i < u->nfunctions; i++)
    for (uint32_t k = 0; k < CRITERIA; k++)
      free(u->functions[i].lists[k].items);
  free(u->functions);
  free(u->runs);
  free(u->system);
  free(u->named);
  hp_arena_free(u->arena);
  free(u);
}

FunctionFacts *facts_function(UnitFacts *u, const char *name, const char *file, uint32_t line) {
  HP_GROW(u->functions, u->nfunctions, u->functions_cap);
  FunctionFacts *f = &u->functions[u->nfunctions++];
  *f = (FunctionFacts){.name = hp_arena_strdup(u->arena, name),
                       .file = hp_arena_strdup(u->arena, file),
                       .line = line};
  return f;
}

void facts_add(UnitFacts *u, FunctionFacts *f, Criterion criterion, uint32_t flags, const char *fmt,
               ...) {
  va_list ap;
  va_start(ap, fmt);
  char *text = hp_vformat(fmt, ap);
  va_end(ap);
  FactList *list = &f->lists[criterion];
  HP_GROW(list->items, list->count, list->cap);
  list->items[list->count++] = (Fact){hp_arena_strdup(u->arena, text), flags};
  free(text);
}

/* ---- callees --------------------------------------------------------------------------------- */

/* Library functions that clang may emit as intrinsics: llvm.NAME.TYPES. */
static const struct {
  const char *intrinsic, *library;
} intrinsics[] = {
    {"memcpy", "memcpy"},     {"memmove", "memmove"}, {"memset", "memset"},
    {"abs", "abs"},           {"fabs", "fabs"},       {"sqrt", "sqrt"},
    {"floor", "floor"},       {"ceil", "ceil"},       {"trunc", "trunc"},
    {"rint", "rint"},         {"round", "round"},     {"nearbyint", "nearbyint"},
    {"copysign", "copysign"}, {"sin", "sin"},         {"cos", "cos"},
    {"exp", "exp"},           {"exp2", "exp2"},       {"log", "log"},
    {"log2", "log2"},         {"log10", "log10"},     {"pow", "pow"},
    {"fma", "fma"},           {"minnum", "fmin"},     {"maxnum", "fmax"},
    {"lrint", "lrint"},       {"llrint", "llrint"},   {"lround", "lround"},
    {"llround", "llround"},   {"ldexp", "ldexp"},     {"roundeven", "roundeven"},
    {"tan", "tan"},           {"exp10", "exp10"},
};

static void add_intrinsic(UnitFacts *u, FunctionFacts *f, const char *name) {
  size_t length = strcspn(name, ".");
  for (size_t i = 0; i < sizeof intrinsics / sizeof *intrinsics; i++) {
    if (strlen(intrinsics[i].intrinsic) != length ||
        strncmp(name, intrinsics[i].intrinsic, length) != 0)
      continue;
    const char *type = name + length;
    const char *suffix = !strncmp(type, ".f32", 4) ? "f" : !strncmp(type, ".f80", 4) ? "l" : "";
    facts_add(u, f, CALLEES, FACT_OPTIONAL, "%s%s", intrinsics[i].library, suffix);
    return;
  }
}

static bool starts(const char *text, const char *with) {
  return !strncmp(text, with, strlen(with));
}

/* __mulxc3, __divdc3 ...: operators, for hplint. */
static bool is_complex_helper(const char *name) {
  return (starts(name, "__mul") || starts(name, "__div")) && strlen(name) == 8 &&
         strchr("hsdxt", name[5]) && !strcmp(name + 6, "c3");
}

/* Of functions that become the same intrinsic. */
static const char *common_name(UnitFacts *u, const char *name, size_t length) {
  static const struct {
    const char *name, *common;
  } rows[] = {{"labs", "abs"},
              {"llabs", "abs"},
              {"bzero", "memset"},
              {"bcopy", "memmove"},
              {"mempcpy", "memcpy"}};
  const char *text = hp_arena_format(u->arena, "%.*s", (int)length, name);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (!strcmp(text, rows[i].name))
      return rows[i].common;
  return text;
}

void facts_add_call(UnitFacts *u, FunctionFacts *f, const char *name) {
  if (*name == 1) /* an assembler name, taken as it is */
    name++;
  if (starts(name, "llvm.")) {
    add_intrinsic(u, f, name + 5);
    return;
  }
  if (starts(name, "__sync_") || starts(name, "__atomic_") || !strcmp(name, "alloca") ||
      is_complex_helper(name))
    return;
  if (!strcmp(name, "__cpu_indicator_init")) /* what __builtin_cpu_init is */
    name = "__builtin_cpu_init";
  uint32_t flags = 0;
  if (starts(name, "__builtin_")) {
    name += 10;
    flags = FACT_OPTIONAL;
  }
  size_t length = strlen(name);
  if (length > 7 && !strcmp(name + length - 7, ".inline")) /* a builtin with a body in a header */
    length -= 7;
  bool checked = starts(name, "__") && length > 6 && !strncmp(name + length - 4, "_chk", 4);
  if (checked)
    facts_add(u, f, CALLEES, flags, "%s", common_name(u, name + 2, length - 6));
  else
    facts_add(u, f, CALLEES, flags, "%s", common_name(u, name, length));
}

/* ---- loops and fields ------------------------------------------------------------------------ */

void facts_add_loop(UnitFacts *u, FunctionFacts *f, uint32_t depth, uint32_t line) {
  if (line)
    facts_add(u, f, LOOPS, 0, "line %u depth %u", line, depth);
  else
    facts_add(u, f, LOOPS, 0, "goto depth %u", depth);
}

const BitRun *facts_run(const UnitFacts *u, const char *record, uint64_t offset) {
  for (uint32_t i = 0; i < u->nruns; i++)
    if (offset >= u->runs[i].start && offset < u->runs[i].end && !strcmp(u->runs[i].record, record))
      return &u->runs[i];
  return NULL;
}

void facts_add_field(UnitFacts *u, FunctionFacts *f, const char *touch, const char *record,
                     uint64_t offset, uint32_t flags) {
  if (!strcmp(record, "__va_list_tag")) /* va_arg is written out by clang */
    return;
  facts_add(u, f, FIELDS, flags, "%s %s+%llu", touch, record, (unsigned long long)offset);
}

/* ---- order ----------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b) {
  return strcmp(((const Fact *)a)->text, ((const Fact *)b)->text);
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const FunctionFacts *)a)->name, ((const FunctionFacts *)b)->name);
}

void facts_sort(UnitFacts *u) {
  for (uint32_t i = 0; i < u->nfunctions; i++)
    for (uint32_t k = 0; k < CRITERIA; k++) {
      FactList *list = &u->functions[i].lists[k];
      if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_text);
    }
  if (u->nfunctions)
    qsort(u->functions, u->nfunctions, sizeof *u->functions, by_name);
}
