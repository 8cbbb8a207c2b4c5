/* One tree, several programs: a server, its client and its benchmark each define main, and some
 * other names too. A unit that calls such a name without defining it means a definition that can be
 * linked with it: no unit that defines something else under a name that this unit defines as well.
 * Where several remain the unit belongs to several programs, and the call is one of them. */
#include "ir/program_parts.h"

#include <stdlib.h>

static bool defines(const IrProgram *p, uint32_t unit, IrSymId s) {
  return p->units[unit]->symbols[s].flags & (IR_SYM_DEFINED | IR_SYM_INTERNAL);
}

static bool has_rivals(const IrProgram *p, PgFunc f) {
  return f != IR_NONE && p->alternative[f] != f;
}

/* Units with other definitions of what this one defines get their number, plus one. */
static void mark_rivals(const IrProgram *p, uint32_t unit, uint32_t *mark) {
  const IrUnit *u = p->units[unit];
  for (IrSymId s = 0; s < u->nsymbols; s++) {
    PgFunc own = p->func_of[unit][s];
    bool may_differ = u->symbols[s].flags & (IR_SYM_INTERNAL | IR_SYM_INLINE);
    if (may_differ || !has_rivals(p, own) || !defines(p, unit, s))
      continue;
    for (PgFunc f = p->alternative[own]; f != own; f = p->alternative[f])
      mark[pg_unit_index(p, p->funcs[f].unit)] = unit + 1;
  }
}

static void add_choice(IrProgram *p, uint32_t what) {
  HP_GROW(p->chosen, p->nchosen, p->chosen_cap);
  p->chosen[p->nchosen++] = what;
}

static uint64_t choice_key(uint32_t unit, IrSymId sym) {
  return ((uint64_t)unit << 32 | sym) + 1;
}

static void choose(IrProgram *p, uint32_t unit, IrSymId sym, const uint32_t *mark) {
  uint32_t at = p->nchosen;
  PgFunc first = p->func_of[unit][sym], f = first;
  add_choice(p, 0);
  do {
    if (p->funcs[f].fn && mark[pg_unit_index(p, p->funcs[f].unit)] != unit + 1)
      add_choice(p, f);
    f = p->alternative[f];
  } while (f != first);
  uint32_t n = p->nchosen - at - 1;
  if (n)
    p->func_of[unit][sym] = p->chosen[at + 1];
  p->chosen[at] = n;
  if (n > 1)
    *pg_map_at(&p->choices, choice_key(unit, sym)) = at;
  else
    p->nchosen = at;
}

void pg_choose_alternatives(IrProgram *p) {
  uint32_t *mark = hp_calloc(p->nunits + 1, sizeof *mark);
  for (uint32_t unit = 0; unit < p->nunits; unit++) {
    bool marked = false;
    for (IrSymId s = 0; s < p->units[unit]->nsymbols; s++) {
      if (!has_rivals(p, p->func_of[unit][s]) || defines(p, unit, s))
        continue;
      if (!marked)
        mark_rivals(p, unit, mark);
      marked = true;
      choose(p, unit, s, mark);
    }
  }
  free(mark);
}

const PgFunc *pg_choices(const IrProgram *p, uint32_t unit, IrSymId sym, uint32_t *count) {
  uint32_t at = pg_map_get(&p->choices, choice_key(unit, sym));
  if (at == IR_NONE)
    return NULL;
  *count = p->chosen[at];
  return p->chosen + at + 1;
}
