/* HP602 libm-misuse: powers that a product or a square root gives, functions for double on float
 * values whose result becomes a float again, and float arithmetic that a double constant turns into
 * double and back. What compilers fold anyway is left out: pow(x, 2), exact functions such as
 * floor and sqrt, constants that a float holds exactly. */
#include "rules/heat.h"
#include "rules/share.h"
#include "rules/touch.h"
#include "rules/way.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const char page_HP602[];

enum { MAX_EXPONENT = 8, DEPTH = 6, MAX_LEAVES = 16, MAX_LOOPS = 64, FEW_TRIPS = 8 };

typedef struct Place {
  const IrProgram *p;
  const PgFunction *pf;
  PgFunc func;
  IrInsnId insn;
  uint32_t loop; /* IR_NONE */
} Place;

static uint64_t float_bytes(const IrUnit *u, IrTypeId type) {
  return u->types[type].kind == IR_T_FLOAT ? u->types[type].size : 0;
}

static bool float_const(const IrFunction *fn, IrRef ref, double *value) {
  if (ir_ref_kind(ref) != IR_REF_CONST)
    return false;
  const IrConst *c = &fn->consts[ir_ref_index(ref)];
  *value = c->is_float ? c->u.f : (double)c->u.i;
  return true;
}

/* Where it is worth a word: in a loop, or in a function that loops call. */
static bool is_hot(const Place *at) {
  const IrAnalysis *an = at->pf->an;
  bool few = at->loop != IR_NONE && an->loops[at->loop].trip == IR_TRIP_CONST &&
             an->loops[at->loop].count <= FEW_TRIPS && an->loops[at->loop].depth == 1;
  return !an->cold[an->block_of[at->insn]] && !few && (at->loop != IR_NONE || at->pf->heat > 0);
}

static const double WORTH_A_LETTER = 0.05; /* of the iteration: the change is an f */
static const double LIBM_CYCLES = 60;      /* of a function for double */
/* Between float and double: one more instruction among others, unless the next iteration waits for
 * it. */
static const double CONVERSION_CYCLES = 0.35, CARRIED_CYCLES = 5;

/* The text is compiled several times, for other types of elements too: an advice for one type is
 * none for the text. */
static bool is_template(const PgFunction *pf) {
  const IrUnit *u = pf->unit;
  for (uint32_t i = 0; i < u->nfunctions; i++) {
    const IrFunction *other = &u->functions[i];
    if (other->sym != pf->fn->sym && other->name_loc.file == pf->fn->name_loc.file &&
        other->name_loc.line == pf->fn->name_loc.line)
      return true;
  }
  return false;
}

/* Low where the rest of the iteration takes far longer than the `cycles` that are in question, of
 * which so many can be saved. */
static void weigh(const Place *at, Finding *f, double cycles, double saved) {
  if (at->loop == IR_NONE)
    return;
  double often = heat_per_iteration(at->pf->an, at->loop, at->pf->an->block_of[at->insn]);
  double rest = share_iteration_cycles(at->p, at->pf, at->loop);
  bool guessed = share_is_guess(at->pf->an, at->loop);
  share_tell(f, often * saved / (rest + often * cycles), guessed ? SHARE_GUESSED : WORTH_A_LETTER);
}

static Finding *begin(const Place *at, Report *r) {
  Finding *f = report_add(r, at->pf->unit, place_of(at->pf->fn, at->insn));
  finding_in_loop(f, at->p, at->func, at->loop);
  f->severity = f->cold ? SEVERITY_LOW : SEVERITY_MEDIUM;
  if (at->loop != IR_NONE)
    finding_place(r, f, at->pf->unit, place_of_loop(at->pf->an, at->loop),
                  "in the iterations of this loop");
  else /* how often callers call is a guess */
    f->show = SHOW_LOW;
  return f;
}

/* ---- powers ---------------------------------------------------------------------------------- */

/* How to write the power without pow; NULL when compilers do it or it is none of these. */
static const char *instead_of(double exponent, const char *root) {
  double whole = floor(exponent), part = exponent - whole;
  if (exponent == 2 || exponent == 1 || exponent == 0 || exponent == -1 ||
      fabs(exponent) > MAX_EXPONENT || (part != 0 && part != 0.5))
    return NULL;
  if (part == 0)
    return exponent < 0 ? "1 over a product of it with itself" : "a product of it with itself";
  if (exponent == 0.5)
    return root;
  return exponent == -0.5 ? "1 over its square root" : "its square root times a product";
}

