#include "rules/side.h"

#include "rules/named.h"

#include <stdlib.h>
#include <string.h>

enum { A_THIRD = 3, A_HALF = 2 };

typedef struct Tree {
  const IrProgram *p;
  uint32_t nunits;
  NamedList definitions; /* external symbols, and the unit that defines each */
  uint64_t *size;        /* instructions, by unit */
  bool *has_main;
  uint64_t total;
} Tree;

static bool is_external(const IrSymbol *s) {
  return !(s->flags & (IR_SYM_INTERNAL | IR_SYM_LABEL));
}

static void find_definitions(Tree *t) {
  for (uint32_t i = 0; i < t->nunits; i++) {
    const IrUnit *u = pg_unit(t->p, i);
    for (uint32_t s = 0; s < u->nsymbols; s++)
      if (u->symbols[s].flags & IR_SYM_DEFINED && is_external(&u->symbols[s]))
        named_add(&t->definitions, ir_str(u, ir_link_name(&u->symbols[s])), i);
  }
  named_sort(&t->definitions);
}

/* A header's functions count once, for one of the units that have them. */
static void measure(Tree *t) {
  for (uint32_t i = 0; i < t->nunits; i++) {
    const IrUnit *u = pg_unit(t->p, i);
    for (uint32_t k = 0; k < u->nfunctions; k++) {
      const IrSymbol *symbol = &u->symbols[u->functions[k].sym];
      PgFunc f = pg_func_of(t->p, u, u->functions[k].sym);
      t->size[i] += f != IR_NONE && pg_func(t->p, f)->unit == u ? u->functions[k].ninsns : 0;
      t->has_main[i] |= is_external(symbol) && !strcmp(ir_str(u, symbol->name), "main");
    }
    t->total += t->size[i];
  }
}

/* The units being gathered that one program is linked from. */
typedef struct Reach {
  bool *reached;
  uint32_t *todo;
  const char **several; /* names that more than one unit defines */
  uint32_t ntodo, nseveral, several_cap;
  uint64_t size;
} Reach;

static void enter(const Tree *t, Reach *r, uint32_t unit) {
  if (r->reached[unit] || t->has_main[unit])
    return;
  r->reached[unit] = true;
  r->todo[r->ntodo++] = unit;
}

static void follow(const Tree *t, Reach *r) {
  while (r->ntodo) {
    uint32_t unit = r->todo[--r->ntodo];
    const IrUnit *u = pg_unit(t->p, unit);
    r->size += t->size[unit];
    for (uint32_t s = 0; s < u->nsymbols; s++) {
      if (u->symbols[s].flags & IR_SYM_DEFINED || !is_external(&u->symbols[s]))
        continue;
      uint32_t count;
      const char *name = ir_str(u, ir_link_name(&u->symbols[s]));
      const Named *definitions = named_find(&t->definitions, name, &count);
      if (count == 1)
        enter(t, r, definitions->id);
      if (count <= 1)
        continue;
      HP_GROW(r->several, r->nseveral, r->several_cap);
      r->several[r->nseveral++] = name;
    }
  }
}

/* Of several units that define a name, one that is there anyway serves, else the smallest: a client
 * has its own small stand-in for what the server's large file does. */
static void choose(const Tree *t, Reach *r, const char *name) {
  uint32_t count;
  const Named *definitions = named_find(&t->definitions, name, &count);
  uint32_t best = definitions->id;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t unit = definitions[i].id;
    if (r->reached[unit])
      return;
    if (t->has_main[best] || (!t->has_main[unit] && t->size[unit] < t->size[best]))
      best = unit;
  }
  enter(t, r, best);
}

/* All units that `start` can be linked with, marked in `reached`; their size. */
static uint64_t reach(const Tree *t, uint32_t start, bool *reached, uint32_t *todo) {
  Reach r = {.reached = reached, .todo = todo};
  memset(reached, 0, t->nunits * sizeof *reached);
  reached[start] = true;
  todo[r.ntodo++] = start;
  follow(t, &r);
  for (uint32_t i = 0; i < r.nseveral; i++) {
    choose(t, &r, r.several[i]);
    follow(t, &r);
  }
  free((void *)r.several);
  return r.size;
}

static void sort_units(const Tree *t, SideKind *kinds) {
  uint32_t *todo = hp_calloc(t->nunits, sizeof *todo);
  bool *reached = hp_calloc(t->nunits, sizeof *reached);
  uint64_t *sizes = hp_calloc(t->nunits, sizeof *sizes), largest = 0, in_mains = 0;
  for (uint32_t i = 0; i < t->nunits; i++) {
    sizes[i] = t->has_main[i] ? reach(t, i, reached, todo) : 0;
    largest = sizes[i] > largest ? sizes[i] : largest;
    in_mains += t->has_main[i] ? t->size[i] : 0;
  }
  bool dominates = largest && largest >= t->total / A_HALF;
  bool is_library = t->total >= SIDE_LEAST_LIBRARY && in_mains < t->total / A_THIRD;
  for (uint32_t i = 0; i < t->nunits; i++) {
    if (!t->has_main[i])
      continue;
    if (!dominates) {
      kinds[i] = is_library ? SIDE_BESIDE : SIDE_OPEN;
      continue;
    }
    SideKind kind = sizes[i] >= largest / A_THIRD ? SIDE_PRODUCT : SIDE_BESIDE;
    reach(t, i, reached, todo);
    for (uint32_t k = 0; k < t->nunits; k++)
      if (reached[k] && kinds[k] != SIDE_PRODUCT)
        kinds[k] = kind;
  }
  free(todo);
  free(reached);
  free(sizes);
}

SideKind *side_units(const IrProgram *p) {
  Tree t = {.p = p, .nunits = pg_nunits(p)};
  SideKind *kinds = hp_calloc(t.nunits, sizeof *kinds);
  t.size = hp_calloc(t.nunits, sizeof *t.size);
  t.has_main = hp_calloc(t.nunits, sizeof *t.has_main);
  find_definitions(&t);
  measure(&t);
  sort_units(&t, kinds);
  named_free(&t.definitions);
  free(t.size);
  free(t.has_main);
  return kinds;
}
