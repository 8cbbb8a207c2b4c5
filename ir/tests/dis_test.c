/* The listing: its records, and its looks against a golden file. HPLINT_ACCEPT=1 in the environment
 * writes the golden file anew. */
#include "ir/build.h"
#include "ir/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char folder[] = TEST_SOURCE_DIR "/ir/tests/listing/";

static HpBuf read_file(const char *name) {
  char *path = hp_format("%s%s", folder, name);
  FILE *f = fopen(path, "r");
  if (!f)
    fail_msg("cannot read %s", path);
  HpBuf text = {0};
  char chunk[4096];
  for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
    hp_buf_addn(&text, chunk, n);
  fclose(f);
  free(path);
  return text;
}

static IrUnit *parse(const char *text) {
  HpError err = {0};
  IrUnit *u = ir_parse_unit(text, strlen(text), "test", &err);
  if (!u)
    fail_msg("%s", err.text);
  return u;
}

static IrUnit *examples(void) {
  HpBuf text = read_file("examples.ir");
  IrUnit *u = parse(text.text);
  hp_buf_free(&text);
  return u;
}

static char *listing(const IrUnit *u, const IrFunction *fn, const IrDisOptions *options) {
  HpArena *arena = hp_arena_new();
  HpBuf out = {0};
  ir_dis(&out, u, fn, ir_analyse(u, fn, arena), options);
  hp_arena_free(arena);
  return hp_buf_take(&out);
}

/* A line of examples.c, the program behind examples.ir. */
static const char *source_line(void *context, const char *path, uint32_t line) {
  const char *text = context;
  assert_string_equal(path, "/src/examples.c");
  while (text && --line) {
    text = strchr(text, '\n');
    text = text ? text + 1 : NULL;
  }
  return text;
}

