/* Units and their validity, runs, transactions, queries. */
#include "test_tree.h"

#include "db/internal.h"
#include "db/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <xxhash.h>

/* ---- units ----------------------------------------------------------------------------------- */

static DbFileStamp stamp_of(const char *path) {
  struct stat st;
  DbFileStamp f = {.path = (char *)(uintptr_t)path};
  if (stat(path, &st) != 0)
    return f;
  char text[4096];
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t n = fread(text, 1, sizeof text, file);
  fclose(file);
  f.size = st.st_size;
  f.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
  f.hash = XXH3_64bits(text, n);
  return f;
}

static void set_mtime(const char *path, int64_t seconds) {
  struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
  assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

typedef struct UnitCase {
  char source[96], header[96], absent[96];
} UnitCase;

static const char record[] = "a record with a NUL \0 inside, and some more";

/* A unit of a.c that reads a.h and looked for b.h, both files a day old. */
static UnitCase put_case(const Tree *t) {
  UnitCase c;
  snprintf(c.source, sizeof c.source, "%s/a.c", t->root);
  snprintf(c.header, sizeof c.header, "%s/a.h", t->root);
  snprintf(c.absent, sizeof c.absent, "%s/b.h", t->root);
  write_file(c.source, "int a;\n", 7);
  write_file(c.header, "int h;\n", 7);
  set_mtime(c.source, time(NULL) - 86400);
  set_mtime(c.header, time(NULL) - 86400);
  DbFileStamp files[] = {stamp_of(c.source), stamp_of(c.header), stamp_of(c.absent)};
  char path[] = "a.c", status[] = "incomplete", reason[] = "b.h: not found";
  DbUnit u = {path,         UINT64_C(0xfedcba9876543210), status, reason, files, 3, T(record),
              sizeof record};
  HpError err = {0};
  Store *s = open_ok(t->dir);
  assert_true(store_put_unit(s, &u, &err));
  store_close(s);
  return c;
}

/* What a run of its own finds. */
static bool still_valid(const Tree *t) {
  Store *s = open_ok(t->dir);
  DbUnit u;
  bool found;
  HpError err = {0};
  if (!store_get_unit(s, UINT64_C(0xfedcba9876543210), &u, &found, &err))
    fail_msg("%s", err.text);
  if (found) {
    assert_string_equal(u.path, "a.c");
    assert_string_equal(u.status, "incomplete");
    assert_string_equal(u.reason, "b.h: not found");
    assert_int_equal(u.nfiles, 3);
    assert_int_equal(u.record_size, sizeof record);
    assert_memory_equal(u.record, record, sizeof record);
    db_unit_free(&u);
  }
  store_close(s);
  return found;
}

static void unit_unchanged(void **state) {
  Tree *t = *state;
  put_case(t);
  assert_true(still_valid(t));
  Store *s = open_ok(t->dir);
  DbUnit u;
  bool found = true;
  assert_true(store_get_unit(s, 5, &u, &found, NULL));
  assert_false(found);
  store_close(s);
}

static void unit_touched(void **state) {
  Tree *t = *state;
  UnitCase c = put_case(t);
  int64_t when = time(NULL) - 3600;
  set_mtime(c.header, when);
  assert_true(still_valid(t));
  /* The hash was not in vain: the stamp is the new one now. */
  Store *s = open_ok(t->dir);
  char *sql = hp_format("SELECT count(*) FROM file WHERE path = '%s' AND mtime_ns = %lld", c.header,
                        (long long)when * 1000000000);
  assert_int_equal(one_number(s, sql), 1);
  free(sql);
  store_close(s);
  assert_true(still_valid(t));
}

static void unit_changed(void **state) {
  Tree *t = *state;
  UnitCase c = put_case(t);
  write_file(c.header, "int g;\n", 7); /* same size, other time */
  assert_false(still_valid(t));
  write_file(c.header, "int h;\n", 7);
  assert_true(still_valid(t));
  write_file(c.header, "int hh;\n", 8);
  assert_false(still_valid(t));
  assert_int_equal(unlink(c.header), 0);
  assert_false(still_valid(t));
  assert_int_equal(mkdir(c.header, 0755), 0);
  assert_false(still_valid(t));
}

/* Changed in the second in which it was analysed: same size, same time, other content. */
static void unit_changed_at_once(void **state) {
  Tree *t = *state;
  UnitCase c = put_case(t);
  DbFileStamp files[] = {stamp_of(c.source)};
  set_mtime(c.source, time(NULL));
  files[0] = stamp_of(c.source);
  char path[] = "a.c", status[] = "ok";
  DbUnit u = {path, 77, status, NULL, files, 1, T(record), sizeof record};
  HpError err = {0};
  Store *s = open_ok(t->dir);
  assert_true(store_put_unit(s, &u, &err));
  store_close(s);
  write_file(c.source, "int b;\n", 7);
  struct timespec times[2] = {
      {.tv_nsec = UTIME_OMIT},
      {.tv_sec = files[0].mtime_ns / 1000000000, .tv_nsec = files[0].mtime_ns % 1000000000}};
  assert_int_equal(utimensat(AT_FDCWD, c.source, times, 0), 0);
  s = open_ok(t->dir);
  bool found;
  assert_true(store_get_unit(s, 77, &u, &found, &err));
  assert_false(found);
  store_close(s);
}

static void missing_file_appears(void **state) {
  Tree *t = *state;
  UnitCase c = put_case(t);
  assert_int_equal(mkdir(c.absent, 0755), 0); /* no file, and no header */
  assert_true(still_valid(t));
  assert_int_equal(rmdir(c.absent), 0);
  write_file(c.absent, "", 0);
  assert_false(still_valid(t));
}

static void unit_damaged(void **state) {
  static const char *const damage[] = {
      "UPDATE unit SET record = CAST(x'00' || record AS BLOB)",
      "UPDATE unit SET record_hash = record_hash + 1",
      "UPDATE unit SET record_size = 1",
      "UPDATE unit SET record_size = 400000000000",
      "UPDATE unit SET record_size = -1",
      "UPDATE unit SET record = substr(record, 1, length(record) - 3)",
      "UPDATE unit SET record = x''",
      "UPDATE unit SET record = NULL",
  };
  Tree *t = *state;
  for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
    put_case(t);
    assert_true(still_valid(t));
    foreign_sql(t->file, damage[i]);
    assert_false(still_valid(t));
  }
}

