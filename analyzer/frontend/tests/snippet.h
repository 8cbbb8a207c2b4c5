/* C snippets through the whole front end, for the tests: every unit that comes out is verified. */
#ifndef HPLINT_FRONTEND_TESTS_SNIPPET_H
#define HPLINT_FRONTEND_TESTS_SNIPPET_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/frontend/frontend.h"
#include "ir/analysis.h"
#include "ir/text.h"
#include "ir/verify.h"

#include <stdlib.h>
#include <string.h>

typedef struct Snippet {
  FrontendOutput out;
  IrUnit *unit;
  char *text; /* the unit as text */
} Snippet;

static Frontend *shared;

static int open_frontend(void **state) {
  (void)state;
  shared = frontend_new();
  return 0;
}

static int close_frontend(void **state) {
  (void)state;
  frontend_free(shared);
  return 0;
}

static void check_unit(Snippet *s) {
  s->unit = s->out.unit;
  if (!s->unit)
    return;
  HpError err = {0};
  if (!ir_verify(s->unit, &err))
    fail_msg("%s", err.text);
  HpBuf text = {0};
  ir_print_unit(&text, s->unit);
  s->text = hp_buf_take(&text);
}

/* Any status. */
static Snippet run_any(const char *code) {
  static const char *const flags[] = {"-std=gnu17", "-O1"};
  FrontendInput in = {.file = TEST_BIN_DIR "/snippet.c",
                      .directory = TEST_BIN_DIR,
                      .args = flags,
                      .nargs = 2,
                      .unsaved = code,
                      .unsaved_size = strlen(code)};
  Snippet s = {0};
  frontend_run(shared, &in, &s.out);
  check_unit(&s);
  return s;
}

/* Code that is right. */
static inline Snippet run_code(const char *code) {
  Snippet s = run_any(code);
  if (s.out.status != FRONTEND_OK)
    fail_msg("%s", s.out.reason);
  return s;
}

static void drop(Snippet *s) {
  free(s->text);
  frontend_output_free(&s->out);
}

static inline const IrFunction *function(const Snippet *s, const char *name) {
  for (uint32_t i = 0; i < s->unit->nfunctions; i++)
    if (!strcmp(ir_function_name(s->unit, &s->unit->functions[i]), name))
      return &s->unit->functions[i];
  fail_msg("no function %s", name);
  return NULL;
}

static inline uint32_t count_op(const IrFunction *fn, IrOp op) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < fn->ninsns; i++)
    count += fn->insns[i].op == op;
  return count;
}

static inline uint32_t count_loops(const Snippet *s, const IrFunction *fn) {
  HpArena *arena = hp_arena_new();
  uint32_t loops = ir_analyse(s->unit, fn, arena)->nloops;
  hp_arena_free(arena);
  return loops;
}

/* Loops that the front end marked, with the line of the first one. */
static inline uint32_t marked_loops(const IrFunction *fn, uint32_t *line) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < fn->nblocks; i++)
    if (ir_block_info(fn, &fn->blocks[i])->flags & IR_BLOCK_LOOP && !count++)
      *line = ir_loc(fn, ir_block_info(fn, &fn->blocks[i])->loc).line;
  return count;
}

/* Text of one function; on the heap. */
static inline char *text_of(const Snippet *s, const char *name) {
  char *head = hp_format("function @%s(", name);
  const char *at = strstr(s->text, head), *end = at ? strstr(at, "\n}") : NULL;
  free(head);
  if (!end)
    fail_msg("no function %s in the text", name);
  return hp_strndup(at, (size_t)(end - at));
}

static inline void expect_text(const Snippet *s, const char *name, const char *what) {
  char *text = text_of(s, name);
  if (!strstr(text, what))
    fail_msg("`%s` is not in:\n%s", what, text);
  free(text);
}

static inline void expect_no_text(const Snippet *s, const char *name, const char *what) {
  char *text = text_of(s, name);
  if (strstr(text, what))
    fail_msg("`%s` is in:\n%s", what, text);
  free(text);
}

static inline const IrSymbol *symbol(const Snippet *s, const char *name) {
  for (uint32_t i = 0; i < s->unit->nsymbols; i++)
    if (!strcmp(ir_str(s->unit, s->unit->symbols[i].name), name))
      return &s->unit->symbols[i];
  fail_msg("no symbol %s", name);
  return NULL;
}

static inline const IrRecord *record(const Snippet *s, const char *name) {
  for (uint32_t i = 0; i < s->unit->nrecords; i++)
    if (!strcmp(ir_str(s->unit, s->unit->records[i].name), name))
      return &s->unit->records[i];
  fail_msg("no record %s", name);
  return NULL;
}

/* Names of the functions called, in order, with spaces between. */
static inline void expect_calls(const Snippet *s, const char *name, const char *expected) {
  const IrFunction *fn = function(s, name);
  HpBuf calls = {0};
  for (uint32_t i = 0; i < fn->ninsns; i++)
    if (fn->insns[i].op == IR_CALL)
      hp_buf_addf(&calls, "%s%s", calls.length ? " " : "",
                  ir_str(s->unit, s->unit->symbols[fn->insns[i].aux].name));
  assert_string_equal(hp_buf_text(&calls), expected);
  hp_buf_free(&calls);
}

#endif