/* The text is what the file beside holds; HPLINT_ACCEPT writes it. */
static void expect_golden(const char *name, const char *got) {
  if (getenv("HPLINT_ACCEPT")) {
    char *path = hp_format("%s%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(got, f);
    fclose(f);
    free(path);
  }
  HpBuf want = read_file(name);
  assert_string_equal(want.text, got);
  hp_buf_free(&want);
}

static void test_golden(void **state) {
  (void)state;
  IrUnit *u = examples();
  HpBuf source = read_file("examples.c"), got = {0};
  for (uint32_t i = 0; i < u->nfunctions; i++) {
    IrDisOptions options = {.context = source.text};
    if (i == 0) /* one with its source between the lines, some of them marked */
      options.source = source_line, options.mark_first = 20, options.mark_last = 21;
    if (i == 1)
      options.width = 84;
    options.classes = i == 5;
    options.all = i == 3;
    char *text = listing(u, &u->functions[i], &options);
    hp_buf_addf(&got, "%s\n", text);
    free(text);
  }
  expect_golden("examples.dis", got.text);
  hp_buf_free(&got);
  hp_buf_free(&source);
  ir_unit_free(u);
}

typedef void Show(HpBuf *out, const IrUnit *u, const IrFunction *fn, const IrAnalysis *an,
                  const IrDisOptions *options);

static void expect_shown(Show *show, const char *golden) {
  IrUnit *u = examples();
  HpBuf source = read_file("examples.c"), got = {0};
  IrDisOptions options = {.source = source_line, .context = source.text};
  for (uint32_t i = 0; i < u->nfunctions; i++) {
    HpArena *arena = hp_arena_new();
    show(&got, u, &u->functions[i], ir_analyse(u, &u->functions[i], arena), &options);
    hp_arena_free(arena);
  }
  expect_golden(golden, got.text);
  hp_buf_free(&got);
  hp_buf_free(&source);
  ir_unit_free(u);
}

static void test_loops(void **state) {
  (void)state;
  expect_shown(ir_dis_loops, "examples.loops");
}

static void test_graph(void **state) {
  (void)state;
  expect_shown(ir_dis_graph, "examples.dot");
}

/* A loop that is entered in its middle. */
static void test_irreducible(void **state) {
  (void)state;
  IrUnit *u = parse("function @f(1) at 1:1 named 1:1 {\n"
                    "a:\n  %x = PARAM int 0 as x at 2:1\n  BR %x, b, c\n"
                    "b:\n  CALL @g at 3:1\n  JUMP c\n"
                    "c:\n  CALL @h at 4:1\n  BR %x, b, d\n"
                    "d:\n  RET\n"
                    "}\n");
  HpArena *arena = hp_arena_new();
  IrAnalysis *an = ir_analyse(u, &u->functions[0], arena);
  bool some = false;
  for (uint32_t i = 0; i < an->nloops; i++)
    some |= an->loops[i].irreducible;
  char *text = listing(u, &u->functions[0], &(IrDisOptions){0});
  assert_true(some);
  assert_non_null(strstr(text,
                         "\nnote: irreducible loop at line 3, entered at several blocks (b1, b2): "
                         "iterations unknown\n"));
  free(text);
  hp_arena_free(arena);
  ir_unit_free(u);
}

static void test_records(void **state) {
  (void)state;
  IrUnit *u = examples();
  const IrFunction *fn = &u->functions[0];
  HpArena *arena = hp_arena_new();
  IrListing *l = ir_list(u, fn, ir_analyse(u, fn, arena), NULL);
  assert_string_equal(l->title, "list_sum (examples.c:18): 10 instructions, 4 blocks, 1 loop");
  assert_int_equal(l->nlines, fn->ninsns);
  uint32_t shown = 0, targets = 0;
  for (uint32_t i = 0; i < l->nlines; i++) {
    assert_int_equal(l->lines[i].insn, i);
    assert_int_equal(l->lines[i].depth, l->lines[i].block == 1 || l->lines[i].block == 2);
    if (l->lines[i].line) {
      assert_int_not_equal(l->lines[i].line, shown); /* only on change */
      shown = l->lines[i].line;
    }
    targets += l->lines[i].target;
  }
  assert_int_equal(targets, 2); /* the loop and what follows it; the body is fallen into */
  assert_true(l->lines[2].target);
  assert_string_equal(l->lines[7].operands, "%7 = [%2 + 8]");
  assert_string_equal(l->lines[7].meaning,
                      "p = p->next: struct node *, chased, waits for the last one");
  assert_string_equal(l->lines[5].meaning,
                      "p->value: int, chased, waits for %7, 12 of 48 bytes used");
  ir_listing_free(l);
  hp_arena_free(arena);
  ir_unit_free(u);
}

/* A place that stays while the loop writes it is no invariant value; of a bit-field its byte is
 * used, not its unit. */
static void test_places(void **state) {
  (void)state;
  IrUnit *u = parse("unit \"/t.c\"\n"
                    "type !\"int\" = int size 4 align 4\n"
                    "type !\"unsigned\" = int size 4 align 4 (unsigned)\n"
                    "record struct s {\n"
                    "  flag: unsigned +0 bit 3 width 2 (bitfield)\n"
                    "  next: struct s * +8\n"
                    "}\n"
                    "symbol @total: int\n"
                    "symbol @step: int\n"
                    "function @f(1) {\n"
                    "a:\n"
                    "  %p = PARAM struct s * 0 as p\n"
                    "  JUMP b\n"
                    "b:\n"
                    "  %q = PHI struct s * [a: %p], [c: %n] as q\n"
                    "  BR %q, c, d\n"
                    "c:\n"
                    "  %b = LOAD unsigned [%q] .flag bits 3:2\n"
                    "  %t = LOAD int [@total]\n"
                    "  %s = LOAD int [@step]\n"
                    "  %u = ADD int %t, %s\n"
                    "  STORE int [@total], %u\n"
                    "  %n = LOAD struct s * [%q + 8] .next as q\n"
                    "  JUMP b\n"
                    "d:\n"
                    "  RET\n"
                    "}\n");
  char *text = listing(u, &u->functions[0], &(IrDisOptions){.width = 160});
  assert_non_null(strstr(text, "(total: int, same address)"));
  assert_non_null(strstr(text, "(step: int, invariant)"));
  assert_non_null(strstr(text, "(total = total + step, same address)"));
  assert_non_null(strstr(text, ", 9 of 16 bytes used)"));
  free(text);
  ir_unit_free(u);
}

/* Without an analysis there are no facts, but there is a listing. */
static void test_without_analysis(void **state) {
  (void)state;
  IrUnit *u = examples();
  HpBuf out = {0};
  ir_dis(&out, u, &u->functions[0], NULL, NULL);
  assert_non_null(strstr(out.text, "list_sum (examples.c:18): 10 instructions, 4 blocks\n"));
  assert_non_null(strstr(out.text, "(p = p->next: struct node *)"));
  assert_null(strstr(out.text, "chased"));
  hp_buf_free(&out);
  ir_unit_free(u);
}

static size_t longest_line(const char *text) {
  size_t longest = 0;
  for (const char *end; *text; text = *end ? end + 1 : end) {
    end = strchr(text, '\n');
    end = end ? end : text + strlen(text);
    size_t n = 0;
    for (const char *c = text; c < end; c++)
      n += ((unsigned char)*c & 0xC0) != 0x80;
    longest = n > longest ? n : longest;
    assert_true(end == text || end[-1] != ' ');
  }
  return longest;
}

/* No row is longer than the terminal is wide, down to what nobody could read. */
static void test_widths(void **state) {
  (void)state;
  IrUnit *u = examples();
  HpBuf source = read_file("examples.c");
  for (uint32_t width = 64; width < 180; width++)
    for (uint32_t i = 0; i < u->nfunctions; i++) {
      IrDisOptions options = {.width = width, .source = source_line, .context = source.text};
      char *text = listing(u, &u->functions[i], &options);
      if (longest_line(strchr(text, '\n') + 1) > width)
        fail_msg("width %u:\n%s", width, text);
      free(text);
    }
  hp_buf_free(&source);
  ir_unit_free(u);
}

static bool million_hits(void *context, const char *path, uint32_t line, IrCost *out) {
  (void)context, (void)path;
  *out = (IrCost){line == 20 ? 1234567 : 0, -1};
  return line == 20 || line == 21;
}

static bool shares(void *context, const char *path, uint32_t line, IrCost *out) {
  (void)context, (void)path;
  *out = (IrCost){-1, line == 20 ? 0.02 : 0.4};
  return line == 20 || line == 21;
}

static bool no_cost(void *context, const char *path, uint32_t line, IrCost *out) {
  (void)context, (void)path, (void)line, (void)out;
  return false;
}

static uint32_t count_of(const char *text, const char *what) {
  uint32_t n = 0;
  for (; (text = strstr(text, what)); text++)
    n++;
  return n;
}

/* A line's cost stands at its first row only, though the loop comes back to the line. */
static void test_costs(void **state) {
  (void)state;
  IrUnit *u = examples();
  IrDisOptions options = {.cost = million_hits, .profile = "gcov"};
  char *text = listing(u, &u->functions[0], &options);
  assert_non_null(strstr(text, "profile: gcov\n"));
  assert_int_equal(count_of(text, "  1 234 567 ████████\n"), 1);
  assert_int_equal(count_of(text, " 1             0\n"), 1);
  free(text);
  options.cost = shares;
  text = listing(u, &u->functions[0], &options);
  assert_non_null(strstr(text, "; 42.0% of the time in these lines\n"));
  assert_int_equal(count_of(text, " 40.0% ████████\n"), 1);
  assert_int_equal(count_of(text, " 2.0% ▍\n"), 1);
  free(text);
  options.cost = no_cost; /* then there is nothing to make room for */
  text = listing(u, &u->functions[0], &options);
  assert_null(strstr(text, "hits"));
  assert_non_null(strstr(text, "nothing of this function\n"));
  free(text);
  ir_unit_free(u);
}

static const char *hostile_line(void *context, const char *path, uint32_t line) {
  (void)context, (void)path, (void)line;
  return "x\033[2J\ty\n rest";
}

/* Nothing of the analysed program reaches the terminal raw, and colour only when asked for. */
static void test_escapes(void **state) {
  (void)state;
  IrUnit *u = parse("unit \"/a/\\x1b[1mb.c\"\n"
                    "file \"/a/\\x1b[1mb.c\"\n"
                    "type !\"\\x1bT\" = int size 4 align 4\n"
                    "symbol @\"\\x1bg\": int\n"
                    "function @\"\\x1bf\"(1) at 1:1 named 1:1 {\n"
                    "  local $\"\\x1bl\": int\n"
                    "a:\n"
                    "  %1 = PARAM !\"\\x1bT\" 0 as \"\\x1bp\" at 1\n"
                    "  %2 = LOAD int [@\"\\x1bg\"] as \"\\x1bv\" at 2\n"
                    "  STORE int [$\"\\x1bl\"], %2\n"
                    "  OPAQUE \"\\x1bwhy\", \"\\x1b\", $\"\\x1bl\", @\"\\x1bg\"\n"
                    "  %3 = CALL int @\"\\x1bf\", %1\n"
                    "  RET\n"
                    "}\n");
  IrDisOptions options = {.source = hostile_line};
  char *text = listing(u, &u->functions[0], &options);
  assert_null(strchr(text, 033));
  assert_non_null(strstr(text, "x\\x1b[2J    y\n"));
  free(text);
  options.colour = true;
  text = listing(u, &u->functions[0], &options);
  assert_non_null(strstr(text, "\033[33mLOAD\033[0m"));
  assert_null(strstr(text, "\033[2J"));
  free(text);
  ir_unit_free(u);
}

/* What a macro made says so, once for rows in a row. */
static void test_macros(void **state) {
  (void)state;
  IrUnit *u = parse("unit \"/src/m.c\"\nfile \"/src/m.c\" (main)\nfile \"/src/util.h\"\n"
                    "function @f(2): int at 5:1-9:2 named 5:5 {\n"
                    "b0:\n"
                    "  %0 = PARAM int 0\n"
                    "  %1 = PARAM int 1\n"
                    "  %2 = ADD int %0, %1 at 6:3-9 in SUM 1/12:20\n"
                    "  %3 = MUL int %2, %1 at 6:3-9 in SUM 1/12:20\n"
                    "  %4 = SUB int %3, %1 at 6:3-9 in SUM argument 6:7\n"
                    "  %5 = XOR int %4, %1 at 7:3-9 in GLUE -\n"
                    "  RET %5 at 8:3\n"
                    "}\n");
  char *text = listing(u, &u->functions[0], NULL);
  const char *sum = strstr(text, "in macro SUM, util.h:12");
  assert_non_null(sum);
  assert_null(strstr(sum + 1, "in macro"));
  assert_non_null(strstr(sum, "argument of macro SUM)"));
  assert_non_null(strstr(sum, "made by macro GLUE)"));
  free(text);
  ir_unit_free(u);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_golden),  cmocka_unit_test(test_loops),
      cmocka_unit_test(test_graph),   cmocka_unit_test(test_irreducible),
      cmocka_unit_test(test_records), cmocka_unit_test(test_without_analysis),
      cmocka_unit_test(test_places),  cmocka_unit_test(test_widths),
      cmocka_unit_test(test_costs),   cmocka_unit_test(test_escapes),
      cmocka_unit_test(test_macros),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
