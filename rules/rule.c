/* The rule table, and what rules use to report: findings, texts, places, facts and cost sites. */
#include "rules/rule.h"

#include "rules/heat.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RULE(id) extern const Rule rule_##id;
#include "rules/table.def"
#undef RULE

const Rule *const rules[] = {
#define RULE(id) &rule_##id,
#include "rules/table.def"
#undef RULE
};
const uint32_t nrules = sizeof rules / sizeof *rules;

/* ---- names ----------------------------------------------------------------------------------- */

const Rule *rule_find(const char *id_or_name) {
  for (uint32_t i = 0; i < nrules; i++)
    if (!strcasecmp(rules[i]->id, id_or_name) || !strcasecmp(rules[i]->name, id_or_name))
      return rules[i];
  return NULL;
}

const char *rule_nearest(const char *word) {
  const char *best = rules[0]->id;
  for (uint32_t i = 0; i < nrules; i++) {
    const char *words[] = {best, rules[i]->id, rules[i]->name};
    best = hp_nearest(word, words, 3);
  }
  return best;
}

/* ---- reporting ------------------------------------------------------------------------------- */

Finding *report_add(Report *r, const IrUnit *unit, IrLoc loc) {
  Finding *f = HP_NEW(r->arena, Finding, 1);
  *f = (Finding){
      .rule = r->current,
      .item = r->item,
      .unit = unit,
      .loc = loc,
      .func = IR_NONE,
      .loop = IR_NONE,
      .record = IR_NONE,
      .message = "",
      .help = "",
      .severity = SEVERITY_MEDIUM,
      .confidence = CONFIDENCE_HIGH,
      .growth = GROWTH_PER_ITERATION,
      .cost = COST_COMPUTE,
      .show = SHOW_LISTED,
      .bound_factor = 1,
      .saving_why = "",
      .anchor = "",
  };
  HP_GROW(r->findings, r->count, r->cap);
  r->findings[r->count++] = f;
  return f;
}

const char *report_format(Report *r, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  const char *text = hp_arena_vformat(r->arena, fmt, ap);
  va_end(ap);
  return text;
}

static bool same_place(const RulePlace *p, const IrUnit *unit, IrLoc loc) {
  return p->unit == unit && p->loc.file == loc.file && p->loc.line == loc.line &&
         p->loc.column == loc.column;
}

/* A place that is there already keeps its first text; places without a line are of no use. */
void finding_place(Report *r, Finding *f, const IrUnit *unit, IrLoc loc, const char *fmt, ...) {
  if (loc.line == 0 || f->nplaces == RULE_MAX_PLACES)
    return;
  for (uint32_t i = 0; i < f->nplaces; i++)
    if (same_place(&f->places[i], unit, loc))
      return;
  va_list ap;
  va_start(ap, fmt);
  f->places[f->nplaces++] = (RulePlace){loc, unit, hp_arena_vformat(r->arena, fmt, ap)};
  va_end(ap);
}

void finding_fact(Finding *f, const char *name, double value, const char *unit) {
  if (f->nfacts < RULE_MAX_FACTS)
    f->facts[f->nfacts++] = (RuleFact){name, value, unit, NULL};
}

void finding_fact_text(Finding *f, const char *name, const char *text) {
  if (f->nfacts < RULE_MAX_FACTS)
    f->facts[f->nfacts++] = (RuleFact){name, 0, "", text};
}

void finding_site(Finding *f, const IrUnit *unit, IrLoc loc, PgFunc func, bool inclusive) {
  if (loc.line == 0 || f->nsites == RULE_MAX_SITES)
    return;
  for (uint32_t i = 0; i < f->nsites; i++) {
    const RuleSite *s = &f->sites[i];
    if (s->unit == unit && s->loc.file == loc.file && s->loc.line == loc.line &&
        s->loc.column == loc.column && s->inclusive == inclusive)
      return;
  }
  f->sites[f->nsites++] = (RuleSite){loc, unit, func, inclusive};
}

void finding_in_loop(Finding *f, const IrProgram *p, PgFunc func, uint32_t loop) {
  f->func = func;
  f->loop = loop;
  f->cold = loop == IR_NONE ? heat_cold_function(p, func) : heat_cold_loop(p, func, loop);
}
