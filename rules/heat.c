/* How often code runs, by what the program's text tells. A loop in a function that runs once is not
 * cold for that: most programs do their work in such loops. Cold are error paths, functions called
 * only from there, and start-up work, which is told by its bound (argc, a small constant) or the
 * name of a function that runs once. */
#include "rules/heat.h"

#include "rules/calls.h"

#include <ctype.h>
#include <string.h>

enum { CALLERS_UP = 3, CALLEES_DOWN = 2, FEW_STEPS = 64, SMALL_INNER = 4 };
static const double MOSTLY = 0.5;

/* Where a word of a name begins: init_tables, serverInit, sqlite3Init. */
static bool begins_word(const char *name, const char *at) {
  return at == name || !isalpha((unsigned char)at[-1]) ||
         (isupper((unsigned char)*at) && islower((unsigned char)at[-1]));
}

/* What runs when memory is gone or the program gives up. */
static bool names_trouble(const char *name) {
  static const char *const words[] = {"oom", "nomem", "outofmemory", "panic", "fatal"};
  static const char initials[] = "onpfONPF";
  /* Asked of every caller of every callee: most names hold no such word, and few letters begin one.
   */
  for (const char *at = name; *(at += strcspn(at, initials)); at++)
    for (size_t w = 0; begins_word(name, at) && w < sizeof words / sizeof *words; w++) {
      size_t length = strlen(words[w]);
      if (!strncasecmp(at, words[w], length) && !islower((unsigned char)at[length]))
        return true;
    }
  return false;
}

static bool cold_function(const IrProgram *p, PgFunc func, int up) {
  const PgFunction *pf = pg_func(p, func);
  if (names_trouble(pf->name) ||
      (pf->symbol && pf->symbol->flags & (IR_SYM_COLD | IR_SYM_NORETURN)))
    return true;
  if (!pf->ncallers || up == 0 || (pf->symbol && pf->symbol->flags & IR_SYM_ADDRESS_TAKEN))
    return false;
  bool called = false; /* by others than itself */
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = pg_call(p, pf->callers[i]);
    if (call->caller == func)
      continue;
    called = true;
    const IrAnalysis *an = pg_func(p, call->caller)->an;
    if (!an || (!an->cold[an->block_of[call->insn]] && !cold_function(p, call->caller, up - 1)))
      return false;
  }
  return called && !pf->once;
}

bool heat_cold_function(const IrProgram *p, PgFunc func) {
  return cold_function(p, func, CALLERS_UP);
}

bool heat_cold_block(const IrProgram *p, PgFunc func, IrBlockId block) {
  return pg_func(p, func)->an->cold[block] || heat_cold_function(p, func);
}

/* "init", "setup" and their kind as a word of a name: init_tables, serverInit, parse_args. */
static bool names_start_up(const char *name) {
  static const char *const words[] = {"init",  "setup",   "startup",   "parseargs", "parseopt",
                                      "usage", "cmdline", "parse_arg", "parse_opt", "printhelp"};
  for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
    size_t length = strlen(words[w]);
    for (const char *at = name; *at; at++) {
      if (strncasecmp(at, words[w], length))
        continue;
      bool ends = !islower((unsigned char)at[length]) || w > 2;
      if (begins_word(name, at) && ends)
        return true;
    }
  }
  return false;
}

/* The loop counts up to main's first parameter. */
static bool bound_is_argc(const PgFunction *pf, const IrLoop *loop) {
  if (strcmp(pf->name, "main") != 0 || loop->trip != IR_TRIP_SYMBOLIC)
    return false;
  const IrInsn *in = ir_def(pf->fn, loop->bound);
  while (ir_is(in, IR_CONV) || ir_is(in, IR_SUB) || ir_is(in, IR_ADD))
    in = ir_def(pf->fn, ir_arg(pf->fn, in, 0));
  return ir_is(in, IR_PARAM) && in->aux == 0;
}

bool heat_cold_loop(const IrProgram *p, PgFunc func, uint32_t loop) {
  const PgFunction *pf = pg_func(p, func);
  const IrLoop *l = &pf->an->loops[loop];
  if (heat_cold_block(p, func, l->header))
    return true;
  if (!pf->once || l->depth > 1)
    return false;
  if (l->trip == IR_TRIP_CONST && l->count <= FEW_STEPS)
    return true;
  return bound_is_argc(pf, l) || names_start_up(pf->name);
}

