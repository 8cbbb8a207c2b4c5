/* The table of loops: each line of the files in tests/loops/ that starts a loop or touches memory
 * in one says in a comment `//:` what is known about it. For a loop that is its trip count and what
 * it chases, for an access its class in every loop around it, from the innermost outwards. Both
 * ways: what is said must be found, and what is found must be said.
 *
 *   for (int i = 0; i < n; i++)   //: trip <= n
 *     sum += a[i].x;              //: load a[i].x strided 16
 *
 * HPLINT_ACCEPT=1 rewrites the comments; read what changed before it goes in. */
#include "analyzer/frontend/tests/snippet.h"

#include <stdio.h>

typedef struct Lines { /* what is known, by line of the file */
  char **text;
  uint32_t count;
} Lines;

static void say(Lines *lines, uint32_t line, const char *what) {
  assert_in_range(line, 1, lines->count);
  char *old = lines->text[line - 1];
  lines->text[line - 1] = old ? hp_format("%s; %s", old, what) : hp_strdup(what);
  free(old);
}

static uint32_t line_of(const IrFunction *fn, IrLocId loc) {
  return ir_loc(fn, loc).line;
}

/* ---- what the analysis knows ----------------------------------------------------------------- */

static void say_loop(Lines *lines, const IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  HpBuf out = {0};
  if (l->irreducible) {
    hp_buf_addf(&out, "irreducible, %u entries", l->nentries);
  } else if (l->trip == IR_TRIP_CONST) {
    hp_buf_addf(&out, "trip %llu", (unsigned long long)l->count);
  } else if (l->trip == IR_TRIP_SYMBOLIC) {
    hp_buf_add(&out, "trip <= ");
    ir_describe(&out, an->unit, an->fn, l->bound);
  } else {
    hp_buf_add(&out, "trip ?");
  }
  for (uint32_t i = 0; i < an->nchases; i++)
    if (an->chases[i].loop == loop) {
      hp_buf_add(&out, ", chases ");
      ir_describe(&out, an->unit, an->fn, ir_ref(IR_REF_VALUE, an->chases[i].phi));
    }
  say(lines, line_of(an->fn, l->loc), hp_buf_text(&out));
  hp_buf_free(&out);
}

static void put_class(HpBuf *out, const IrAnalysis *an, IrAccessInLoop in) {
  hp_buf_add(out, ir_access_class_name(in.cls));
  if (in.wraps)
    hp_buf_add(out, " wraps");
  if (in.cls == IR_AC_UNIT || in.cls == IR_AC_STRIDED)
    hp_buf_addf(out, " %lld", (long long)in.stride);
  if (in.cls == IR_AC_SYMBOLIC && ir_ref_kind(in.step_ref) != IR_REF_NONE) {
    hp_buf_addf(out, " %lld * ", (long long)in.stride);
    ir_describe(out, an->unit, an->fn, in.step_ref);
  }
  if (in.via != IR_NONE && in.cls != IR_AC_CHASED) {
    hp_buf_add(out, " via ");
    ir_describe_addr(out, an->unit, an->fn, &an->fn->addrs[an->fn->insns[in.via].aux]);
  }
}

static void say_access(Lines *lines, const IrAnalysis *an, const IrAccess *a) {
  HpBuf out = {0};
  hp_buf_add(&out, !a->write ? "load " : a->read ? "update " : "store ");
  ir_describe_addr(&out, an->unit, an->fn, &an->fn->addrs[a->addr]);
  for (uint32_t l = a->loop; l != IR_NONE; l = an->loops[l].parent) {
    hp_buf_add(&out, l == a->loop ? " " : ", ");
    put_class(&out, an, ir_access_in(an, a, l));
  }
  if (a->loop != IR_NONE)
    say(lines, line_of(an->fn, an->fn->insns[a->insn].loc), hp_buf_text(&out));
  hp_buf_free(&out);
}

static void say_all(Lines *lines, const IrUnit *unit) {
  for (uint32_t f = 0; f < unit->nfunctions; f++) {
    HpArena *arena = hp_arena_new();
    const IrAnalysis *an = ir_analyse(unit, &unit->functions[f], arena);
    for (uint32_t i = 0; i < an->nloops; i++)
      say_loop(lines, an, i);
    for (uint32_t i = 0; i < an->naccesses; i++)
      say_access(lines, an, &an->accesses[i]);
    hp_arena_free(arena);
  }
}

/* ---- against the file ------------------------------------------------------------------------ */

static char *file_path(const char *name) {
  return hp_format("%s/analyzer/frontend/tests/loops/%s", TEST_SOURCE_DIR, name);
}

static char *read_text(const char *name) {
  char *path = file_path(name);
  FILE *file = fopen(path, "r");
  if (!file)
    fail_msg("no %s", path);
  HpBuf text = {0};
  char part[4096];
  for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;)
    hp_buf_addn(&text, part, n);
  fclose(file);
  free(path);
  return hp_buf_take(&text);
}

