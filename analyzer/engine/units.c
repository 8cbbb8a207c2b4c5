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

enum { MAX_ROUNDS = 6 }; /* of looking for missing headers: each may include the next */

enum { BATCH_UNITS = 16, BATCH_MS = 500 }; /* stored in one transaction */

/* What is known of one unit so far. */
typedef struct Slot {
  UnitResult result; /* of the last try; its record only until it is stored */
  bool done, cached;
  DbUnit stored; /* a unit of the store whose record has not been read yet */
} Slot;

typedef struct Loader {
  const RunOptions *options;
  RunResult *out;
  Store *store;
  Shelf *units;
  Slot *slots;
  uint32_t finished, wanted;
  int64_t shown_ms;            /* when the progress line was last written */
  uint32_t *pending, npending; /* done by workers, not yet stored */
  int64_t stored_ms;
  HpError *err;
  bool failed; /* err is set: stop */
} Loader;

static volatile int cancelled;
static void on_interrupt(int signal) {
  (void)signal;
  cancelled = 1;
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *unit_name(const Loader *l, uint32_t i) {
  return project_relative(&l->out->project, l->out->project.units[i].file);
}

/* A line that replaces itself: "12/140 units, 3 s left, now src/server.c (2 s)". */
static void progress(void *context, const PoolState *state) {
  const Loader *l = context;
  HpBuf line = {0};
  hp_buf_addf(&line, "%u/%u units", state->done, state->count);
  if (state->share > 0 && state->seconds > 0.5)
    hp_buf_addf(&line, ", %.0f s left", state->seconds / state->share - state->seconds);
  if (state->slowest != UINT32_MAX) {
    HpBuf name = {0};
    hp_buf_add_escaped(&name, unit_name(l, state->slowest));
    hp_buf_addf(&line, ", now %.60s", hp_buf_text(&name));
    hp_buf_free(&name);
    if (state->slowest_seconds >= 1)
      hp_buf_addf(&line, " (%.0f s)", state->slowest_seconds);
  }
  fprintf(stderr, "\r\033[K%s", hp_buf_text(&line));
  hp_buf_free(&line);
}

static void progress_end(const Loader *l) {
  if (l->options->progress)
    fputs("\r\033[K", stderr);
}

/* ---- cache ----------------------------------------------------------------------------------- */

static const char *const statuses[] = {"ok", "incomplete", "failed"};

uint64_t unit_cache_key(const ProjectUnit *unit) {
  return (unit->key ^ unit_front_end_id) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool has_text(const Loader *l, const char *path) {
  const RunState *state = l->options->state;
  for (uint32_t i = 0; state && i < state->ntexts; i++)
    if (!strcmp(state->texts[i].path, path))
      return true;
  return false;
}

/* Did it read a file that is another in the state asked for? */
static bool reads_text(const Loader *l, const DbUnit *unit) {
  for (uint32_t i = 0; l->options->state && i < unit->nfiles; i++)
    if (has_text(l, unit->files[i].path))
      return true;
  return false;
}

/* An incomplete unit is as good as a complete one: what it lacks is in its look-ups. */
static bool from_cache(Loader *l, uint32_t i) {
  DbUnit unit = {0};
  bool found = false;
  uint64_t key = unit_cache_key(&l->out->project.units[i]);
  if (!store_find_unit(l->store, key, l->options->state != NULL, &unit, &found, l->err)) {
    l->failed = true;
    return false;
  }
  found = found && unit.record_size && !reads_text(l, &unit);
  if (found) {
    Slot *slot = &l->slots[i];
    unit_result_free(&slot->result);
    slot->result = (UnitResult){.index = i,
                                .status = strcmp(unit.status, "ok") ? UNIT_INCOMPLETE : UNIT_OK,
                                .reason = unit.reason,
                                .missing = unit.missing,
                                .nmissing = unit.nmissing};
    slot->done = slot->cached = true;
    unit.reason = NULL;
    unit.missing = NULL;
    unit.nmissing = 0;
    slot->stored = unit;
    unit = (DbUnit){0};
  }
  db_unit_free(&unit);
  return found;
}

/* The records of what was found in the store, while workers are busy. One that cannot be had is
 * missing from the shelf in the end, and parsed. */
static void fetch(void *context) {
  Loader *l = context;
  for (uint32_t i = 0; i < shelf_count(l->units); i++) {
    DbUnit *stored = &l->slots[i].stored;
    HpError ignored = {0};
    if (stored->id && store_read_packed(l->store, stored, &ignored) && stored->packed)
      shelf_put_record(l->units, i, stored);
    db_unit_free(stored);
  }
}

static bool to_cache(Loader *l, UnitResult *r) {
  const ProjectUnit *pu = &l->out->project.units[r->index];
  DbUnit unit = {.path = (char *)(uintptr_t)project_relative(&l->out->project, pu->file),
                 .key = unit_cache_key(pu),
                 .status = (char *)(uintptr_t)statuses[r->status],
                 .reason = r->reason,
                 .files = r->files,
                 .nfiles = r->nfiles,
                 .record = r->record,
                 .record_size = r->record_size,
                 .missing = r->missing,
                 .nmissing = r->nmissing,
                 .absent = r->absent,
                 .nabsent = r->nabsent};
  return store_put_unit(l->store, &unit, l->err);
}

static bool is_unsaved(const Loader *l, uint32_t i) {
  return l->options->unsaved && !strcmp(l->out->project.units[i].file, l->options->unsaved_file);
}

/* The record has been read and stored: what is left is what the end of the run talks about. */
static void drop_record(UnitResult *r) {
  UnitResult rest = *r;
  r->files = NULL;
  r->nfiles = 0;
  r->absent = NULL;
  r->nabsent = 0;
  r->record = NULL;
  rest.reason = NULL;
  rest.missing = NULL;
  rest.nmissing = 0;
  unit_result_free(&rest);
}

/* What workers have finished goes into the store: a run that is ended loses little. */
static void flush(Loader *l) {
  l->stored_ms = now_ms();
  if (!l->npending)
    return;
  bool ok = !l->out->unstored && store_begin(l->store, l->err);
  for (uint32_t k = 0; k < l->npending; k++) {
    UnitResult *r = &l->slots[l->pending[k]].result;
    ok = ok && (!r->record || is_unsaved(l, r->index) || l->options->state || to_cache(l, r));
    drop_record(r);
  }
  l->npending = 0;
  if (ok && store_commit(l->store, l->err))
    return;
  store_rollback(l->store);
  if (!l->out->unstored)
    run_unstored(l->out, l->err);
}

/* ---- workers --------------------------------------------------------------------------------- */

static void take_record(Loader *l, UnitResult *r) {
  HpError bad = {0};
  shelf_drop(l->units, r->index);
  if (!r->record)
    return;
  IrUnit *ir = ir_read_unit(r->record, r->record_size, l->out->project.units[r->index].file, &bad);
  if (ir) {
    shelf_put_unit(l->units, r->index, ir);
    return;
  }
  r->status = UNIT_FAILED;
  free(r->reason);
  r->reason = hp_strdup(bad.text);
  free(r->record);
  r->record = NULL;
}

static void on_done(void *context, UnitResult *r) {
  Loader *l = context;
  RunResult *out = l->out;
  Slot *slot = &l->slots[r->index];
  unit_result_free(&slot->result);
  slot->result = *r;
  slot->done = true;
  slot->cached = false;
  take_record(l, &slot->result);
  HP_GROW(out->parsed, out->nparsed, out->parsed_cap);
  out->parsed[out->nparsed++] = hp_strdup(unit_name(l, r->index));
  l->pending[l->npending++] = r->index;
  if (l->npending == BATCH_UNITS || now_ms() - l->stored_ms > BATCH_MS)
    flush(l);
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

static bool start_workers(Loader *l, Pool **pool) {
  PoolOptions po = {.jobs = run_jobs(l->options),
                    .seconds = l->options->unit_seconds,
                    .megabytes = l->options->unit_megabytes,
                    .tick = l->options->progress ? progress : NULL,
                    .tick_context = l,
                    .meanwhile = fetch,
                    .meanwhile_context = l};
  if (!*pool)
    *pool = pool_start(&po, l->err);
  if (*pool && l->options->state)
    pool_set_texts(*pool, l->options->state->texts, l->options->state->ntexts);
  return *pool != NULL;
}

/* Units whose flags changed may be known with these: another run, or an earlier one. */
static uint32_t not_cached(Loader *l, uint32_t *todo, uint32_t count) {
  uint32_t fresh = 0;
  for (uint32_t k = 0; k < count && !l->failed; k++)
    if (!from_cache(l, todo[k]))
      todo[fresh++] = todo[k];
  return fresh;
}

static bool parse(Loader *l, Pool **pool, const uint32_t *todo, uint32_t count) {
  return !count || (start_workers(l, pool) &&
                    pool_run(*pool, &l->out->project, todo, count, on_done, l, &cancelled, l->err));
}

/* Stored units whose record turned out to be damaged. */
static uint32_t damaged(const Loader *l, const uint32_t *all, uint32_t count, uint32_t *todo) {
  uint32_t n = 0;
  for (uint32_t k = 0; k < count; k++)
    if (l->slots[all[k]].cached && !shelf_unit(l->units, all[k]))
      todo[n++] = all[k];
  return n;
}

/* Until no unit is left whose flags could be better. Stored units are read while workers parse the
 * others. */
static bool run_workers(Loader *l, Pool **pool, uint32_t *all, uint32_t count) {
  uint32_t *todo = hp_calloc(count, sizeof *todo);
  bool ok = true;
  for (int round = 0; ok && count && round < MAX_ROUNDS && !cancelled; round++) {
    memcpy(todo, all, count * sizeof *todo);
    uint32_t fresh = not_cached(l, todo, count);
    ok = !l->failed && parse(l, pool, todo, fresh);
    fetch(l);
    shelf_wait(l->units);
    fresh = damaged(l, all, count, todo);
    ok = ok && parse(l, pool, todo, fresh) && !l->failed;
    flush(l);
    shelf_wait(l->units);
    count = second_tries(l, all, count);
  }
  free(todo);
  return ok;
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

/* ---- all ------------------------------------------------------------------------------------- */

static void count_results(Loader *l) {
  for (uint32_t i = 0; i < shelf_count(l->units); i++) {
    const Slot *slot = &l->slots[i];
    if (!slot->done)
      continue;
    l->out->cached += slot->cached;
    l->out->analysed += shelf_unit(l->units, i) != NULL;
    l->out->incomplete += slot->result.status == UNIT_INCOMPLETE;
    l->out->failed += slot->result.status == UNIT_FAILED;
    const ProjectUnit *unit = &l->out->project.units[i];
    if (slot->result.status != UNIT_OK)
      run_failure(l->out, unit->file, &slot->result, unit->origin == ORIGIN_GUESSED);
  }
}

static int compare_names(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool load(Loader *l) {
  Project *project = &l->out->project;
  uint32_t *all = hp_calloc(project->nunits, sizeof *all), count = 0;
  int64_t unsaved = -1;
  for (uint32_t i = 0; i < project->nunits; i++) {
    if (is_unsaved(l, i))
      unsaved = i;
    else
      all[count++] = i;
  }
  Pool *pool = NULL;
  l->pending = hp_calloc(project->nunits + 1, sizeof *l->pending);
  l->stored_ms = now_ms();
  bool ok = run_workers(l, &pool, all, count);
  if (ok && unsaved >= 0)
    ok = start_workers(l, &pool) && run_unsaved(l, pool, (uint32_t)unsaved);
  flush(l);
  shelf_wait(l->units);
  pool_stop(pool);
  progress_end(l);
  free(l->pending);
  free(all);
  count_results(l);
  return ok;
}

bool units_load(const RunOptions *options, RunResult *out, Store *store, Shelf **units,
                HpError *err) {
  uint32_t count = out->project.nunits;
  *units = shelf_new(count, run_jobs(options));
  Loader l = {.options = options, .out = out, .store = store, .units = *units, .err = err};
  l.slots = hp_calloc(count, sizeof *l.slots);
  cancelled = 0;
  struct sigaction old, act = {.sa_handler = on_interrupt};
  sigaction(SIGINT, &act, &old);
  bool ok = load(&l);
  sigaction(SIGINT, &old, NULL);
  for (uint32_t i = 0; i < count; i++) {
    if (l.slots[i].done)
      unit_result_free(&l.slots[i].result);
    db_unit_free(&l.slots[i].stored);
  }
  free(l.slots);
  if (out->nparsed)
    qsort(out->parsed, out->nparsed, sizeof *out->parsed, compare_names);
  run_sort_failures(out);
  if (ok && cancelled)
    return hp_fail(err, "interrupted: %u of %u units analysed and kept; run again to go on",
                   out->analysed, count);
  return ok;
}
