/* `hplint dis --coverage`: instructions, and those that are not modelled, by reason. */
#include "analyzer/cli/coverage.h"

#include "analyzer/project/project.h"
#include "analyzer/unit/worker.h"
#include "db/json.h"
#include "ir/build.h"
#include "ir/coverage.h"
#include "ir/serial.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Survey {
  Project project;
  IrCoverage found;
  uint64_t stored, incomplete, failed;
} Survey;

static bool add_record(Survey *s, const void *record, size_t size, const char *path) {
  HpError bad = {0};
  IrUnit *unit = ir_read_unit(record, size, path, &bad);
  if (!unit)
    return false;
  ir_coverage_add(&s->found, unit);
  ir_unit_free(unit);
  return true;
}

/* ---- units ----------------------------------------------------------------------------------- */

static bool from_store(Survey *s, Store *store, const ProjectUnit *pu) {
  DbUnit unit = {0};
  HpError bad = {0};
  bool found = false;
  if (!store_get_unit(store, pu->key, &unit, &found, &bad) || !found)
    return false;
  bool ok = !strcmp(unit.status, "ok") &&
            add_record(s, unit.record, unit.record_size, unit.path ? unit.path : pu->file);
  s->stored += ok;
  db_unit_free(&unit);
  return ok;
}

static void on_done(void *context, UnitResult *r) {
  Survey *s = context;
  const char *path = s->project.units[r->index].file;
  if (!r->record || !add_record(s, r->record, r->record_size, path))
    s->failed++;
  else
    s->incomplete += r->nmissing != 0 || r->reason != NULL;
  unit_result_free(r);
}

static Store *open_store(const Survey *s) {
  HpError none = {0};
  char *dir = store_location(s->project.root, NULL, &none);
  Store *store = dir ? store_open(dir, false, &none) : NULL;
  free(dir);
  return store;
}

static bool survey(Survey *s, HpError *err) {
  Store *store = open_store(s);
  uint32_t *todo = hp_calloc(s->project.nunits + 1, sizeof *todo), count = 0;
  for (uint32_t i = 0; i < s->project.nunits; i++)
    if (!store || !from_store(s, store, &s->project.units[i]))
      todo[count++] = i;
  store_close(store);
  bool ok = true;
  if (count) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    PoolOptions options = {.jobs = cores > 0 ? (unsigned)cores : 1};
    Pool *pool = pool_start(&options, err);
    static const volatile int never;
    ok = pool && pool_run(pool, &s->project, todo, count, on_done, s, &never, err);
    pool_stop(pool);
  }
  free(todo);
  return ok;
}

/* ---- report ---------------------------------------------------------------------------------- */

static double percent(uint64_t part, uint64_t whole) {
  return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void print_text(const Survey *s) {
  const IrCoverage *c = &s->found;
  HpBuf out = {0};
  hp_buf_addf(&out,
              "units:         %" PRIu64 " (%" PRIu64 " stored, %" PRIu64 " incomplete, %" PRIu64
              " failed)\n",
              c->units, s->stored, s->incomplete, s->failed);
  hp_buf_addf(&out, "functions:     %" PRIu64 " (%" PRIu64 " with something not modelled)\n",
              c->functions, c->touched);
  hp_buf_addf(&out, "instructions:  %" PRIu64 "\n", c->instructions);
  hp_buf_addf(&out, "not modelled:  %" PRIu64 " (%.4f %%)\n", c->opaque,
              percent(c->opaque, c->instructions));
  for (uint32_t i = 0; i < c->ngaps; i++) {
    const IrGap *g = &c->gaps[i];
    hp_buf_addf(&out, "%10" PRIu64 "  %5.1f %%  ", g->count, percent(g->count, c->opaque));
    hp_buf_add_escaped(&out, g->reason);
    hp_buf_add(&out, "  (");
    hp_buf_add_escaped(&out, project_relative(&s->project, g->path));
    hp_buf_addf(&out, ":%u ", g->line);
    hp_buf_add_escaped(&out, g->function);
    hp_buf_add(&out, ")\n");
  }
  cli_print(&out);
  hp_buf_free(&out);
}

static void print_json(const Survey *s) {
  const IrCoverage *c = &s->found;
  json_t *gaps = json_array();
  for (uint32_t i = 0; i < c->ngaps; i++) {
    const IrGap *g = &c->gaps[i];
    json_array_append_new(gaps, json_pack("{sosIsosiso}", "reason", db_json_text(g->reason),
                                          "count", (json_int_t)g->count, "file",
                                          db_json_text(project_relative(&s->project, g->path)),
                                          "line", g->line, "function", db_json_text(g->function)));
  }
  json_t *all = json_pack("{sIsIsIsIsIsIsIsIsfso}", "units", (json_int_t)c->units, "stored",
                          (json_int_t)s->stored, "incomplete", (json_int_t)s->incomplete, "failed",
                          (json_int_t)s->failed, "functions", (json_int_t)c->functions,
                          "functions_not_modelled", (json_int_t)c->touched, "instructions",
                          (json_int_t)c->instructions, "opaque", (json_int_t)c->opaque,
                          "opaque_percent", percent(c->opaque, c->instructions), "reasons", gaps);
  char *text = json_dumps(all, JSON_INDENT(2));
  puts(text);
  free(text);
  json_decref(all);
}

int cli_coverage(const CliArgs *args, const char *database, bool json) {
  HpError err = {0};
  Survey s = {0};
  ProjectOptions po = {.paths = (const char *const *)args->items,
                       .npaths = (uint32_t)args->count,
                       .database = database,
                       .flags = (const char *const *)args->rest,
                       .nflags = (uint32_t)args->nrest};
  bool ok = project_load(&po, &s.project, &err) && survey(&s, &err);
  for (uint32_t i = 0; ok && i < s.project.nproblems; i++)
    ok = hp_fail(&err, "%s", s.project.problems[i]);
  if (ok) {
    ir_coverage_sort(&s.found);
    if (json)
      print_json(&s);
    else
      print_text(&s);
  }
  ir_coverage_free(&s.found);
  project_free(&s.project);
  return ok ? 0 : cli_error(&err);
}