static Lines lines_for(const char *text) {
  Lines lines = {0};
  for (const char *p = text; *p; p++)
    lines.count += *p == '\n';
  lines.text = hp_calloc(lines.count, sizeof *lines.text);
  return lines;
}

static void accept(const char *name, char *text, const Lines *lines) {
  char *path = file_path(name), *line = text;
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  for (uint32_t i = 0; i < lines->count; i++) {
    char *end = strchr(line, '\n'), *mark;
    *end = 0;
    if ((mark = strstr(line, "//:")))
      *mark = 0;
    for (size_t n = strlen(line); n && line[n - 1] == ' ';)
      line[--n] = 0;
    if (lines->text[i])
      fprintf(file, "%-48s //: %s\n", line, lines->text[i]);
    else
      fprintf(file, "%s\n", line);
    line = end + 1;
  }
  fclose(file);
  free(path);
}

static uint32_t compare(const char *name, char *text, const Lines *lines) {
  uint32_t wrong = 0;
  char *line = text;
  for (uint32_t i = 0; i < lines->count; i++) {
    char *end = strchr(line, '\n'), *mark;
    *end = 0;
    mark = strstr(line, "//: ");
    const char *want = mark ? mark + 4 : "", *got = lines->text[i] ? lines->text[i] : "";
    if (strcmp(want, got)) {
      print_error("%s:%u: %s\n", name, i + 1, line);
      print_error("  want: %s\n   got: %s\n", want, got);
      wrong++;
    }
    line = end + 1;
  }
  return wrong;
}

static void table(void **state) {
  const char *name = *state;
  char *text = read_text(name);
  Snippet s = run_code(text);
  Lines lines = lines_for(text);
  say_all(&lines, s.unit);
  if (getenv("HPLINT_ACCEPT"))
    accept(name, text, &lines);
  else
    assert_int_equal(compare(name, text, &lines), 0);
  for (uint32_t i = 0; i < lines.count; i++)
    free(lines.text[i]);
  free(lines.text);
  drop(&s);
  free(text);
}

/* An irreducible loop runs more often than what leads to it, each of its blocks; a natural loop in
 * it more often still. */
static void frequencies(void **state) {
  (void)state;
  Snippet s = run_code("int g(void); void a(void); void b(void); void c(void);\n"
                       "void f(int x, int n) {\n"
                       "  if (x) goto in;\n"
                       "out: a(); for (int i = 0; i < n; i++) c();\n"
                       "in: b(); if (g()) goto out; }\n");
  const IrFunction *fn = function(&s, "f");
  HpArena *arena = hp_arena_new();
  const IrAnalysis *an = ir_analyse(s.unit, fn, arena);
  double freq[128] = {0};
  for (uint32_t i = 0; i < fn->ninsns; i++)
    if (fn->insns[i].op == IR_CALL) {
      freq[(uint8_t)*ir_str(s.unit, s.unit->symbols[fn->insns[i].aux].name)] =
          an->freq[an->block_of[i]];
      assert_int_equal(ir_irreducible_around(an, an->block_of[i]), 0);
    }
  assert_true(freq['b'] > 1.3);
  assert_true(freq['a'] > 0.8);
  assert_true(freq['c'] > 2 * freq['a']);
  assert_int_equal(ir_irreducible_around(an, 0), IR_NONE);
  assert_int_equal(an->loops[0].nentries, 2);
  hp_arena_free(arena);
  drop(&s);
}

/* The listing says so too. */
static void in_the_listing(void **state) {
  (void)state;
  Snippet s = run_code("int f(int *a, int c) { int i = 0; if (c) goto in;\n"
                       "out: i += a[i]; in: i++; if (a[i]) goto out; return i; }\n"
                       "int g(int *a, int n) { int s = 0; unsigned h = 0;\n"
                       "  while (n--) { s += a[h]; h = (h + 1) & 63; } return s; }\n");
  static const char *const names[] = {"f", "g"};
  static const char *const said[] = {"loop with 2 entries", "unit stride, may start over"};
  for (uint32_t i = 0; i < 2; i++) {
    const IrFunction *fn = function(&s, names[i]);
    HpArena *arena = hp_arena_new();
    IrListing *listing =
        ir_list(s.unit, fn, ir_analyse(s.unit, fn, arena), &(IrListOptions){.all = true});
    bool found = false;
    for (uint32_t k = 0; k < listing->nlines; k++)
      found = found || strstr(listing->lines[k].meaning, said[i]);
    assert_true(found);
    ir_listing_free(listing);
    hp_arena_free(arena);
  }
  drop(&s);
}

#define TABLE(file) {.name = file, .test_func = table, .initial_state = (void *)(uintptr_t)(file)}

int main(void) {
  const struct CMUnitTest tests[] = {
      TABLE("counting.c"),
      TABLE("pointers.c"),
      TABLE("nests.c"),
      TABLE("indexes.c"),
      TABLE("memory.c"),
      TABLE("walks.c"),
      TABLE("flow.c"),
      cmocka_unit_test(frequencies),
      cmocka_unit_test(in_the_listing),
  };
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
