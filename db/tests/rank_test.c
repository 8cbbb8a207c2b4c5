/* Groups and ranking on small examples; the expected numbers are worked out by hand beside them. */
#include "test_tree.h"

#include "db/profile.h"

typedef struct Fixture {
  Store *s;
  DbFindings f;
  DbRun run;
} Fixture;

static int setup(void **state) {
  Fixture *x = hp_calloc(1, sizeof *x);
  x->s = store_open_memory(NULL);
  x->f.arena = hp_arena_new();
  x->run = (DbRun){.root = "/r", .command = "hplint"};
  *state = x;
  return x->s ? 0 : -1;
}

static int teardown(void **state) {
  Fixture *x = *state;
  db_findings_free(&x->f);
  store_close(x->s);
  free(x);
  return 0;
}

static DbFinding *add(Fixture *x, const char *print, const char *file, uint32_t line) {
  DbFinding *d = HP_NEW(x->f.arena, DbFinding, 1);
  *d = (DbFinding){.rule = T("HP101"),
                   .name = T("a-name"),
                   .file = T(file),
                   .line = line,
                   .end_line = line,
                   .message = T("m"),
                   .fingerprint = T(print),
                   .severity = 1,
                   .growth = 1,
                   .cost = 2,
                   .confidence = 2,
                   .compiler_status = T("unchecked"),
                   .bound_factor = 1,
                   .saving = 0.5};
  HP_GROW(x->f.items, x->f.count, x->f.cap);
  x->f.items[x->f.count++] = d;
  return d;
}

static void site(Fixture *x, DbFinding *d, const char *file, uint32_t line, uint32_t end,
                 bool inclusive) {
  DbSite *sites = HP_NEW(x->f.arena, DbSite, d->nsites + 1);
  if (d->nsites)
    memcpy(sites, d->sites, d->nsites * sizeof *sites);
  sites[d->nsites++] = (DbSite){T(file), line, end, NULL, inclusive};
  d->sites = sites;
}

static void store_and_rank(Fixture *x, int64_t profile) {
  HpError err = {0};
  if (!store_put_run(x->s, &x->run, &x->f, &err) ||
      !store_rank(x->s, x->run.id, profile, &x->f, &err))
    fail_msg("%s", err.text);
}

static void expect_order(const Fixture *x, const char *prints) {
  HpBuf text = {0};
  for (uint32_t i = 0; i < x->f.count; i++) {
    hp_buf_addf(&text, "%s%s", i ? " " : "", x->f.items[i]->fingerprint);
    assert_int_equal(x->f.items[i]->position, i + 1);
  }
  assert_string_equal(hp_buf_text(&text), prints);
  hp_buf_free(&text);
}

static void sql(Fixture *x, const char *text) {
  HpError err = {0};
  if (!db_exec(x->s, text, &err))
    fail_msg("%s", err.text);
}

static void near(double value, double expected) {
  if (!(value > expected - 1e-6 && value < expected + 1e-6))
    fail_msg("%.9f is not %.9f", value, expected);
}

/* ---- without a profile -------------------------------------------------------------------------
 */

static void static_order(void **state) {
  Fixture *x = *state;
  DbFinding *b = add(x, "b", "b.c", 1), *a = add(x, "a", "a.c", 1), *e = add(x, "e", "e.c", 1),
            *d = add(x, "d", "d.c", 1), *c = add(x, "c", "c.c", 1);
  /* warm, 1000 + 4 * severity - turn, merit (growth, 9 - cost, 3 * depth + heat <= 2, confidence)
   */
  a->growth = 2, a->cost = 4, a->loop_depth = 1;                 /* 1 1003 2 50 03 2 */
  e->cost = 0, e->loop_depth = 5, e->show = 1;                   /* 1 1003 1 90 15 2 */
  c->cost = 1, c->loop_depth = 2, c->confidence = 1;             /* 1 1002 1 80 06 1 */
  b->cost = 1, b->loop_depth = 1, b->heat = 7;                   /* 1 1001 1 80 05 2 */
  d->growth = 2, d->cost = 0, d->loop_depth = 3, d->cold = true; /* 0 1003 2 90 09 2 */
  store_and_rank(x, 0);
  expect_order(x, "a e c b d");
  near(a->score, 11003250032);
  near(e->score, 11003190152);
  near(c->score, 11002180061);
  near(b->score, 11001180052);
  near(d->score, 1003290092);
  assert_true(a->listed && c->listed && b->listed && d->listed);
  assert_false(e->listed);
  assert_false(a->by_profile);
  near(a->share + a->bound + a->estimate + a->samples, 0);
}

