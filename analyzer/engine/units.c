/* From the project's units to IR in memory: cache, workers, second tries, failures by cause. */
#include "analyzer/engine/internal.h"
#include "analyzer/unit/worker.h"
#include "ir/build.h"
#include "ir/serial.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { UNIT_OK, UNIT_INCOMPLETE, UNIT_FAILED }; /* FrontendStatus, without libclang's header */
enum { MAX_ROUNDS = 6 }; /* of looking for missing headers: each may include the next */

/* What is known of one unit so far. */
typedef struct Slot {
  UnitResult result;
  bool done;
} Slot;

typedef struct Loader {
  const RunOptions *options;
  RunResult *out;
  Store *store;
  Units *units;
  Slot *slots;
  uint32_t finished, wanted;
  int64_t shown_ms; /* when the progress line was last written */
  HpError *err;
  bool failed; /* err is set: stop */
} Loader;

static volatile int cancelled;
static void on_interrupt(int signal) {
  (void)signal;
  cancelled = 1;
}

/* A line that replaces itself, at most twenty times a second. */
static void progress(Loader *l, const char *file) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int64_t ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  if (!l->options->progress || (ms - l->shown_ms < 50 && l->finished < l->wanted))
    return;
  l->shown_ms = ms;
  HpBuf name = {0};
  hp_buf_add_escaped(&name, file);
  fprintf(stderr, "\r\033[K%u/%u units  %.60s", l->finished, l->wanted, hp_buf_text(&name));
  hp_buf_free(&name);
}

static void progress_end(const Loader *l) {
  if (l->options->progress)
    fputs("\r\033[K", stderr);
}

/* ---- cache ----------------------------------------------------------------------------------- */

/* Units that lacked headers are analysed again: what they lacked may be there now. */
static bool from_cache(Loader *l, uint32_t i) {
  DbUnit unit = {0};
  bool found = false;
  if (!store_get_unit(l->store, l->out->project.units[i].key, &unit, &found, l->err)) {
    l->failed = true;
    return false;
  }
  if (!found)
    return false;
  HpError bad = {0};
  IrUnit *ir = NULL;
  if (strcmp(unit.status, "ok") == 0)
    ir = ir_read_unit(unit.record, unit.record_size, unit.path, &bad);
  db_unit_free(&unit);
  if (!ir)
    return false;
  l->units->items[i] = ir;
  l->slots[i].done = true;
  l->out->cached++;
  l->out->analysed++;
  return true;
}

static bool to_cache(Loader *l, UnitResult *r) {
  static const char *const names[] = {"ok", "incomplete", "failed"};
  const ProjectUnit *pu = &l->out->project.units[r->index];
  DbUnit unit = {.path = (char *)(uintptr_t)project_relative(&l->out->project, pu->file),
                 .key = pu->key,
                 .status = (char *)(uintptr_t)names[r->status],
                 .reason = r->reason,
                 .files = r->files,
                 .nfiles = r->nfiles,
                 .record = r->record,
                 .record_size = r->record_size};
  return store_put_unit(l->store, &unit, l->err);
}

/* ---- workers --------------------------------------------------------------------------------- */

static void on_done(void *context, UnitResult *r) {
  Loader *l = context;
  Slot *slot = &l->slots[r->index];
  if (slot->done)
    unit_result_free(&slot->result);
  slot->result = *r;
  slot->done = true;
  l->finished++;
  progress(l, project_relative(&l->out->project, l->out->project.units[r->index].file));
}

/* Units with guessed flags that lack headers which the tree has: flags are added, and the units are
 * collected for another try. */
static uint32_t second_tries(Loader *l, uint32_t *todo, uint32_t count) {
  uint32_t again = 0;
  for (uint32_t k = 0; k < count; k++) {
    const Slot *slot = &l->slots[todo[k]];
    ProjectUnit *unit = &l->out->project.units[todo[k]];
    if (slot->done && slot->result.nmissing && unit->origin == ORIGIN_GUESSED &&
        project_guess_retry(&l->out->project, unit, (const char *const *)slot->result.missing,
                            slot->result.nmissing))
      todo[again++] = todo[k];
  }
  return again;
}

static bool run_workers(Loader *l, Pool *pool, uint32_t *todo, uint32_t count) {
  for (int round = 0; count && round < MAX_ROUNDS && !cancelled; round++) {
    l->finished = 0;
    l->wanted = count;
    if (!pool_run(pool, &l->out->project, todo, count, on_done, l, &cancelled, l->err))
      return false;
    count = second_tries(l, todo, count);
    uint32_t fresh = 0;
    for (uint32_t k = 0; k < count; k++) /* another run may have left the better-flagged unit */
      if (!from_cache(l, todo[k]))
        todo[fresh++] = todo[k];
    count = fresh;
  }
  return true;
}

/* The file being edited: its unsaved text, never cached. */
static bool run_unsaved(Loader *l, Pool *pool, uint32_t i) {
  UnitResult r = {0};
  if (!pool_run_one(pool, &l->out->project.units[i], l->options->unsaved, l->options->unsaved_size,
                    &r, l->err))
    return false;
  r.index = i;
  on_done(l, &r);
  return true;
}

/* ---- failures -------------------------------------------------------------------------------- */