uint32_t heat_nest(const IrProgram *p, PgFunc func, uint32_t loop) {
  const PgFunction *pf = pg_func(p, func);
  uint32_t around = 0; /* loops in callers */
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = pg_call(p, pf->callers[i]);
    if (call->loop_depth > around)
      around = call->loop_depth;
  }
  return around + (loop == IR_NONE ? 0 : pf->an->loops[loop].depth);
}

double heat_per_iteration(const IrAnalysis *an, uint32_t loop, IrBlockId block) {
  double header = an->freq[an->loops[loop].header];
  return header > 0 ? an->freq[block] / header : 0;
}

bool heat_every_iteration(const IrAnalysis *an, uint32_t loop, IrBlockId block) {
  const IrLoop *l = &an->loops[loop];
  for (uint32_t i = 0; i < l->nlatches; i++)
    if (!ir_dominates(an->idom, block, l->latches[i]))
      return false;
  return ir_loop_contains(an, loop, block);
}

static bool call_waits(const IrProgram *p, const PgFunction *pf, const IrInsn *call, int down);

static bool block_waits(const IrProgram *p, const PgFunction *pf, IrBlockId id, int down) {
  const IrBlock *block = &pf->fn->blocks[id];
  for (uint32_t i = 0; i < block->count; i++) {
    const IrInsn *in = &pf->fn->insns[block->first + i];
    if ((in->op == IR_CALL || in->op == IR_CALLP) && call_waits(p, pf, in, down))
      return true;
  }
  return false;
}

bool heat_call_often(const IrProgram *p, const PgCall *call) {
  static const double often = 0.15;
  const IrAnalysis *an = pg_func(p, call->caller)->an;
  const IrBlockId block = an->block_of[call->insn];
  const uint32_t loop = an->loop_of[block];
  const double one = loop == IR_NONE ? an->freq[0] : an->freq[an->loops[loop].header];
  return an->freq[block] >= often * one;
}

/* A summary says what may happen; one level further down the cold blocks can be told apart. */
static bool call_waits(const IrProgram *p, const PgFunction *pf, const IrInsn *call, int down) {
  if (!(pg_summary(p, pf->unit, pf->fn, call)->flags & (PG_IO | PG_BLOCKS)))
    return false;
  PgFunc callee = pg_callee(p, pf->unit, pf->fn, call);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(p, callee);
  if (!cf || !cf->fn || !cf->an || down == 0)
    return true;
  for (uint32_t b = 0; b < cf->fn->nblocks; b++)
    if (!cf->an->cold[b] && block_waits(p, cf, b, down - 1))
      return true;
  return false;
}

bool heat_call_waits(const IrProgram *p, const PgFunction *pf, const IrInsn *call) {
  return call_waits(p, pf, call, CALLEES_DOWN);
}

bool heat_loop_waits(const IrProgram *p, const PgFunction *pf, uint32_t loop) {
  const IrLoop *l = &pf->an->loops[loop];
  for (uint32_t b = 0; b < l->nblocks; b++)
    if (!pf->an->cold[l->blocks[b]] && block_waits(p, pf, l->blocks[b], CALLEES_DOWN))
      return true;
  return false;
}

bool heat_loop_reads(const IrProgram *p, const PgFunction *pf, uint32_t loop) {
  static const char *const readers[] = {"fgets", "fscanf", "scanf", "getline", "getdelim", "fread",
                                        "read",  "getc",   "fgetc", "getchar", "recv",     NULL};
  const IrLoop *l = &pf->an->loops[loop];
  for (uint32_t b = 0; b < l->nblocks; b++) {
    const IrBlock *block = &pf->fn->blocks[l->blocks[b]];
    for (uint32_t i = 0; i < block->count && !pf->an->cold[l->blocks[b]]; i++) {
      const IrInsn *in = &pf->fn->insns[block->first + i];
      if (in->op == IR_CALL && call_of_library(p, pf, in, readers) >= 0)
        return true;
    }
  }
  return false;
}

/* A character that was just read, compared with a constant that is not EOF. */
static bool is_delimiter_test(const IrProgram *p, const PgFunction *pf, const IrInsn *test) {
  static const char *const readers[] = {"getc", "fgetc", "getchar", NULL};
  int64_t number;
  if ((!ir_is(test, IR_EQ) && !ir_is(test, IR_NE)) ||
      !ir_const_int(pf->fn, ir_arg(pf->fn, test, 1), &number) || number == -1)
    return false;
  const IrInsn *in = ir_def(pf->fn, ir_arg(pf->fn, test, 0));
  while (ir_is(in, IR_CONV))
    in = ir_def(pf->fn, ir_arg(pf->fn, in, 0));
  return ir_is(in, IR_CALL) && call_of_library(p, pf, in, readers) >= 0;
}