/* Blocks that are alike share a dictionary, which goes with the last unit that needs it. */
static void alike_units_share_a_dictionary(void **state) {
  Tree *t = *state;
  Store *s = open_ok(t->dir);
  HpError err = {0};
  static char block[300000];
  for (size_t i = 0; i < sizeof block; i++)
    block[i] = (char)(i * 2654435761u >> 15);
  for (uint64_t key = 1; key <= 4; key++) {
    char path[32], status[] = "ok";
    snprintf(path, sizeof path, "%d.c", (int)key);
    block[key] = (char)-1;
    DbUnit u = {
        .path = path, .key = key, .status = status, .record = block, .record_size = sizeof block};
    if (!store_put_unit(s, &u, &err))
      fail_msg("%s", err.text);
    /* None for a single unit. */
    assert_int_equal(one_number(s, "SELECT count(*) FROM dictionary"), key > 1);
  }
  store_close(s);
  s = open_ok(t->dir);
  /* Also the one that was stored before there was one. */
  assert_int_equal(one_number(s, "SELECT count(*) FROM unit WHERE dictionary <> 0"), 4);
  assert_true(one_number(s, "SELECT max(length(record)) FROM unit") < 20000);
  DbUnit u;
  bool found = false;
  for (size_t i = 2; i < 5; i++)
    block[i] = (char)(i * 2654435761u >> 15);
  assert_true(store_get_unit(s, 1, &u, &found, &err) && found);
  assert_memory_equal(u.record, block, sizeof block);
  db_unit_free(&u);
  block[2] = block[3] = block[4] = (char)-1;
  assert_true(store_get_unit(s, 4, &u, &found, &err) && found);
  assert_memory_equal(u.record, block, sizeof block);
  db_unit_free(&u);
  /* One more, later, is packed against it, too. */
  char later[] = "5.c", ok[] = "ok";
  block[5] = (char)-1;
  DbUnit more = {
      .path = later, .key = 5, .status = ok, .record = block, .record_size = sizeof block};
  assert_true(store_put_unit(s, &more, &err));
  store_close(s);
  s = open_ok(t->dir);
  assert_int_equal(one_number(s, "SELECT count(*) FROM dictionary"), 1);
  assert_true(one_number(s, "SELECT max(length(record)) FROM unit") < 20000);
  assert_true(store_get_unit(s, 5, &u, &found, &err) && found);
  assert_memory_equal(u.record, block, sizeof block);
  db_unit_free(&u);
  store_close(s);
  foreign_sql(t->file, "UPDATE dictionary SET content = substr(content, 1, 100)");
  s = open_ok(t->dir);
  assert_true(store_get_unit(s, 4, &u, &found, &err) && !found); /* made anew */
  DbFindings none = {0};
  DbRun run = {.root = t->root, .command = "hplint"};
  assert_true(store_drop_gone(s, t->root, &err) && store_put_run(s, &run, &none, &err));
  store_tidy(s);
  assert_int_equal(one_number(s, "SELECT count(*) FROM unit"), 0);
  assert_int_equal(one_number(s, "SELECT count(*) FROM dictionary"), 0);
  store_close(s);
}