static void add_failure(Loader *l, uint32_t i, const char *cause, const char *advice,
                        bool incomplete) {
  RunResult *out = l->out;
  for (uint32_t k = 0; k < out->nfailures; k++) {
    RunFailure *f = &out->failures[k];
    if (strcmp(f->cause, cause) == 0 && f->incomplete == incomplete) {
      f->units++;
      return;
    }
  }
  out->failures = hp_realloc(out->failures, (out->nfailures + 1) * sizeof *out->failures);
  out->failures[out->nfailures++] = (RunFailure){
      .cause = hp_strdup(cause),
      .units = 1,
      .example = hp_strdup(project_relative(&out->project, out->project.units[i].file)),
      .advice = advice ? hp_strdup(advice) : NULL,
      .incomplete = incomplete};
}

/* One failure for each unit: the first missing header, else the first error. One in a header folds
 * over the units that include it: its place is the same. */
static void record_failure(Loader *l, uint32_t i) {
  const UnitResult *r = &l->slots[i].result;
  bool incomplete = r->status == UNIT_INCOMPLETE;
  if (r->nmissing) {
    char *cause = hp_format("header %s not found", r->missing[0]);
    bool guessed = l->out->project.units[i].origin == ORIGIN_GUESSED;
    add_failure(l, i, cause,
                guessed ? "build the project first, or give flags: hplint PATH -- -I DIR; or "
                          "record them: hplint capture -- make"
                        : "generated headers come with a build: build the project first",
                incomplete);
    free(cause);
    return;
  }
  add_failure(l, i, r->reason ? r->reason : "no reason given", NULL, incomplete);
}

/* ---- all ------------------------------------------------------------------------------------- */

/* IR out of the records that workers sent; cached in one transaction. */
static bool take_results(Loader *l) {
  for (uint32_t i = 0; i < l->units->count; i++) {
    Slot *slot = &l->slots[i];
    if (!slot->done || l->units->items[i])
      continue;
    UnitResult *r = &slot->result;
    const ProjectUnit *pu = &l->out->project.units[i];
    if (r->record) {
      HpError bad = {0};
      l->units->items[i] = ir_read_unit(r->record, r->record_size, pu->file, &bad);
      if (!l->units->items[i]) {
        r->status = UNIT_FAILED;
        free(r->reason);
        r->reason = hp_strdup(bad.text);
      }
    }
    l->out->analysed += l->units->items[i] != NULL;
    l->out->incomplete += r->status == UNIT_INCOMPLETE;
    l->out->failed += r->status == UNIT_FAILED;
    if (r->status != UNIT_OK)
      record_failure(l, i);
    bool unsaved = l->options->unsaved && !strcmp(pu->file, l->options->unsaved_file);
    if (!unsaved && r->record && !to_cache(l, r))
      return false;
  }
  return true;
}

static int compare_failures(const void *a, const void *b) {
  const RunFailure *x = a, *y = b;
  if (x->units != y->units)
    return x->units < y->units ? 1 : -1;
  return strcmp(x->cause, y->cause);
}

static bool load(Loader *l) {
  Project *project = &l->out->project;
  uint32_t *todo = hp_calloc(project->nunits, sizeof *todo), count = 0;
  int64_t unsaved = -1;
  for (uint32_t i = 0; i < project->nunits && !l->failed; i++) {
    if (l->options->unsaved && !strcmp(project->units[i].file, l->options->unsaved_file))
      unsaved = i;
    else if (!from_cache(l, i))
      todo[count++] = i;
  }
  Pool *pool = NULL;
  bool ok = !l->failed;
  if (ok && (count || unsaved >= 0)) {
    PoolOptions po = {.jobs = run_jobs(l->options)};
    pool = pool_start(&po, l->err);
    ok = pool && run_workers(l, pool, todo, count) &&
         (unsaved < 0 || run_unsaved(l, pool, (uint32_t)unsaved));
  }
  pool_stop(pool);
  progress_end(l);
  free(todo);
  ok = ok && store_begin(l->store, l->err) && take_results(l) && store_commit(l->store, l->err);
  if (!ok)
    store_rollback(l->store);
  return ok;
}

bool units_load(const RunOptions *options, RunResult *out, Store *store, Units *units,
                HpError *err) {
  units->count = out->project.nunits;
  units->items = hp_calloc(units->count, sizeof *units->items);
  Loader l = {.options = options, .out = out, .store = store, .units = units, .err = err};
  l.slots = hp_calloc(units->count, sizeof *l.slots);
  cancelled = 0;
  struct sigaction old, act = {.sa_handler = on_interrupt};
  sigaction(SIGINT, &act, &old);
  bool ok = load(&l);
  sigaction(SIGINT, &old, NULL);
  for (uint32_t i = 0; i < units->count; i++)
    if (l.slots[i].done)
      unit_result_free(&l.slots[i].result);
  free(l.slots);
  if (out->nfailures)
    qsort(out->failures, out->nfailures, sizeof *out->failures, compare_failures);
  if (ok && cancelled)
    return hp_fail(err, "interrupted: %u of %u units analysed and kept; run again to go on",
                   out->analysed, units->count);
  return ok;
}

void units_free(Units *units) {
  for (uint32_t i = 0; i < units->count; i++)
    ir_unit_free(units->items[i]);
  free(units->items);
}