static void check_power(const Place *at, const char *name, Report *r) {
  const PgFunction *pf = at->pf;
  const IrInsn *in = &pf->fn->insns[at->insn];
  double exponent;
  bool single = !strcmp(name, "powf");
  if (in->nargs != 2 || !float_const(pf->fn, ir_arg(pf->fn, in, 1), &exponent))
    return;
  const char *instead = instead_of(exponent, single ? "sqrtf" : "sqrt");
  if (!instead || ir_ref_kind(ir_arg(pf->fn, in, 0)) == IR_REF_CONST)
    return;
  Finding *f = begin(at, r);
  f->message = report_format(r, "%s with the exponent %g takes some 20 ns, %s a few", name,
                             exponent, instead);
  f->help = exponent == floor(exponent) ? "multiply, with a variable for the square"
                                        : report_format(r, "use %s%s", single ? "sqrtf" : "sqrt",
                                                        exponent == 0.5 ? "" : " and a product");
  finding_fact(f, "exponent", exponent, "");
  finding_fact(f, at->loop == IR_NONE ? "calls per call" : "calls per iteration", 1, "calls");
  finding_site(f, pf->unit, place_of(pf->fn, at->insn), at->func, true);
  f->witness = WITNESS_CALL;
  f->saving = 0.9;
  f->saving_why = "two products or a square root instead of a logarithm and an exponential";
  f->anchor = report_format(r, "%s %g", name, exponent);
  weigh(at, f, LIBM_CYCLES, LIBM_CYCLES * f->saving);
}

/* ---- functions for double -------------------------------------------------------------------- */

/* Those whose float form gives another result in the last digit, so that no compiler takes it. */
static bool has_float_form(const char *name) {
  static const char *const names[] = {"sin",  "cos",   "tan",  "asin",  "acos",  "atan",  "atan2",
                                      "sinh", "cosh",  "tanh", "asinh", "acosh", "atanh", "exp",
                                      "exp2", "expm1", "log",  "log2",  "log10", "log1p", "pow",
                                      "cbrt", "hypot", "erf",  "erfc",  "fmod",  "tgamma"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(name, names[i]))
      return true;
  return false;
}

static bool is_from_float(const PgFunction *pf, IrRef ref) {
  const IrInsn *in = ir_def(pf->fn, ref);
  return ir_is(in, IR_CONV) &&
         float_bytes(pf->unit, ir_ref_type(pf->unit, pf->fn, ir_arg(pf->fn, in, 0))) == 4;
}

/* All that is done with the value is to make a float of it. */
static bool becomes_float(const PgFunction *pf, IrInsnId value) {
  const IrAnalysis *an = pf->an;
  for (uint32_t k = an->uses_at[value]; k < an->uses_at[value + 1]; k++) {
    const IrInsn *use = &pf->fn->insns[an->uses[k]];
    if (use->op != IR_CONV || float_bytes(pf->unit, use->type) != 4)
      return false;
  }
  return an->uses_at[value] < an->uses_at[value + 1];
}

static bool check_double_call(const Place *at, const char *name, Report *r) {
  const PgFunction *pf = at->pf;
  const IrInsn *in = &pf->fn->insns[at->insn];
  bool some = false;
  double value;
  if (!has_float_form(name) || !becomes_float(pf, at->insn) || is_template(pf))
    return false;
  for (uint32_t i = 0; i < in->nargs; i++) {
    IrRef arg = ir_arg(pf->fn, in, i);
    some |= is_from_float(pf, arg);
    if (!is_from_float(pf, arg) && !float_const(pf->fn, arg, &value))
      return false;
  }
  if (!some)
    return false;
  Finding *f = begin(at, r);
  f->message = report_format(r,
                             "%s works in double on a float and its result becomes a float: two "
                             "conversions and a function that is some 2 times slower than %sf",
                             name, name);
  f->help = report_format(r, "call %sf", name);
  finding_fact(f, at->loop == IR_NONE ? "conversions per call" : "conversions per iteration", 2,
               "");
  finding_fact(f, at->loop == IR_NONE ? "calls per call" : "calls per iteration", 1, "calls");
  finding_site(f, pf->unit, place_of(pf->fn, at->insn), at->func, true);
  f->witness = WITNESS_CALL;
  f->saving = 0.5;
  f->saving_why = "float functions of the C library take about half the time of those for double";
  f->anchor = report_format(r, "double %s", name);
  weigh(at, f, LIBM_CYCLES, LIBM_CYCLES * f->saving);
  return true;
}

/* ---- double constants ------------------------------------------------------------------------ */

/* Double arithmetic between float operands and constants. */
typedef struct Mixed {
  const PgFunction *pf;
  IrRef floats[MAX_LEAVES]; /* what is converted to double */
  uint32_t nfloats, constants, inexact, operations;
  double constant; /* the first one that a float does not hold exactly */
} Mixed;