static void units_are_replaced(void **state) {
  Tree *t = *state;
  put_case(t);
  put_case(t);
  Store *s = open_ok(t->dir);
  assert_int_equal(one_number(s, "SELECT count(*) FROM unit"), 1);
  assert_int_equal(one_number(s, "SELECT count(*) FROM unit_file"), 3);
  char path[] = "a.c", status[] = "ok";
  for (uint64_t key = 100; key < 120; key++) {
    DbUnit u = {.path = path, .key = key, .status = status};
    assert_true(store_put_unit(s, &u, NULL));
  }
  assert_int_equal(one_number(s, "SELECT count(*) FROM unit"), 8);
  assert_int_equal(one_number(s, "SELECT max(key) FROM unit"), 119);
  DbRun run = {.root = "/r"};
  DbFindings none = {0};
  assert_true(store_put_run(s, &run, &none, NULL));
  assert_true(one_number(s, "SELECT count(*) FROM file") > 0);
  store_close(s); /* tidies up */
  s = open_ok(t->dir);
  assert_int_equal(one_number(s, "SELECT count(*) FROM file"), 0); /* of units that are gone */
  store_close(s);
}

/* ---- findings -------------------------------------------------------------------------------- */

static DbFinding *add_finding(DbFindings *f, const char *rule, const char *print) {
  DbFinding *d = HP_NEW(f->arena, DbFinding, 1);
  *d = (DbFinding){.rule = hp_arena_strdup(f->arena, rule),
                   .name = T("a-name"),
                   .file = T("src/\xc3\xa4 b.c"),
                   .line = 10,
                   .column = 3,
                   .end_line = 12,
                   .end_column = 9,
                   .message = T("message with 'quotes' and %s"),
                   .fingerprint = hp_arena_strdup(f->arena, print),
                   .compiler_status = T("unchecked"),
                   .bound_factor = 1,
                   .saving = 0.25};
  HP_GROW(f->items, f->count, f->cap);
  f->items[f->count++] = d;
  return d;
}