static void severity_before_growth_before_cost(void **state) {
  Fixture *x = *state;
  add(x, "dear", "a.c", 1)->cost = 0;
  DbFinding *severe = add(x, "severe", "a.c", 2), *grows = add(x, "grows", "a.c", 3);
  severe->severity = 2;
  grows->growth = 2;
  store_and_rank(x, 0);
  expect_order(x, "severe grows dear");
}

/* Six loops that call one allocating function, and one that calls another; two of another rule. */
static void rules_take_turns(void **state) {
  Fixture *x = *state;
  for (uint32_t i = 0; i < 6; i++)
    add(x, hp_arena_format(x->f.arena, "same%u", i), "a.c", i + 1)->cause = T("iterator");
  add(x, "other", "a.c", 10)->cause = T("split");
  DbFinding *list = add(x, "list", "a.c", 11), *record = add(x, "record", "a.c", 12);
  for (uint32_t i = 0; i < 7; i++)
    x->f.items[i]->cost = 1;
  list->rule = record->rule = T("HP105");
  list->loop_depth = 2;
  store_and_rank(x, 0);
  expect_order(x, "same0 list other record same1 same2 same3 same4 same5");
}

static void static_ties(void **state) {
  Fixture *x = *state;
  add(x, "5", "b.c", 1);
  add(x, "4", "a.c", 10);
  add(x, "2", "a.c", 9)->rule = T("HP201");
  add(x, "3", "a.c", 9)->column = 7;
  add(x, "1", "a.c", 9);
  store_and_rank(x, 0);
  expect_order(x, "1 2 3 4 5");
}

static void hidden_ones(void **state) {
  Fixture *x = *state;
  DbFinding *gone = add(x, "g", "a.c", 1), *quiet = add(x, "q", "a.c", 2),
            *kept = add(x, "k", "a.c", 3), *little = add(x, "l", "a.c", 4);
  quiet->suppressed = T("reason");
  little->severity = 0;
  store_and_rank(x, 0);
  assert_true(gone->listed && kept->listed && !quiet->listed && !little->listed);
  gone->compiler_status = T("optimised-away"); /* what evidence finds out after the first ranking */
  gone->compiler_reason = T("inlined");
  assert_true(store_rank(x->s, x->run.id, 0, &x->f, NULL));
  assert_true(!gone->listed && kept->listed);
  assert_int_equal(one_number(x->s, "SELECT count(*) FROM finding WHERE NOT listed AND "
                                    "compiler_status = 'optimised-away' AND compiler_reason = "
                                    "'inlined'"),
                   1);
}

/* ---- groups ------------------------------------------------------------------------------------
 */

static DbFinding *in_loop(DbFinding *d, uint32_t line) {
  d->function = T("f");
  d->loop_line = line;
  d->loop_depth = 1;
  return d;
}