static bool mix(Mixed *m, IrRef ref, unsigned depth) {
  const IrFunction *fn = m->pf->fn;
  double c;
  if (float_const(fn, ref, &c)) {
    m->constants++;
    if ((double)(float)c != c && m->inexact++ == 0)
      m->constant = c;
    return true;
  }
  const IrInsn *in = ir_def(fn, ref);
  if (!in || depth == 0 || m->nfloats == MAX_LEAVES || m->constants > MAX_LEAVES)
    return false;
  if (is_from_float(m->pf, ref)) {
    m->floats[m->nfloats++] = ir_arg(fn, in, 0);
    return true;
  }
  if (float_bytes(m->pf->unit, in->type) != 8)
    return false;
  if (in->op != IR_ADD && in->op != IR_SUB && in->op != IR_MUL && in->op != IR_DIV)
    return false;
  m->operations++;
  return mix(m, ir_arg(fn, in, 0), depth - 1) && mix(m, ir_arg(fn, in, 1), depth - 1);
}

static bool is_mixed(const Place *at, Mixed *m) {
  const PgFunction *pf = at->pf;
  const IrInsn *in = &pf->fn->insns[at->insn];
  if (in->flags & IR_INSN_EXPLICIT || float_bytes(pf->unit, in->type) != 4)
    return false;
  *m = (Mixed){.pf = pf};
  return mix(m, ir_arg(pf->fn, in, 0), DEPTH) && m->operations && m->nfloats && m->inexact;
}

/* Values that an iteration converts to double: compilers convert one only once. */
typedef struct Converted {
  IrRef *refs;
  uint32_t count, cap;
} Converted;

static void convert(Converted *c, const IrFunction *fn, IrRef value) {
  for (uint32_t i = 0; i < c->count; i++)
    if (touch_same_pointer(fn, c->refs[i], value))
      return;
  HP_GROW(c->refs, c->count, c->cap);
  c->refs[c->count++] = value;
}

enum { SHORT_TRIPS = 64 }; /* a few hundred cycles at most */

/* What is converted comes from the iteration before: sum = sum * 0.9 + x. */
static bool is_carried(const Place *at, const Mixed *m) {
  const IrAnalysis *an = at->pf->an;
  for (uint32_t i = 0; i < m->nfloats; i++)
    if (ir_is(ir_def(an->fn, m->floats[i]), IR_PHI) &&
        an->block_of[ir_ref_index(m->floats[i])] == an->loops[at->loop].header)
      return true;
  return false;
}

static void report_constants(const Place *at, const Mixed *m, uint32_t conversions, Report *r) {
  const PgFunction *pf = at->pf;
  Finding *f = begin(at, r);
  f->message = report_format(r,
                             "the constant %.9g is a double: float values become double and the "
                             "result a float again, %u conversions per iteration",
                             m->constant, conversions);
  f->help =
      report_format(r, "write %.9gf, if the last digit of the result does not matter", m->constant);
  finding_fact(f, "conversions per iteration", conversions, "");
  finding_site(f, pf->unit, place_of(pf->fn, at->insn), at->func, false);
  f->witness = WITNESS_ROUND;
  f->confidence = CONFIDENCE_MEDIUM;
  f->saving = 0.5;
  f->saving_why = "nothing is converted, and vectors hold twice as many floats as doubles";
  f->anchor = report_format(r, "constant %g", m->constant);
  const uint32_t waits = is_carried(at, m) ? 2 : 0; /* there and back */
  double cycles = waits * CARRIED_CYCLES + (conversions - waits) * CONVERSION_CYCLES;
  weigh(at, f, cycles, cycles);
  if (pg_most_trips(at->p, at->func, at->loop) <= SHORT_TRIPS)
    f->show = SHOW_LOW;
}

/* ---- functions ------------------------------------------------------------------------------- */

/* Conversions because of constants, in the order of the text. */
typedef struct Constant {
  Place at;
  Mixed mixed;
} Constant;

typedef struct Constants {
  Constant *items;
  uint32_t count, cap;
} Constants;

static void add_constant(Constants *list, const Place *at) {
  Mixed m;
  if (at->loop == IR_NONE || !is_mixed(at, &m) || !is_hot(at) || is_template(at->pf) ||
      ir_once_a_loop(at->pf->an, at->loop, at->pf->an->block_of[at->insn]))
    return;
  HP_GROW(list->items, list->count, list->cap);
  list->items[list->count++] = (Constant){*at, m};
}