static void findings_round_trip(void **state) {
  (void)state;
  HpError err = {0};
  Store *s = store_open_memory(&err);
  DbFindings f = {.arena = hp_arena_new()};
  add_finding(&f, "HP101", "00000000000000a1");
  DbFinding *d = add_finding(&f, "HP201", "00000000000000a2");
  DbPlace places[] = {{T("a.c"), 1, 2, 3, 4, T("first")}, {T("b.c"), 5, 6, 7, 8, T("second")}};
  DbFact facts[] = {{T("bytes"), 48.5, T("bytes"), NULL}, {T("order"), 0.0 / 0.0, NULL, T("a, b")}};
  DbSite sites[] = {{T("a.c"), 1, 2, T("f"), true}, {T("b.c"), 3, 3, NULL, false}};
  d->places = places, d->nplaces = 2;
  d->facts = facts, d->nfacts = 2;
  d->sites = sites, d->nsites = 2;
  d->function = T("f"), d->loop_line = 9, d->loop_depth = 2, d->record = T("struct node");
  d->severity = 2, d->confidence = 1, d->growth = 2, d->cost = 3, d->show = 1, d->cold = true;
  d->heat = 4, d->saving_why = T("half"), d->help = T("do this"), d->suppressed = T("on purpose");
  add_finding(&f, "HP301", "00000000000000a3");
  DbRun run = {.root = "/r", .command = "hplint", .units = 3, .failed = 1, .profile = "perf, 5"};
  assert_true(store_put_run(s, &run, &f, &err));
  assert_true(store_rank(s, run.id, 0, &f, &err));
  DbFindings back;
  DbRun info;
  assert_true(store_get_findings(s, run.id, &back, &info, &err));
  assert_int_equal(info.units, 3);
  assert_string_equal(info.profile, "perf, 5");
  assert_int_equal(back.count, 3);
  const DbFinding *b = back.items[2]; /* suppressed and cold: last */
  assert_string_equal(b->rule, "HP201");
  assert_int_equal(b->id, d->id);
  assert_string_equal(b->file, d->file);
  assert_string_equal(b->message, d->message);
  assert_int_equal(b->end_column, 9);
  assert_int_equal(b->nplaces, 2);
  assert_string_equal(b->places[1].text, "second");
  assert_int_equal(b->places[1].end_column, 8);
  assert_int_equal(b->nfacts, 2);
  assert_true(b->facts[0].value == 48.5);
  assert_string_equal(b->facts[0].unit, "bytes");
  assert_null(b->facts[0].text);
  assert_string_equal(b->facts[1].text, "a, b");
  assert_int_equal(b->nsites, 2);
  assert_true(b->sites[0].inclusive && !b->sites[1].inclusive);
  assert_null(b->sites[1].function);
  assert_int_equal(b->severity * 100 + b->confidence * 10 + b->growth, 212);
  assert_int_equal(b->cost * 100 + b->show * 10 + b->cold, 311);
  assert_int_equal(b->heat, 4);
  assert_string_equal(b->record, "struct node");
  assert_string_equal(b->help, "do this");
  assert_string_equal(b->suppressed, "on purpose");
  assert_false(b->listed);
  assert_int_equal(b->position, 3);
  assert_int_equal(back.items[0]->nplaces, 0);
  db_findings_free(&back);
  db_findings_free(&f);
  store_close(s);
}

static void runs_become_history(void **state) {
  (void)state;
  HpError err = {0};
  Store *s = store_open_memory(&err);
  for (int i = 0; i < 103; i++) {
    DbFindings f = {.arena = hp_arena_new()};
    add_finding(&f, "HP101", "00000000000000a1");
    add_finding(&f, "HP101", "00000000000000a2");
    if (i % 2)
      add_finding(&f, "HP201", "00000000000000a3");
    DbRun run = {.root = "/r", .command = "hplint"};
    assert_true(store_put_run(s, &run, &f, &err));
    assert_int_equal(run.id, i + 1);
    db_findings_free(&f);
  }
  assert_int_equal(one_number(s, "SELECT count(*) FROM finding"), 2);
  assert_int_equal(one_number(s, "SELECT count(*) FROM run"), 100);
  assert_int_equal(one_number(s, "SELECT min(run_id) FROM run_rule"), 4);
  assert_int_equal(one_number(s, "SELECT findings FROM run_rule WHERE run_id = 103"), 2);
  assert_int_equal(one_number(s, "SELECT count(*) FROM run_fingerprint WHERE run_id = 102"), 3);
  assert_int_equal(one_number(s, "SELECT count(*) FROM run_fingerprint WHERE run_id = 101"), 2);
  assert_int_equal(one_number(s, "SELECT count(*) FROM run_fingerprint"), 250);
  /* Two that stayed, and one that came and went, in the runs that are kept. */
  assert_int_equal(one_number(s, "SELECT count(*) FROM fingerprint"), 2 + 50);
  store_close(s);
}

/* The rows of what both runs found are the same ones, and all that is stored is the second run's.
 */