static void groups(void **state) {
  Fixture *x = *state;
  DbFinding *a = in_loop(add(x, "a", "a.c", 10), 9), *b = in_loop(add(x, "b", "a.c", 11), 9),
            *c = in_loop(add(x, "c", "a.c", 12), 9), *d = in_loop(add(x, "d", "a.c", 10), 8),
            *e = add(x, "e", "a.c", 2), *g = add(x, "g", "t.h", 3), *h = add(x, "h", "t.h", 4),
            *i = in_loop(add(x, "i", "a.c", 80), 0), *k = in_loop(add(x, "k", "a.c", 80), 0),
            *l = in_loop(add(x, "l", "a.c", 80), 0);
  site(x, a, "a.c", 10, 11, false);
  site(x, b, "a.c", 11, 11, true);
  site(x, c, "a.c", 12, 12, false); /* the same loop, another place */
  site(x, d, "a.c", 10, 11, false); /* the same place, another loop */
  b->growth = 2;                    /* explains more than a */
  e->record = g->record = T("struct node");
  h->record = T("struct leaf");
  site(x, e, "a.c", 50, 60, false);
  site(x, g, "w.c", 1, 1, false);
  site(x, g, "a.c", 60, 70, false);
  site(x, h, "a.c", 60, 70, false); /* the same place, another record */
  site(x, i, "a.c", 80, 80, true);
  site(x, k, "a.c", 80, 80, true); /* the same place and function, in no loop */
  site(x, l, "a.c", 80, 80, true); /* another function's */
  l->function = T("other");
  store_and_rank(x, 0);
  assert_string_equal(a->group, "b");
  assert_string_equal(b->group, "b");
  assert_string_equal(c->group, "c");
  assert_string_equal(d->group, "d");
  assert_string_equal(e->group, "g"); /* g has more lines: 12 against 11 */
  assert_string_equal(g->group, "g");
  assert_string_equal(h->group, "h");
  assert_string_equal(i->group, "i");
  assert_string_equal(k->group, "i");
  assert_string_equal(l->group, "l");
  b->cold = true; /* a warm finding explains more than a cold one */
  store_and_rank(x, 0);
  assert_string_equal(b->group, "a");
}

/* ---- with a profile ----------------------------------------------------------------------------
 */

static void by_lines(void **state) {
  Fixture *x = *state;
  sql(x,
      "INSERT INTO profile VALUES (3, 0, 'perf.data', 'time', 'ns', 'p', NULL, 1000, 100, 0, NULL);"
      "INSERT INTO profile_line (profile_id, file, line, function, self) VALUES"
      "(3, 'src/list.c', 10, 'f', 150), (3, 'src/list.c', 10, 'inlined', 50),"
      "(3, 'src/list.c', 11, 'f', 100), (3, 'src/list.c', 20, 'f', 50),"
      "(3, 'src/list.c', 30, 'f', 5), (3, 'src/list.c', 40, 'f', 0.5),"
      "(3, 'src/list.c', 50, 'f', 200), (3, '/build/proj/src/util.c', 5, 'u', 30),"
      "(3, '/x/lib/util.c', 7, 'v', 40), (3, '/y/lib/util.c', 7, 'v', 40)");
  DbFinding *one = in_loop(add(x, "one", "src/list.c", 10), 9),
            *two = in_loop(add(x, "two", "src/list.c", 11), 9),
            *low = add(x, "low", "src/util.c", 5), *lower = add(x, "lower", "src/list.c", 30),
            *little = add(x, "little", "src/list.c", 40),
            *quiet = add(x, "quiet", "src/list.c", 50), *none = add(x, "none", "lib/util.c", 7);
  site(x, one, "src/list.c", 10, 11, false);
  site(x, one, "src/list.c", 11, 11, false); /* line 11 counts once */
  site(x, two, "src/list.c", 11, 20, false);
  two->bound_factor = 0.5, two->saving = 0.25;
  low->show = lower->show = 1;
  quiet->suppressed = T("reason");
  store_and_rank(x, 3);
  /* One group: lines 10, 11 and 20, (150 + 50 + 100 + 50) / 1000 = 0.35. The others are their own
   * sites. Bounds: 1 / (1 - 0.35), 1 / (1 - 0.35 * 0.5); estimates 1 / (1 - 0.35 * 0.5),
   * 1 / (1 - 0.35 * 0.25). */
  expect_order(x, "one two quiet low lower little none");
  assert_string_equal(one->group, "two"); /* more lines of sites */
  near(one->share, 0.35);
  near(one->score, 0.35);
  near(one->samples, 35);
  near(one->bound, 1.538462);
  near(one->estimate, 1.212121);
  near(two->share, 0.35);
  near(two->bound, 1.212121);
  near(two->estimate, 1.095890);
  near(quiet->share, 0.2);
  near(low->share, 0.03); /* found by the only path that ends in src/util.c */
  near(lower->share, 0.005);
  near(little->share, 0.0005);
  near(none->share, 0); /* two files end in lib/util.c: neither is meant */
  assert_true(one->listed && two->listed && low->listed && one->by_profile);
  assert_false(quiet->listed || lower->listed || little->listed || none->listed);
  near(none->bound, 1);
}

