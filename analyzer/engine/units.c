/* From the project's units to IR in memory: cache, workers, second tries, failures by cause. */
#include "analyzer/engine/internal.h"
#include "analyzer/unit/worker.h"
#include "ir/build.h"
#include "ir/serial.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

enum { MAX_ROUNDS = 6 }; /* of looking for missing headers: each may include the next */

enum { BATCH_UNITS = 16, BATCH_MS = 500 }; /* stored in one transaction */

/* What is known of one unit so far. */
typedef struct Slot {
  UnitResult result; /* of the last try; its record only until it is stored */
  bool done, cached;
  bool stale;         /* in the store, but a look-up would not fail any more */
  bool same;          /* analysed again, and its record is that of the store */
  size_t former_size; /* of the record before files changed; 0: there is none */
  uint64_t former_hash;
  DbUnit stored; /* a unit of the store whose record has not been read yet */
} Slot;

struct Loader {
  const RunOptions *options;
  RunResult *out;
  Store *store;
  Shelf *units;
  Slot *slots;
  uint32_t finished, wanted;
  int64_t shown_ms;            /* when the progress line was last written */
  uint32_t *pending, npending; /* done by workers, not yet stored */
  uint32_t left;               /* under way */
  int64_t stored_ms;
  HpError *err;
  bool failed; /* err is set: stop */
  UnitsSame same;
  void *same_context;
  void (*meanwhile)(void *context); /* NULL: done, or nothing */
  void *meanwhile_context;
  bool answered; /* by `same` */
  Pool *pool;
  pthread_t writer; /* stores what is pending at the end */
  bool writing;
};

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

static int status_of(const DbUnit *unit) {
  for (int i = UNIT_INCOMPLETE; i <= UNIT_FAILED; i++)
    if (!strcmp(unit->status, statuses[i]))
      return i;
  return UNIT_OK;
}

/* A unit that failed has no record: it is not tried again until something changes. */
static bool worth_having(const Loader *l, const DbUnit *unit) {
  if (status_of(unit) == UNIT_FAILED)
    return !run_has_limits(l->options);
  return unit->record_size;
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
  found = found && worth_having(l, &unit) && !reads_text(l, &unit);
  if (found) {
    Slot *slot = &l->slots[i];
    unit_result_free(&slot->result);
    slot->result = (UnitResult){.index = i, .status = status_of(&unit), .reason = unit.reason};
    slot->done = slot->cached = true;
    unit.reason = NULL;
    slot->stored = unit;
    unit = (DbUnit){0};
  } else if (l->same) {
    Slot *slot = &l->slots[i];
    HpError ignored = {0};
    store_former_record(l->store, key, &slot->former_size, &slot->former_hash, &ignored);
  }
  db_unit_free(&unit);
  return found;
}

/* What a header that has appeared may change is not in the store; the others' records. */
static void fetch_unit(Loader *l, uint32_t i) {
  Slot *slot = &l->slots[i];
  bool valid = false;
  HpError ignored = {0};
  shelf_drop(l->units, i); /* what an earlier round, with other flags, may have left */
  if (!store_check_lookups(l->store, &slot->stored, &valid, &ignored) || !valid) {
    slot->stale = true;
  } else if (slot->result.status != UNIT_FAILED &&
             store_read_packed(l->store, &slot->stored, &ignored) && slot->stored.packed) {
    slot->result.missing = slot->stored.missing;
    slot->result.nmissing = slot->stored.nmissing;
    slot->stored.missing = NULL;
    slot->stored.nmissing = 0;
    shelf_put_record(l->units, i, &slot->stored);
  }
}

static void do_meanwhile(Loader *l) {
  if (l->meanwhile)
    l->meanwhile(l->meanwhile_context);
  l->meanwhile = NULL;
}

/* Look-ups and records of what was found in the store, while workers are busy. One that does not
 * hold or cannot be had is missing from the shelf in the end, and parsed. */
static void fetch(void *context) {
  Loader *l = context;
  HpError ignored = {0};
  bool view = store_view_begin(l->store, &ignored);
  for (uint32_t i = 0; i < shelf_count(l->units); i++) {
    if (l->slots[i].stored.id)
      fetch_unit(l, i);
    db_unit_free(&l->slots[i].stored);
  }
  if (view)
    store_view_end(l->store);
  do_meanwhile(l);
}

static bool to_cache(Loader *l, UnitResult *r, HpError *err) {
  const ProjectUnit *pu = &l->out->project.units[r->index];
  if (!r->record && !r->nfiles)
    lost_files(pu, r);
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
                 .nabsent = r->nabsent,
                 .same = l->slots[r->index].same};
  return store_put_unit(l->store, &unit, err);
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

/* Does anybody read it again? */
static bool is_kept(const Loader *l, uint32_t i) {
  const RunOptions *o = l->options;
  return (!o->no_store || o->store) && !o->state && !is_unsaved(l, i);
}