static void findings_that_stay_keep_their_rows(void **state) {
  (void)state;
  HpError err = {0};
  Store *s = store_open_memory(&err);
  int64_t ids[3] = {0};
  for (int run_number = 0; run_number < 2; run_number++) {
    DbFindings f = {.arena = hp_arena_new()}, back;
    DbPlace places[] = {{T("a.c"), 1, 2, 3, 4, T("first")}};
    for (int i = 0; i < 3; i++) {
      char print[17];
      snprintf(print, sizeof print, "00000000000000a%d", i);
      DbFinding *d = add_finding(&f, "HP101", print);
      d->places = places, d->nplaces = 1;
    }
    if (run_number) {
      f.items[1]->line++;
      f.items[2]->suppressed = T("known");
    }
    DbRun run = {.root = "/r", .command = "hplint"};
    assert_true(store_put_run(s, &run, &f, &err));
    assert_true(store_rank(s, run.id, 0, &f, &err));
    assert_int_equal(one_number(s, "SELECT count(*) FROM finding"), 3);
    assert_int_equal(one_number(s, "SELECT count(*) FROM place"), 3);
    assert_true(store_get_findings(s, 0, &back, NULL, &err));
    assert_int_equal(back.count, 3);
    for (uint32_t i = 0; i < 3; i++) {
      const DbFinding *b = back.items[i], *d = f.items[i]; /* both in the order of the ranks */
      assert_int_equal(b->id, d->id);
      assert_int_equal(b->line, d->line);
      assert_int_equal(b->position, (int)i + 1);
      assert_int_equal(b->nplaces, 1);
      assert_int_equal(!b->suppressed, !d->suppressed);
      char last = b->fingerprint[15];
      int number = last - '0';
      if (run_number && number == 0) /* the others may get the numbers of rows that are gone */
        assert_int_equal(ids[number], b->id);
      ids[number] = b->id;
    }
    db_findings_free(&back);
    db_findings_free(&f);
  }
  store_close(s);
}

/* Finds two findings and stores them, read ahead or not; the row of the first. */
static int64_t store_two(Store *s, Store *other, bool ahead, const char *change) {
  HpError err = {0};
  DbFindings f = {.arena = hp_arena_new()}, back;
  DbFinding *first = add_finding(&f, "HP101", "00000000000000a1");
  add_finding(&f, "HP201", "00000000000000a2");
  DbRun run = {.root = "/r", .command = "hplint"};
  if (ahead)
    store_read_ahead(s);
  if (change)
    assert_int_equal(sqlite3_exec(other->db, change, NULL, NULL, NULL), SQLITE_OK);
  assert_true(store_put_run(s, &run, &f, &err));
  assert_true(store_rank(s, run.id, 0, &f, &err));
  assert_true(store_get_findings(s, 0, &back, NULL, &err));
  assert_int_equal(back.count, 2);
  for (uint32_t i = 0; i < 2; i++) { /* all is as if there had been nothing before */
    assert_int_equal(back.items[i]->id, f.items[i]->id);
    assert_int_equal(back.items[i]->position, (int)i + 1);
    assert_true(back.items[i]->score == f.items[i]->score);
    assert_string_equal(back.items[i]->message, f.items[i]->message);
    assert_string_equal(back.items[i]->compiler_status, "unchecked");
  }
  int64_t id = first->id;
  db_findings_free(&back);
  db_findings_free(&f);
  return id;
}

/* What another process does to the rows that were read ahead is seen. */
static void findings_read_ahead(void **state) {
  HpError err = {0};
  Store *s = store_open(*state, true, &err), *other = store_open(*state, true, &err);
  assert_non_null(s);
  assert_non_null(other);
  int64_t id = store_two(s, other, true, NULL);
  assert_int_equal(store_two(s, other, true, NULL), id);
  assert_int_equal(store_two(s, other, false, NULL), id);
  store_two(s, other, true, "UPDATE finding SET message = 'another'");
  store_two(s, other, true, "UPDATE finding SET compiler_status = 'remains', score = 7");
  store_two(s, other, true, "UPDATE finding SET position = 9, score = 7");
  store_two(s, other, true, "DELETE FROM finding WHERE rule = 'HP101'");
  store_close(other);
  store_close(s);
}

static void functions_replaced(void **state) {
  (void)state;
  Store *s = store_open_memory(NULL);
  DbFunction functions[] = {{"f", "a.c", 1, 9, 4, 30, 1, 5, 0},
                            {"h", "b.c", 2, 5, 2, 7, 2, 1, 1},
                            {"g", "a.c", 11, 12, 1, 3, 0, 0, 3}};
  DbLoop loops[] = {{3, 1, "n"}, {2, 1, "10"}, {3, 2, NULL}};
  assert_true(store_put_functions(s, functions, 3, loops, NULL));
  assert_int_equal(one_number(s, "SELECT count(*) FROM function WHERE file = 'a.c'"), 2);
  assert_int_equal(one_number(s, "SELECT end_line FROM function WHERE name = 'g'"), 12);
  assert_int_equal(one_number(s, "SELECT line FROM loop WHERE function = 'h' AND file = 'b.c' AND "
                                 "depth = 2 AND trip = '?'"),
                   3);
  assert_true(store_put_functions(s, functions, 1, loops, NULL)); /* g and b.c are gone */
  assert_int_equal(one_number(s, "SELECT count(*) FROM function"), 1);
  assert_int_equal(one_number(s, "SELECT count(*) FROM source"), 1);
  assert_int_equal(one_number(s, "SELECT count(*) FROM loop"), 1);
  assert_int_equal(one_number(s, "SELECT insns FROM function JOIN loop ON function.name = "
                                 "loop.function AND trip = 'n'"),
                   30);
  store_close(s);
}