/* Two project files of one name, a profile that knows base names only: no match. One: a match. */
static void base_names(void **state) {
  Fixture *x = *state;
  sql(x, "INSERT INTO profile VALUES (1, 0, 'f', 'time', 'ns', 'p', NULL, 10, 10, 0, NULL);"
         "INSERT INTO profile_line (profile_id, file, line, self) VALUES (1, 'list.c', 1, 5), "
         "(1, 'map.c', 1, 2)");
  DbFinding *list = add(x, "l", "a/list.c", 1), *map = add(x, "m", "a/map.c", 1);
  DbFunction other = {"f", "b/list.c", 1, 2, 1, 1, 0, 0};
  store_and_rank(x, 1);
  near(list->share, 0.5);
  near(map->share, 0.2);
  assert_true(store_put_functions(x->s, &other, 1, NULL, NULL));
  assert_true(store_rank(x->s, x->run.id, 1, &x->f, NULL));
  near(list->share, 0);
  near(map->share, 0.2);
}

static void by_stacks(void **state) {
  Fixture *x = *state;
  /* Frames: 0 main at line 50, 1 f at 60, 2 g at 70, 3 malloc without a file. Innermost first. */
  sql(x, "INSERT INTO profile VALUES (1, 0, 'f', 'time', 'ns', 'p', NULL, 1000, 100, 0, NULL);"
         "INSERT INTO profile_frame VALUES (1, 0, 'a.c', 50, 'main'), (1, 1, 'a.c', 60, 'f'),"
         "(1, 2, 'a.c', 70, 'g'), (1, 3, NULL, 0, 'malloc');"
         "INSERT INTO profile_stack VALUES"
         "(1, 0, x'020000000100000000000000', 100, 10),"
         "(1, 1, x'0100000000000000', 50, 5),"
         "(1, 2, x'03000000020000000100000000000000', 30, 3),"
         "(1, 3, x'00000000', 20, 2),"
         "(1, 4, x'02000000010000000100000000000000', 10, 1),"
         "(1, 5, x'ffffffff', 7, 1), (1, 6, x'', 7, 1), (1, 7, x'0203', 7, 1)");
  DbFinding *call = in_loop(add(x, "call", "a.c", 60), 59),
            *both = in_loop(add(x, "both", "a.c", 60), 58), *outer = add(x, "outer", "a.c", 50),
            *heap = in_loop(add(x, "heap", "a.c", 60), 57);
  site(x, call, "a.c", 60, 60, true);
  site(x, both, "a.c", 60, 61, true);
  site(x, both, "a.c", 70, 70, false); /* innermost in 0 and 4, which line 60 has already */
  site(x, both, "a.c", 50, 50, false); /* innermost in 3 only */
  site(x, outer, "a.c", 40, 50, true);
  site(x, heap, "a.c", 60, 60, true);
  heap->allocator_time = true;
  store_and_rank(x, 1);
  near(call->share, 0.19); /* 100 + 50 + 30 + 10; the recursive stack once */
  near(call->samples, 19);
  near(both->share, 0.21);
  near(both->samples, 21);
  near(outer->share, 0.21); /* everything that has a caller in main */
  near(heap->share, 0.03);  /* stack 2, where malloc is */
  near(heap->samples, 3);
  expect_order(x, "outer both call heap");
}

