#include "analyzer/engine/inspect.h"
#include "analyzer/engine/internal.h"
#include "ir/build.h"
#include "ir/serial.h"

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

/* The record alone, for a unit that needs no second look: analysing every function is not wanted.
 */
static bool from_store(Inspected *out, Store *store) {
  DbUnit stored = {0};
  HpError ignored = {0};
  bool found = false;
  const ProjectUnit *unit = &out->run.project.units[0];
  if (store_get_unit(store, unit_cache_key(unit), &stored, &found, &ignored) && found &&
      !strcmp(stored.status, "ok"))
    out->unit = out->own = ir_read_unit(stored.record, stored.record_size, unit->file, &ignored);
  db_unit_free(&stored);
  out->stored = out->unit != NULL;
  return out->stored;
}

static bool analyse(const RunOptions *options, Inspected *out, Store *store, bool keeps,
                    HpError *err) {
  if (!units_load(options, &out->run, store, &out->shelf, err))
    return false;
  for (uint32_t i = 0; i < shelf_count(out->shelf) && !out->unit; i++)
    out->unit = shelf_unit(out->shelf, i);
  out->stored = out->run.cached > 0;
  out->kept = keeps && !out->stored && !options->unsaved;
  const RunFailure *why = out->run.nfailures ? &out->run.failures[0] : NULL;
  return out->unit || hp_fail(err, "%s: %s", options->project.paths[0],
                              why ? why->cause : "no unit came out of it");
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
  bool ok = store && ((!options->unsaved && from_store(out, store)) ||
                      analyse(options, out, store, exists, err));
  store_close(store);
  return ok;
}

void inspect_free(Inspected *i) {
  shelf_free(i->shelf);
  ir_unit_free(i->own);
  run_result_free(&i->run);
}