/* What is of a file in which nothing changed is not written: a mark put there stays. */
static void same_code_stays(void **state) {
  (void)state;
  Store *s = store_open_memory(NULL);
  DbFunction functions[] = {{"f", "a.c", 1, 9, 4, 30, 1, 5, 0}, {"h", "b.c", 2, 5, 2, 7, 1, 1, 1}};
  DbLoop loops[] = {{3, 1, "n"}, {2, 1, "10"}};
  assert_true(store_put_functions(s, functions, 2, loops, NULL));
  assert_true(db_exec(s, "UPDATE source SET code = x''", NULL));
  assert_true(store_put_functions(s, functions, 2, loops, NULL));
  assert_int_equal(one_number(s, "SELECT count(*) FROM function"), 0);
  loops[1].trip = "11";
  assert_true(store_put_functions(s, functions, 2, loops, NULL));
  assert_int_equal(one_number(s, "SELECT sum(insns) FROM function"), 7);
  assert_int_equal(one_number(s, "SELECT count(*) FROM loop WHERE trip = '11'"), 1);
  assert_int_equal(one_number(s, "SELECT count(*) FROM loop"), 1);
  store_close(s);
}

/* A block that is none, and one that is no list of functions: no functions, or such without a name.
 */
static void foreign_code(void **state) {
  (void)state;
  static const struct {
    const char *code, *query;
    int64_t answer;
  } cases[] = {
      {"x'00'", "SELECT count(*) FROM function", 0},
      {"x'28b52ffd20084100005b5b6e756c6c5d'", "SELECT count(*) FROM function", 0}, /* cut off */
      {"x'28b52ffd20084100005b5b6e756c6c5d5d'",                                    /* [[null]] */
       "SELECT count(*) FROM function WHERE name = '' AND line IS NULL AND NOT loops", 1},
      {"x'28b52ffd20084100005b5b6e756c6c5d5d'", "SELECT count(*) FROM loop", 0},
      {"x'28b52ffd20073900005b372c2278225d'", /* [7,"x"] */
       "SELECT count(*) FROM source", 1},
  };
  Store *s = store_open_memory(NULL);
  DbFunction f = {"f", "a.c", 1, 9, 4, 30, 0, 5, 0};
  assert_true(store_put_functions(s, &f, 1, NULL, NULL));
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *sql = hp_format("UPDATE source SET code = %s", cases[i].code);
    assert_true(db_exec(s, sql, NULL));
    free(sql);
    assert_int_equal(one_number(s, cases[i].query), cases[i].answer);
  }
  DbDefinitions found;
  HpError err = {0};
  assert_false(store_find_function(s, "/", "x", &found, &err)); /* the last one */
  assert_non_null(strstr(err.text, "JSON"));
  db_definitions_free(&found);
  store_close(s);
}

/* Runs one after the other with as many findings do not make the file grow. */
static void room_is_used_again(void **state) {
  (void)state;
  Store *s = store_open_memory(NULL);
  int64_t pages = 0;
  for (int i = 0; i < 4; i++) {
    DbFindings f = {.arena = hp_arena_new()};
    for (int k = 0; k < 500; k++)
      add_finding(&f, "HP101", hp_arena_format(f.arena, "%016d", k));
    DbRun run = {.root = "/r", .command = "hplint"};
    assert_true(store_put_run(s, &run, &f, NULL));
    db_findings_free(&f);
    int64_t now = one_number(s, "PRAGMA page_count");
    if (i == 0)
      pages = now;
    assert_true(now < pages + pages / 4);
  }
  store_close(s);
}

/* ---- transactions ------------------------------------------------------------------------------
 */