bool heat_loop_reads_piece(const IrProgram *p, const PgFunction *pf, uint32_t loop) {
  const IrLoop *l = &pf->an->loops[loop];
  for (uint32_t i = 0; i < l->nexits; i++) {
    const IrBlock *block = &pf->fn->blocks[l->exits[i]];
    const IrInsn *end = &pf->fn->insns[block->first + block->count - 1];
    if (end->op == IR_BR && is_delimiter_test(p, pf, ir_def(pf->fn, ir_arg(pf->fn, end, 0))))
      return true;
  }
  return false;
}

static double much_in_block(const IrProgram *p, const PgFunction *pf, IrBlockId block, int down);

/* The function, called once, does more than a few steps: on most ways through it. */
static bool function_is_much(const IrProgram *p, const PgFunction *cf, int down) {
  double often = 0;
  for (uint32_t i = 0; i < cf->an->nloops; i++)
    if (cf->an->loops[i].depth == 1 && !cf->an->cold[cf->an->loops[i].header])
      return true;
  for (uint32_t b = 0; b < cf->fn->nblocks && down > 0; b++)
    if (!cf->an->cold[b] && cf->an->freq[b] > 0)
      often += cf->an->freq[b] * much_in_block(p, cf, b, down - 1);
  return often >= MOSTLY;
}

static bool call_is_much(const IrProgram *p, const PgFunction *pf, const IrInsn *in, int down) {
  if (in->op == IR_CALLP)
    return true;
  if (in->op != IR_CALL)
    return false;
  if (pg_summary(p, pf->unit, pf->fn, in)->flags & (PG_ALLOCATES | PG_FREES | PG_RECURSIVE))
    return true;
  PgFunc callee = pg_callee(p, pf->unit, pf->fn, in);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(p, callee);
  return (cf && cf->an && function_is_much(p, cf, down)) || heat_call_waits(p, pf, in);
}

/* 1 when some call of the block is much. */
static double much_in_block(const IrProgram *p, const PgFunction *pf, IrBlockId id, int down) {
  const IrBlock *block = &pf->fn->blocks[id];
  for (uint32_t i = 0; i < block->count; i++)
    if (call_is_much(p, pf, &pf->fn->insns[block->first + i], down))
      return 1;
  return 0;
}

/* Such blocks an iteration. */
static double much_in_loop(const IrProgram *p, const PgFunction *pf, uint32_t loop) {
  const IrLoop *l = &pf->an->loops[loop];
  double often = 0;
  for (uint32_t b = 0; b < l->nblocks; b++)
    if (!pf->an->cold[l->blocks[b]])
      often += heat_per_iteration(pf->an, loop, l->blocks[b]) *
               much_in_block(p, pf, l->blocks[b], CALLEES_DOWN);
  return often;
}

static bool block_calls_much(const IrProgram *p, const PgFunction *pf, IrBlockId id) {
  const IrBlock *block = &pf->fn->blocks[id];
  for (uint32_t i = 0; i < block->count && !pf->an->cold[id]; i++) {
    const IrInsn *in = &pf->fn->insns[block->first + i];
    bool itself = in->op == IR_CALL && in->aux == pf->fn->sym;
    if (!itself && call_is_much(p, pf, in, CALLEES_DOWN))
      return true;
  }
  return false;
}

bool heat_loop_calls_much(const IrProgram *p, const PgFunction *pf, uint32_t loop) {
  return much_in_loop(p, pf, loop) > 0;
}

bool heat_loop_mostly_calls(const IrProgram *p, const PgFunction *pf, uint32_t loop) {
  return much_in_loop(p, pf, loop) >= MOSTLY;
}

bool heat_function_calls_much(const IrProgram *p, const PgFunction *pf) {
  for (uint32_t b = 0; b < pf->fn->nblocks; b++)
    if (block_calls_much(p, pf, b))
      return true;
  return false;
}

bool heat_has_inner_loops(const IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  for (uint32_t i = 0; i < l->nchildren; i++) {
    const IrLoop *child = &an->loops[l->children[i]];
    if (!an->cold[child->header] && (child->trip != IR_TRIP_CONST || child->count > SMALL_INNER))
      return true;
  }
  return false;
}

RuleSeverity heat_severity(const Finding *f, const IrProgram *p) {
  if (f->cold)
    return SEVERITY_LOW;
  return heat_nest(p, f->func, f->loop) >= 2 ? SEVERITY_HIGH : SEVERITY_MEDIUM;
}
