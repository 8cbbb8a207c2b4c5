#include "analyzer/engine/whole.h"
#include "analyzer/engine/internal.h"

#include <stdlib.h>

static Store *open_store(const RunOptions *options, RunResult *run, HpError *err) {
  HpError why = {0};
  char *dir = options->no_store ? NULL : store_location(run->project.root, NULL, &why);
  Store *store = dir ? store_open(dir, true, &why) : NULL;
  free(dir);
  if (!store && why.set)
    run_unstored(run, &why);
  return store ? store : store_open_memory(err);
}

static bool owned(void *context, const char *path) {
  return project_owns(context, path);
}

static bool link_units(Whole *w, const RunOptions *options, HpError *err) {
  uint32_t count = 0;
  w->units = hp_calloc(shelf_count(w->shelf) + 1, sizeof *w->units);
  for (uint32_t i = 0; i < shelf_count(w->shelf); i++)
    if ((w->units[count] = shelf_unit(w->shelf, i)))
      count++;
  if (!count)
    return hp_fail(err, "no unit could be analysed: %s",
                   w->run.nfailures ? w->run.failures[0].cause : "there is none");
  PgOptions link = {.in_project = owned,
                    .context = &w->run.project,
                    .analysis = shelf_analysis,
                    .body = shelf_body,
                    .made_context = w->shelf,
                    .jobs = run_jobs(options)};
  w->program = ir_program_link(w->units, count, &link);
  return true;
}

bool whole_load(const RunOptions *options, Whole *out, HpError *err) {
  *out = (Whole){0};
  if (!project_load(&options->project, &out->run.project, err))
    return false;
  out->run.units = out->run.project.nunits;
  Store *store = open_store(options, &out->run, err);
  bool ok = store && units_load(options, &out->run, store, &out->shelf, err) &&
            link_units(out, options, err);
  store_close(store);
  return ok;
}

void whole_free(Whole *w) {
  ir_program_free(w->program);
  free(w->units);
  shelf_free(w->shelf);
  run_result_free(&w->run);
}