static bool put_numbered(Store *s, uint64_t key, HpError *err) {
  char path[32] = "", status[] = "ok";
  snprintf(path, sizeof path, "%llu.c", (unsigned long long)key);
  DbUnit u = {.path = path, .key = key, .status = status, .record = path, .record_size = 8};
  return store_put_unit(s, &u, err);
}

static void killed_in_transaction(void **state) {
  Tree *t = *state;
  Store *s = open_ok(t->dir);
  assert_true(put_numbered(s, 1, NULL));
  store_close(s);
  pid_t pid = fork();
  if (pid == 0) {
    s = store_open(t->dir, true, NULL);
    store_begin(s, NULL);
    sqlite3_exec(s->db, "PRAGMA cache_size = 10", NULL, NULL, NULL); /* spill into the WAL */
    for (uint64_t key = 2; key < 5000; key++)
      put_numbered(s, key, NULL);
    kill(getpid(), SIGKILL);
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status));
  s = open_ok(t->dir);
  assert_int_equal(one_number(s, "SELECT count(*) FROM unit"), 1);
  assert_true(put_numbered(s, 2, NULL));
  assert_int_equal(one_number(s, "SELECT count(*) FROM pragma_integrity_check WHERE "
                                 "integrity_check = 'ok'"),
                   1);
  store_close(s);
}