/* What workers have finished goes into the store: a run that is ended loses little. */
static void flush(Loader *l) {
  HpError err = {0};
  l->stored_ms = now_ms();
  if (!l->npending)
    return;
  bool ok = !l->out->unstored && store_begin(l->store, &err);
  for (uint32_t k = 0; k < l->npending; k++) {
    UnitResult *r = &l->slots[l->pending[k]].result;
    ok = ok && (!is_kept(l, r->index) || to_cache(l, r, &err));
    drop_record(r);
  }
  l->npending = 0;
  if (ok && store_commit(l->store, &err))
    return;
  store_rollback(l->store);
  if (!l->out->unstored)
    run_unstored(l->out, &err);
}

/* What nobody waits for. A worker that is killed gives back its memory, which takes milliseconds,
 * on the core of whoever kills it. */
static void *write_rest(void *loader) {
  Loader *l = loader;
  pool_end(l->pool);
  flush(l);
  return NULL;
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
  slot->cached = slot->stale = false;
  slot->same = r->status == UNIT_OK && r->record && r->record_size == slot->former_size &&
               XXH3_64bits(r->record, r->record_size) == slot->former_hash;
  take_record(l, &slot->result);
  HP_GROW(out->parsed, out->nparsed, out->parsed_cap);
  out->parsed[out->nparsed++] = hp_strdup(unit_name(l, r->index));
  l->pending[l->npending++] = r->index;
  /* With the last one everything else is waited for: a thread stores it. */
  l->left -= l->left != 0;
  if (l->left && (l->npending >= BATCH_UNITS || now_ms() - l->stored_ms > BATCH_MS))
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

static bool start_workers(Loader *l, HpError *err) {
  PoolOptions po = {.jobs = run_jobs(l->options),
                    .seconds = l->options->unit_seconds,
                    .megabytes = l->options->unit_megabytes,
                    .tick = l->options->progress ? progress : NULL,
                    .tick_context = l,
                    .meanwhile = fetch,
                    .meanwhile_context = l};
  if (!l->pool)
    l->pool = pool_start(&po, err);
  if (l->pool && l->options->state)
    pool_set_texts(l->pool, l->options->state->texts, l->options->state->ntexts);
  return l->pool != NULL;
}

/* Units whose flags changed may be known with these: another run, or an earlier one. */
static uint32_t not_cached(Loader *l, uint32_t *todo, uint32_t count) {
  uint32_t fresh = 0;
  l->failed |= !store_view_begin(l->store, l->err);
  for (uint32_t k = 0; k < count && !l->failed; k++)
    if (!from_cache(l, todo[k]))
      todo[fresh++] = todo[k];
  store_view_end(l->store);
  return fresh;
}

/* Where preambles are kept, as long as anything is: NULL, or to be freed. */
static char *preamble_store(const Loader *l) {
  const RunOptions *o = l->options;
  HpError ignored = {0};
  bool none = o->no_preambles || o->no_store || o->state;
  return none ? NULL : store_location(l->out->project.root, NULL, &ignored);
}

static Preambles *plan_preambles(Loader *l, const uint32_t *todo, uint32_t count,
                                 const char *unsaved, size_t unsaved_size) {
  char *store = preamble_store(l);
  Preambles *plan =
      store ? preambles_plan(store, &l->out->project, todo, count, unsaved, unsaved_size) : NULL;
  pool_set_preambles(l->pool, plan);
  free(store);
  return plan;
}

static bool parse(Loader *l, const uint32_t *todo, uint32_t count) {
  l->left = count;
  if (!count)
    return true;
  if (!start_workers(l, l->err))
    return false;
  Preambles *preambles = plan_preambles(l, todo, count, NULL, 0);
  bool ok = pool_run(l->pool, &l->out->project, todo, count, on_done, l, &cancelled, l->err);
  preambles_end(preambles);
  pool_set_preambles(l->pool, NULL);
  return ok;
}

static bool had(const Loader *l, uint32_t i) {
  const Slot *slot = &l->slots[i];
  return !slot->cached || shelf_unit(l->units, i) ||
         (slot->result.status == UNIT_FAILED && !slot->stale);
}

/* Stored units that turned out to hold no longer, or whose record is damaged. */
static uint32_t not_had(const Loader *l, const uint32_t *all, uint32_t count, uint32_t *todo) {
  uint32_t n = 0;
  for (uint32_t k = 0; k < count; k++)
    if (!had(l, all[k]))
      todo[n++] = all[k];
  return n;
}

/* Nothing came out otherwise than it was before: what was said then may be said again. */
static bool all_the_same(Loader *l, const uint32_t *parsed, uint32_t count) {
  if (!l->same || !count || cancelled)
    return false;
  uint64_t *keys = hp_calloc(count, sizeof *keys);
  bool same = true;
  for (uint32_t k = 0; k < count && same; k++) {
    keys[k] = unit_cache_key(&l->out->project.units[parsed[k]]);
    same = l->slots[parsed[k]].same;
  }
  if (same)
    flush(l);
  same = same && !l->out->unstored && l->same(l->same_context, keys, count);
  free(keys);
  return same;
}

/* Until no unit is left whose flags could be better. Stored units are read while workers parse the
 * others. */
static bool run_workers(Loader *l, uint32_t *all, uint32_t count) {
  const Project *project = &l->out->project;
  bool guessed = project->nunits && project->units[0].origin == ORIGIN_GUESSED;
  uint32_t *todo = hp_calloc(count, sizeof *todo);
  bool ok = true;
  for (int round = 0; ok && count && round < MAX_ROUNDS && !cancelled; round++) {
    memcpy(todo, all, count * sizeof *todo);
    uint32_t fresh = not_cached(l, todo, count);
    if (fresh && fresh < run_jobs(l->options)) /* whoever edits waits for the workers most */
      shelf_limit(l->units, run_jobs(l->options) - fresh);
    ok = !l->failed && parse(l, todo, fresh);
    if (ok && (l->answered = all_the_same(l, todo, fresh)))
      break;
    fetch(l);
    shelf_wait(l->units);
    fresh = not_had(l, all, count, todo);
    ok = ok && parse(l, todo, fresh) && !l->failed;
    if (guessed) /* before flags change, which are part of the key */
      flush(l);
    shelf_wait(l->units);
    count = second_tries(l, all, count);
  }
  free(todo);
  return ok;
}

/* The file being edited: its unsaved text, never cached. */
static bool run_unsaved(Loader *l, uint32_t i) {
  UnitResult r = {0};
  const RunOptions *o = l->options;
  Preambles *preambles = plan_preambles(l, &i, 1, o->unsaved, o->unsaved_size);
  bool ok =
      pool_run_one(l->pool, &l->out->project.units[i], o->unsaved, o->unsaved_size, &r, l->err);
  preambles_end(preambles);
  pool_set_preambles(l->pool, NULL);
  if (!ok)
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
  l->pending = hp_calloc(project->nunits + 1, sizeof *l->pending);
  l->stored_ms = now_ms();
  bool ok = run_workers(l, all, count);
  if (ok && unsaved >= 0)
    ok = start_workers(l, l->err) && run_unsaved(l, (uint32_t)unsaved);
  if (!l->answered)
    do_meanwhile(l);
  l->writing = (l->pool || l->npending) && !pthread_create(&l->writer, NULL, write_rest, l);
  if (!l->writing)
    write_rest(l);
  if (!l->answered) {
    shelf_wait(l->units);
    count_results(l);
  }
  progress_end(l);
  free(all);
  return ok;
}

Loader *units_begin(const RunOptions *options, RunResult *out) {
  Loader *l = hp_calloc(1, sizeof *l);
  l->options = options;
  l->out = out;
  return l;
}

void units_on_same(Loader *l, UnitsSame same, void *context) {
  l->same = same;
  l->same_context = context;
}

void units_meanwhile(Loader *l, void (*work)(void *context), void *context) {
  l->meanwhile = work;
  l->meanwhile_context = context;
}

void units_warm(Loader *l, uint32_t count) {
  HpError ignored = {0}; /* said when a worker is really needed */
  if (count && start_workers(l, &ignored))
    pool_warm(l->pool, count);
}

static void join_writer(Loader *l) {
  if (l->writing)
    pthread_join(l->writer, NULL);
  l->writing = false;
}

void units_stored(Loader *l) {
  if (!l)
    return;
  join_writer(l);
  pool_stop(l->pool);
  for (uint32_t i = 0; l->slots && i < l->out->project.nunits; i++) {
    if (l->slots[i].done)
      unit_result_free(&l->slots[i].result);
    db_unit_free(&l->slots[i].stored);
  }
  free(l->slots);
  free(l->pending);
  free(l);
}

bool units_finish(Loader *l, Store *store, Shelf **units, HpError *err) {
  RunResult *out = l->out;
  uint32_t count = out->project.nunits;
  l->slots = hp_calloc(count, sizeof *l->slots);
  l->units = *units = shelf_new(count, run_jobs(l->options));
  l->store = store;
  l->err = err;
  cancelled = 0;
  struct sigaction old, act = {.sa_handler = on_interrupt};
  sigaction(SIGINT, &act, &old);
  bool ok = load(l);
  if (cancelled) /* what is kept is kept when that is said */
    join_writer(l);
  sigaction(SIGINT, &old, NULL);
  if (out->nparsed)
    qsort(out->parsed, out->nparsed, sizeof *out->parsed, compare_names);
  run_sort_failures(out);
  if (ok && cancelled)
    return hp_fail(err, "interrupted: %u of %u units analysed and kept; run again to go on",
                   out->analysed, count);
  return ok;
}

bool units_load(const RunOptions *options, RunResult *out, Store *store, Shelf **units,
                HpError *err) {
  Loader *l = units_begin(options, out);
  bool ok = units_finish(l, store, units, err);
  units_stored(l);
  return ok;
}