static void by_calls(void **state) {
  Fixture *x = *state;
  sql(x,
      "INSERT INTO profile VALUES (1, 0, 'callgrind', 'instructions', 'instructions', 'p', NULL, "
      "1000, 0, 0, NULL);"
      "INSERT INTO profile_line (profile_id, file, line, function, self) VALUES"
      "(1, 'a.c', 60, 'f', 10), (1, 'a.c', 70, 'g', 50), (1, 'a.c', 80, 'r', 5);"
      "INSERT INTO profile_call (profile_id, file, line, caller, callee, calls, total) VALUES"
      "(1, 'a.c', 60, 'f', 'g', 9, 400), (1, 'a.c', 61, 'f', 'h', 9, 100),"
      "(1, 'a.c', 70, 'g', 'k', 9, 300), (1, 'a.c', 80, 'r', 'r', 9, 5000);"
      "INSERT INTO profile_function (profile_id, function, line, self, total) VALUES"
      "(1, 'f', 0, 10, 520), (1, 'g', 0, 50, 390), (1, 'r', 0, 5, 600)");
  DbFinding *nested = in_loop(add(x, "nested", "a.c", 60), 59),
            *recursive = add(x, "recursive", "a.c", 80);
  site(x, nested, "a.c", 60, 61, true);
  site(x, nested, "a.c", 70, 70, true); /* within what line 60 calls */
  site(x, recursive, "a.c", 80, 80, true);
  store_and_rank(x, 1);
  /* f: 10 + 400 + 100 = 510. g: 50 + 300 = 350. Self: 60. Not 860. */
  near(nested->share, 0.51);
  near(nested->samples, 0);
  near(recursive->share, 0.6); /* no more than the function's own total */
}

/* Executions are no time: they order, but promise nothing. */
static void by_executions(void **state) {
  Fixture *x = *state;
  sql(x, "INSERT INTO profile VALUES (1, 0, 'gcov', 'executions', 'executions', 'p', NULL, 100, 0, "
         "0, NULL); INSERT INTO profile_line (profile_id, file, line, self, hits) VALUES "
         "(1, 'a.c', 1, 60, 60)");
  DbFinding *f = add(x, "f", "a.c", 1);
  store_and_rank(x, 1);
  near(f->share, 0.6);
  near(f->bound, 0);
  near(f->estimate, 0);
  HpError err = {0};
  assert_false(store_rank(x->s, x->run.id, 2, &x->f, &err));
  assert_non_null(strstr(err.text, "no profile 2"));
}

/* Another process replaced our run between storing and ranking. */
static void replaced_run(void **state) {
  Fixture *x = *state;
  DbFinding *f = add(x, "f", "a.c", 1);
  assert_true(store_put_run(x->s, &x->run, &x->f, NULL));
  DbRun other = {.root = "/r"};
  DbFindings nothing = {0};
  assert_true(store_put_run(x->s, &other, &nothing, NULL));
  assert_true(store_rank(x->s, x->run.id, 0, &x->f, NULL));
  assert_int_equal(f->position, 1);
  assert_int_equal(one_number(x->s, "SELECT count(*) FROM finding"), 0);
}

static void whole_time(void **state) {
  Fixture *x = *state;
  sql(x, "INSERT INTO profile VALUES (1, 0, 'f', 'time', 'ns', 'p', NULL, 10, 10, 0, NULL), "
         "(2, 0, 'f', 'time', 'ns', 'p', NULL, 0, 0, 0, NULL);"
         "INSERT INTO profile_line (profile_id, file, line, self) VALUES (1, 'a.c', 1, 30)");
  DbFinding *f = add(x, "f", "a.c", 1);
  store_and_rank(x, 1);
  near(f->share, 1); /* a profile that contradicts itself */
  near(f->bound, 1000);
  assert_true(store_rank(x->s, x->run.id, 2, &x->f, NULL)); /* an empty one */
  near(f->share, 0);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(static_order),     TEST(severity_before_growth_before_cost),
      TEST(rules_take_turns), TEST(static_ties),
      TEST(hidden_ones),      TEST(groups),
      TEST(by_lines),         TEST(base_names),
      TEST(by_stacks),        TEST(by_calls),
      TEST(by_executions),    TEST(replaced_run),
      TEST(whole_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