/* Those of the operands that are not `seen` yet, and the one of the result. What the loop does not
 * change is converted before it: where that holds for all operands, 0. */
static uint32_t conversions_of(const Constant *c, Converted *seen) {
  const IrAnalysis *an = c->at.pf->an;
  uint32_t before = seen->count;
  bool changes = false;
  for (uint32_t i = 0; i < c->mixed.nfloats; i++) {
    if (ir_loop_invariant(an, c->at.loop, c->mixed.floats[i]))
      continue;
    changes = true;
    convert(seen, an->fn, c->mixed.floats[i]);
  }
  return seen->count - before + changes;
}

/* One finding a loop, at the first place: all conversions of the way with the most of them. */
static void report_loop_constants(const Constants *list, uint32_t loop, double *weight,
                                  bool *on_way, Report *r) {
  const Constant *first = NULL;
  uint32_t conversions = 0;
  const IrAnalysis *an = list->items[0].at.pf->an;
  Converted seen = {0};
  memset(weight, 0, an->fn->nblocks * sizeof *weight);
  for (uint32_t i = 0; i < list->count; i++, seen.count = 0)
    if (list->items[i].at.loop == loop)
      weight[an->block_of[list->items[i].at.insn]] += conversions_of(&list->items[i], &seen);
  way_of_most(an, loop, weight, on_way);
  for (uint32_t i = 0; i < list->count; i++) {
    const Constant *c = &list->items[i];
    if (c->at.loop != loop || !on_way[an->block_of[c->at.insn]])
      continue;
    uint32_t more = conversions_of(c, &seen);
    first = first || !more ? first : c;
    conversions += more;
  }
  if (first)
    report_constants(&first->at, &first->mixed, conversions, r);
  free(seen.refs);
}

static void report_all_constants(const Constants *list, Report *r) {
  if (!list->count)
    return;
  const IrAnalysis *an = list->items[0].at.pf->an;
  double *weight = hp_malloc(an->fn->nblocks * sizeof *weight);
  bool *on_way = hp_malloc(an->fn->nblocks * sizeof *on_way);
  for (uint32_t loop = 0; loop < an->nloops; loop++)
    report_loop_constants(list, loop, weight, on_way, r);
  free(weight);
  free(on_way);
}

/* One finding of calls a loop (or function outside of loops) and callee. */
typedef struct Seen {
  struct {
    uint32_t loop;
    PgFunc callee;
  } pairs[MAX_LOOPS];
  uint32_t count;
} Seen;

static bool is_seen(const Seen *seen, uint32_t loop, PgFunc callee) {
  for (uint32_t i = 0; i < seen->count; i++)
    if (seen->pairs[i].loop == loop && seen->pairs[i].callee == callee)
      return true;
  return false;
}

static void remember(Seen *seen, uint32_t loop, PgFunc callee) {
  if (seen->count == MAX_LOOPS)
    return;
  seen->pairs[seen->count].loop = loop;
  seen->pairs[seen->count++].callee = callee;
}

static void check_call(const Place *at, Seen *seen, Report *r) {
  const PgFunction *pf = at->pf;
  PgFunc callee = pg_callee(at->p, pf->unit, pf->fn, &pf->fn->insns[at->insn]);
  if (callee == IR_NONE || pg_func(at->p, callee)->fn || !is_hot(at))
    return;
  const char *name = pg_func(at->p, callee)->name;
  name = strncmp(name, "__builtin_", 10) ? name : name + 10;
  bool power = !strcmp(name, "pow") || !strcmp(name, "powf");
  uint32_t before = r->count;
  if ((!power && !has_float_form(name)) || is_seen(seen, at->loop, callee))
    return;
  if (!check_double_call(at, name, r) && power)
    check_power(at, name, r);
  if (r->count > before)
    remember(seen, at->loop, callee);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  Constants constants = {0};
  Seen seen = {.count = 0};
  for (IrInsnId i = 0; pf->an && i < pf->fn->ninsns; i++) {
    const IrInsn *in = &pf->fn->insns[i];
    Place at = {p, pf, func, i, pf->an->loop_of[pf->an->block_of[i]]};
    if (in->op == IR_CONV) {
      add_constant(&constants, &at);
      continue;
    }
    if (in->op == IR_CALL && float_bytes(pf->unit, in->type))
      check_call(&at, &seen, r);
  }
  report_all_constants(&constants, r);
  free(constants.items);
}

const Rule rule_HP602 = {
    .id = "HP602",
    .name = "libm-misuse",
    .summary = "powers and functions for double where a product or a float function does",
    .check_function = check,
    .page = page_HP602,
};