static void writers_at_once(void **state) {
  Tree *t = *state;
  store_close(open_ok(t->dir));
  pid_t pids[4];
  for (int i = 0; i < 4; i++) {
    pids[i] = fork();
    if (pids[i] == 0) {
      Store *s = store_open(t->dir, true, NULL);
      bool ok = s != NULL;
      for (int batch = 0; ok && batch < 20; batch++) {
        ok = store_begin(s, NULL);
        for (int k = 0; ok && k < 10; k++)
          ok = put_numbered(s, (uint64_t)(i * 1000 + batch * 10 + k), NULL);
        ok = ok && store_commit(s, NULL);
      }
      store_close(s);
      _exit(ok ? 0 : 1);
    }
  }
  for (int i = 0; i < 4; i++) {
    int status;
    assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  Store *s = open_ok(t->dir);
  assert_int_equal(one_number(s, "SELECT count(*) FROM unit"), 800);
  store_close(s);
}

/* Two connections of one process: a reader sees the old state until the writer commits, a second
 * writer is told that it is locked. */
static void locked(void **state) {
  Tree *t = *state;
  Store *a = open_ok(t->dir), *b = open_ok(t->dir);
  sqlite3_busy_timeout(b->db, 0);
  HpError err = {0};
  assert_true(store_begin(a, &err));
  assert_true(put_numbered(a, 1, &err));
  assert_int_equal(one_number(b, "SELECT count(*) FROM unit"), 0);
  assert_false(store_begin(b, &err));
  assert_non_null(strstr(err.text, "another process is using it"));
  assert_non_null(strstr(err.text, t->file));
  assert_true(store_commit(a, NULL));
  assert_int_equal(one_number(b, "SELECT count(*) FROM unit"), 1);
  assert_true(put_numbered(b, 2, NULL));
  store_close(a);
  store_close(b);
}

static void disk_full(void **state) {
  Tree *t = *state;
  Store *s = open_ok(t->dir);
  assert_true(put_numbered(s, 1, NULL));
  assert_true(db_exec(s, "PRAGMA max_page_count = 40", NULL));
  HpError err = {0};
  assert_true(store_begin(s, &err));
  uint64_t key = 2;
  while (key < 100000 && put_numbered(s, key, &err))
    key++;
  assert_true(err.set);
  assert_non_null(strstr(err.text, "the disk is full"));
  store_rollback(s);
  assert_int_equal(one_number(s, "SELECT count(*) FROM unit"), 1);
  assert_true(db_exec(s, "PRAGMA max_page_count = 100000", NULL));
  assert_true(put_numbered(s, 2, NULL));
  store_close(s);
}

static void rollback_undoes(void **state) {
  (void)state;
  Store *s = store_open_memory(NULL);
  assert_true(store_begin(s, NULL));
  assert_true(put_numbered(s, 1, NULL));
  store_rollback(s);
  store_rollback(s); /* nothing open: nothing happens */
  assert_int_equal(one_number(s, "SELECT count(*) FROM unit"), 0);
  store_close(s);
}

/* ---- queries --------------------------------------------------------------------------------- */

static bool collect(void *context, int64_t index, int n, const char *const *values) {
  HpBuf *out = context;
  hp_buf_addf(out, "%lld:", (long long)index);
  for (int i = 0; i < n; i++)
    hp_buf_addf(out, " %s", values[i] ? values[i] : "NULL");
  hp_buf_addc(out, '\n');
  return index < 2;
}

static void queries(void **state) {
  (void)state;
  Store *s = store_open_memory(NULL);
  HpError err = {0};
  HpBuf out = {0};
  assert_true(put_numbered(s, 1, NULL));
  assert_true(store_query(s, "SELECT path, reason AS why, 1.5 FROM unit ; ", collect, &out, &err));
  assert_string_equal(hp_buf_text(&out), "-1: path why 1.5\n0: 1.c NULL 1.5\n");
  hp_buf_clear(&out);
  assert_true(store_query(s,
                          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT "
                          "i FROM n",
                          collect, &out, &err)); /* endless: the callback stops it */
  assert_string_equal(hp_buf_text(&out), "-1: i\n0: 1\n1: 2\n2: 3\n");
  hp_buf_clear(&out);
  assert_true(store_query(s, "SELECT count(*) FROM ranked", collect, &out, &err));
  hp_buf_clear(&out);
  assert_true(store_overview(s, &out, &err));
  assert_non_null(strstr(hp_buf_text(&out), "no run yet"));
  assert_non_null(strstr(hp_buf_text(&out), "profile_stack"));
  hp_buf_free(&out);
  store_close(s);
}

static void queries_cannot_write(void **state) {
  static const struct {
    const char *sql, *words;
  } bad[] = {
      {"DELETE FROM unit", "only queries that read"},
      {"INSERT INTO unit_file VALUES (1, 1)", "only queries that read"},
      {"WITH x AS (SELECT 1) UPDATE unit SET path = 'x' RETURNING id", "only queries that read"},
      {"DROP TABLE unit", "only queries that read"},
      {"CREATE TEMP TABLE x (y)", "only queries that read"},
      {"ATTACH '/tmp/x' AS y", "only queries that read"},
      {"PRAGMA user_version = 3", "only queries that read"},
      {"PRAGMA journal_mode = DELETE", "only queries that read"},
      {"VACUUM INTO '/tmp/x'", "only queries that read"},
      {"BEGIN EXCLUSIVE", "only queries that read"},
      {"SELECT load_extension('x')", "not authorized"},
      {"SELECT 1; DELETE FROM unit", "one query at a time"},
      {"SELEC 1", "syntax error"},
      {"SELECT absent FROM unit", "no such column"},
      {"SELECT \"absent\" FROM unit", "no such column"},
      {"  ;", "empty"},
      {"", "empty"},
  };
  (void)state;
  Store *s = store_open_memory(NULL);
  assert_true(put_numbered(s, 1, NULL));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    HpError err = {0};
    HpBuf out = {0};
    if (store_query(s, bad[i].sql, collect, &out, &err))
      fail_msg("accepted: %s", bad[i].sql);
    if (!strstr(err.text, bad[i].words))
      fail_msg("%s: '%s' does not say '%s'", bad[i].sql, err.text, bad[i].words);
    hp_buf_free(&out);
  }
  assert_int_equal(one_number(s, "SELECT count(*) FROM unit WHERE path = '1.c'"), 1);
  store_close(s);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, tree_setup, tree_teardown)
  const struct CMUnitTest tests[] = {
      TEST(unit_unchanged),
      TEST(unit_touched),
      TEST(unit_changed),
      TEST(unit_changed_at_once),
      TEST(missing_file_appears),
      TEST(unit_damaged),
      TEST(alike_units_share_a_dictionary),
      TEST(units_are_replaced),
      cmocka_unit_test(findings_round_trip),
      cmocka_unit_test(runs_become_history),
      cmocka_unit_test(findings_that_stay_keep_their_rows),
      TEST(findings_read_ahead),
      cmocka_unit_test(functions_replaced),
      cmocka_unit_test(same_code_stays),
      cmocka_unit_test(foreign_code),
      cmocka_unit_test(room_is_used_again),
      TEST(killed_in_transaction),
      TEST(writers_at_once),
      TEST(locked),
      TEST(disk_full),
      cmocka_unit_test(rollback_undoes),
      cmocka_unit_test(queries),
      cmocka_unit_test(queries_cannot_write),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
