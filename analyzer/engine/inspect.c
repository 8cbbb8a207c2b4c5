#include "analyzer/engine/inspect.h"
#include "analyzer/engine/internal.h"
#include "ir/build.h"

#include <stdlib.h>
#include <string.h>

static Store *open_store(const RunOptions *options, const Project *project, bool *exists,
                         HpError *err) {
  HpError ignored = {0};
  char *dir = options->no_store ? NULL : store_location(project->root, NULL, &ignored);
  Store *store = dir ? store_open(dir, false, &ignored) : NULL;
  free(dir);
  *exists = store != NULL;
  return store ? store : store_open_memory(err);
}

/* The same file with several sets of flags: the first will do. */
static bool one_unit(Project *project, const char *path, HpError *err) {
  for (uint32_t i = 1; i < project->nunits; i++)
    if (strcmp(project->units[i].file, project->units[0].file) != 0)
      return hp_fail(err, "%s: a folder of %u C files: name one file", path, project->nunits);
  return true;
}

bool inspect_load(const RunOptions *options, Inspected *out, HpError *err) {
  *out = (Inspected){0};
  Project *project = &out->run.project;
  if (!project_load(&options->project, project, err) ||
      !one_unit(project, options->project.paths[0], err))
    return false;
  if (project->nproblems)
    return hp_fail(err, "%s", project->problems[0]);
  bool exists;
  Store *store = open_store(options, project, &exists, err);
  Units units = {0};
  bool ok = store && units_load(options, &out->run, store, &units, err);
  for (uint32_t i = 0; ok && i < units.count && !out->unit; i++) {
    out->unit = units.items[i];
    units.items[i] = NULL;
  }
  out->stored = out->run.cached > 0;
  out->kept = exists && !out->stored && !options->unsaved;
  const RunFailure *why = out->run.nfailures ? &out->run.failures[0] : NULL;
  if (ok && !out->unit)
    ok = hp_fail(err, "%s: %s", options->project.paths[0], why ? why->cause : "no unit came out");
  units_free(&units);
  store_close(store);
  return ok;
}

void inspect_free(Inspected *i) {
  ir_unit_free(i->unit);
  run_result_free(&i->run);
}
