/* Which findings are checked, and where their answers come from: the store, else workers that
 * compile their units. */
#include "analyzer/evidence/ask.h"
#include "analyzer/evidence/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { DEFAULT_SECONDS = 60, FAILED = 2 /* FrontendStatus */ };

/* One finding to be checked. */
typedef struct Item {
  EvidenceAsk ask;
  uint32_t unit;
  bool answered;
  DbFinding *finding;
  uint64_t key; /* 0: its unit is not stored, so no answer is */
} Item;

typedef struct Check {
  const RunOptions *options;
  RunResult *out;
  Store *store;
  const Project *project; /* whose units are loaded */
  Project own;            /* when those of the result are not */
  bool owned;
  HpArena *arena; /* of asks */
  Item *items;
  uint32_t count;
  HpBuf *messages; /* by unit of the project */
  Pool *pool;
  uint64_t optimiser;
  char *obstacle; /* why nothing can be asked; NULL: it can */
  uint32_t lower; /* units that are built otherwise than judged */
  bool dirty;
  HpError *err;
} Check;

static void set(Check *c, DbFinding *f, const char *status, const char *reason,
                const char *witness) {
  HpArena *arena = c->out->findings.arena;
  f->compiler_status = hp_arena_strdup(arena, status);
  f->compiler_reason = reason ? hp_arena_strdup(arena, reason) : NULL;
  f->compiler_witness = witness ? hp_arena_strdup(arena, witness) : NULL;
}

static bool is_unchecked(const DbFinding *f) {
  return f->witness != WITNESS_NONE && f->unit && !strcmp(f->compiler_status, "unchecked");
}

static bool is_away(const DbFinding *f) {
  return !strcmp(f->compiler_status, evidence_status_name(EVIDENCE_AWAY));
}

/* ---- the optimiser --------------------------------------------------------------------------- */

static void hash_file(XXH3_state_t *state, const char *path) {
  struct stat st;
  int64_t parts[4] = {0};
  if (path && !stat(path, &st)) {
    parts[0] = st.st_size;
    parts[1] = st.st_mtim.tv_sec;
    parts[2] = st.st_mtim.tv_nsec;
    parts[3] = (int64_t)st.st_ino;
  }
  XXH3_64bits_update(state, parts, sizeof parts);
}

/* Another clang, or another build of ours, may answer otherwise. */
static uint64_t optimiser_id(const char *clang) {
  char self[4096];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  self[length > 0 ? length : 0] = 0;
  char *slash = strrchr(self, '/');
  char *witness = hp_format("%.*s/hplint-witness", slash ? (int)(slash - self) : 0, self);
  XXH3_state_t *state = XXH3_createState();
  HP_ASSERT(state);
  XXH3_64bits_reset(state);
  hash_file(state, clang);
  hash_file(state, witness);
  uint64_t id = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  free(witness);
  return id;
}

/* ---- questions ------------------------------------------------------------------------------- */

static char *absolute(const Check *c, const char *path) {
  return path[0] == '/' ? hp_arena_strdup(c->arena, path)
                        : hp_arena_format(c->arena, "%s/%s", c->project->root, path);
}

static EvidencePlace place_of(const Check *c, const DbFinding *f, const DbSite *s) {
  const char *function = s->function ? s->function : f->function ? f->function : "";
  return (EvidencePlace){.file = absolute(c, s->file),
                         .function = hp_arena_strdup(c->arena, function),
                         .line = s->line,
                         .column = s->column,
                         .end_line = s->end_line,
                         .end_column = s->end_column};
}

static void make_ask(const Check *c, const DbFinding *f, EvidenceAsk *ask) {
  DbSite own = {f->file, f->line, f->end_line, f->function, false, f->column, f->end_column};
  const DbSite *sites = f->nsites ? f->sites : &own;
  uint32_t count = f->nsites ? f->nsites : 1;
  *ask = (EvidenceAsk){.kind = (EvidenceKind)f->witness,
                       .function = hp_arena_strdup(c->arena, f->function ? f->function : ""),
                       .file = absolute(c, f->file),
                       .loop_line = f->loop_line,
                       .places = HP_NEW(c->arena, EvidencePlace, count),
                       .nplaces = count};
  for (uint32_t i = 0; i < count; i++)
    ask->places[i] = place_of(c, f, &sites[i]);
}

/* Index of the unit; UINT32_MAX when the project has none of that name. */
static uint32_t find_unit(const Check *c, const char *name) {
  for (uint32_t i = 0; i < c->project->nunits; i++)
    if (!strcmp(project_relative(c->project, c->project->units[i].file), name))
      return i;
  return UINT32_MAX;
}

static bool find_key(Check *c, Item *item) {
  uint64_t unit = unit_cache_key(&c->project->units[item->unit]), contents;
  if (!store_unit_contents(c->store, unit, &contents, c->err))
    return false;
  if (!contents)
    return true;
  HpBuf bytes = {0};
  uint64_t parts[3] = {unit, contents, c->optimiser};
  hp_buf_addn(&bytes, parts, sizeof parts);
  evidence_put_ask(&bytes, &item->ask);
  item->key = XXH3_64bits(bytes.text, bytes.length);
  hp_buf_free(&bytes);
  return true;
}

static bool recall(Check *c, Item *item) {
  DbEvidence known = {0};
  if (!find_key(c, item) ||
      (item->key && !store_get_evidence(c->store, item->key, &known, &item->answered, c->err)))
    return false;
  if (item->answered)
    set(c, item->finding, known.status, known.reason, known.witness);
  c->dirty |= item->answered;
  db_evidence_free(&known);
  return true;
}

/* ---- workers --------------------------------------------------------------------------------- */

static const char *message_of(void *context, uint32_t unit, size_t *size) {
  const Check *c = context;
  *size = c->messages[unit].length;
  return hp_buf_text(&c->messages[unit]);
}

static void on_done(void *context, UnitResult *r) {
  Check *c = context;
  HpArena *arena = hp_arena_new();
  EvidenceReply reply = {0};
  bool ok = r->status != FAILED && r->record &&
            evidence_get_reply(r->record, r->record_size, arena, &reply);
  uint32_t at = 0;
  for (uint32_t i = 0; i < c->count; i++) {
    Item *item = &c->items[i];
    if (item->unit != r->index || item->answered)
      continue;
    const EvidenceAnswer *a = ok && at < reply.nanswers ? &reply.answers[at++] : NULL;
    if (a)
      set(c, item->finding, evidence_status_name(a->status), a->reason, reply.witness);
    else
      set(c, item->finding, "unknown", r->reason ? r->reason : "the worker's answer is damaged",
          NULL);
    if (!a)
      item->key = 0;
    item->answered = true;
    c->dirty = true;
  }
  hp_arena_free(arena);
  unit_result_free(r);
}

static void progress(void *context, const PoolState *state) {
  (void)context;
  fprintf(stderr, "\r\033[K%u/%u units optimised", state->done, state->count);
}

static bool start_pool(Check *c, HpError *err) {
  if (c->pool)
    return true;
  PoolOptions po = {.jobs = run_jobs(c->options),
                    .seconds =
                        c->options->unit_seconds ? c->options->unit_seconds : DEFAULT_SECONDS,
                    .megabytes = c->options->unit_megabytes,
                    .name = "hplint-witness",
                    .message = message_of,
                    .message_context = c,
                    .tick = c->options->progress ? progress : NULL};
  return (c->pool = pool_start(&po, err)) != NULL;
}

/* Flags below -O2, or that change the code to watch it. */
static bool judged_otherwise(const ProjectUnit *u) {
  if (u->origin == ORIGIN_GUESSED)
    return false;
  const char *level = "";
  for (uint32_t i = 0; i < u->nargs; i++)
    if (!strncmp(u->args[i], "-O", 2))
      level = u->args[i] + 2;
  return u->instrumented || !*level || strchr("01g", *level);
}

/* Units in which something is left to ask, with their questions. */
static uint32_t write_messages(Check *c, uint32_t *units) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < c->count; i++) {
    uint32_t unit = c->items[i].unit, asks = 0;
    if (c->items[i].answered || c->messages[unit].length)
      continue;
    EvidenceAsk *all = HP_NEW(c->arena, EvidenceAsk, c->count);
    for (uint32_t k = i; k < c->count; k++)
      if (c->items[k].unit == unit && !c->items[k].answered)
        all[asks++] = c->items[k].ask;
    evidence_put_asks(&c->messages[unit], all, asks);
    c->lower += judged_otherwise(&c->project->units[unit]);
    units[n++] = unit;
  }
  return n;
}

static void ask_workers(Check *c) {
  uint32_t nunits = c->project->nunits, *units = hp_calloc(nunits, sizeof *units);
  c->messages = hp_calloc(nunits, sizeof *c->messages);
  uint32_t count = write_messages(c, units);
  HpError failure = {0};
  if (count && !c->obstacle &&
      !(start_pool(c, &failure) &&
        pool_run(c->pool, c->project, units, count, on_done, c, NULL, &failure)))
    c->obstacle = hp_strdup(failure.text);
  if (c->options->progress)
    fputs("\r\033[K", stderr);
  for (uint32_t i = 0; i < nunits; i++)
    hp_buf_free(&c->messages[i]);
  free(c->messages);
  free(units);
}

/* ---- a list of findings ---------------------------------------------------------------------- */

static bool keep_answers(Check *c, const bool *fresh) {
  uint64_t *keys = hp_calloc(c->count, sizeof *keys);
  DbEvidence *kept = hp_calloc(c->count, sizeof *kept);
  uint32_t n = 0;
  for (uint32_t i = 0; i < c->count; i++) {
    const DbFinding *f = c->items[i].finding;
    if (!fresh[i] || !c->items[i].answered || !c->items[i].key)
      continue;
    keys[n] = c->items[i].key;
    kept[n++] = (DbEvidence){f->compiler_status, f->compiler_reason, f->compiler_witness};
  }
  bool ok = !n || c->options->no_record || store_put_evidence(c->store, keys, kept, n, c->err);
  free(keys);
  free(kept);
  return ok;
}

/* The units of the run; an answer that was given again has none. */
static bool load_units(Check *c) {
  if (c->project->nunits || c->owned)
    return true;
  c->owned = true;
  c->project = &c->own;
  return project_load(&c->options->project, &c->own, c->err);
}

static bool make_items(Check *c, DbFinding *const *list, uint32_t count) {
  if (!load_units(c))
    return false;
  c->items = hp_calloc(count, sizeof *c->items);
  c->count = 0;
  for (uint32_t i = 0; i < count; i++) {
    Item *item = &c->items[c->count];
    *item = (Item){.finding = list[i], .unit = find_unit(c, list[i]->unit)};
    if (item->unit == UINT32_MAX) {
      set(c, list[i], "unknown", "its unit is not part of the project", NULL);
      continue;
    }
    make_ask(c, list[i], &item->ask);
    c->count++;
  }
  return true;
}

/* `ask`: what the store does not know is asked. */
static bool check_list(Check *c, DbFinding *const *list, uint32_t count, bool ask) {
  if (!make_items(c, list, count))
    return false;
  bool ok = true;
  bool *fresh = hp_calloc(c->count, sizeof *fresh);
  for (uint32_t i = 0; i < c->count && ok; i++) {
    ok = recall(c, &c->items[i]);
    fresh[i] = !c->items[i].answered;
  }
  if (ok && ask) {
    ask_workers(c);
    ok = keep_answers(c, fresh);
  }
  free(fresh);
  free(c->items);
  return ok;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static bool rank(Check *c) {
  RunResult *r = c->out;
  bool ours = r->run.id && !r->since && !c->options->no_record; /* all of the stored run's */
  return store_rank(c->store, ours ? r->run.id : 0, r->ranked_by, &r->findings, c->err);
}

static uint32_t unchecked_among(const DbFinding **from, uint32_t count, DbFinding **to) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++)
    if (is_unchecked(from[i]))
      to[n++] = (DbFinding *)(uintptr_t)from[i];
  return n;
}

/* Until all that is shown has been checked. */
static bool check_shown(Check *c, const OutputOptions *output) {
  DbFindings *all = &c->out->findings;
  const DbFinding **shown = hp_calloc(all->count, sizeof *shown);
  DbFinding **todo = hp_calloc(all->count, sizeof *todo);
  bool ok = true;
  for (bool again = true; ok && again && !c->obstacle;) {
    uint32_t count = unchecked_among(shown, output_select(c->out, output, shown), todo);
    again = count > 0;
    ok = !count || check_list(c, todo, count, true);
    bool away = false;
    for (uint32_t i = 0; i < count && ok; i++)
      away |= is_away(todo[i]);
    if (ok && away)
      ok = rank(c);
  }
  if (ok && c->dirty)
    ok = rank(c);
  uint32_t left = unchecked_among(shown, output_select(c->out, output, shown), todo);
  for (uint32_t i = 0; i < left && c->obstacle; i++) /* not kept: it may be mended any time */
    set(c, todo[i], "unknown", c->obstacle, NULL);
  if (left && c->obstacle)
    project_note(&c->out->project, "findings are not checked against the optimiser: %s",
                 c->obstacle);
  if (c->lower && !c->obstacle)
    project_note(&c->out->project,
                 "the optimiser was asked at -O2 about %u unit%s built below it or instrumented",
                 c->lower, c->lower == 1 ? "" : "s");
  free(shown);
  free((void *)todo);
  return ok;
}

static bool recall_all(Check *c) {
  DbFindings *all = &c->out->findings;
  DbFinding **todo = hp_calloc(all->count, sizeof *todo);
  uint32_t count = unchecked_among((const DbFinding **)(uintptr_t)all->items, all->count, todo);
  bool ok = !count || check_list(c, todo, count, false);
  if (ok && c->dirty)
    ok = rank(c);
  free((void *)todo);
  return ok;
}

/* ---- one run --------------------------------------------------------------------------------- */

static Store *open_store(const Check *c) {
  run_settle(c->out);
  if (c->options->no_store || c->out->unstored)
    return store_open_memory(c->err);
  char *dir = store_location(c->out->project.root, NULL, c->err);
  Store *s = dir ? store_open(dir, true, c->err) : NULL;
  free(dir);
  return s;
}

static bool begin(Check *c, const RunOptions *options, RunResult *result, HpError *err) {
  *c = (Check){.options = options, .out = result, .project = &result->project, .err = err};
  char *clang = evidence_find_clang();
  c->optimiser = optimiser_id(clang);
  if (!clang)
    c->obstacle = hp_strdup(EVIDENCE_CLANG " is not installed");
  free(clang);
  c->arena = hp_arena_new();
  bool changed = false;
  if (!(c->store = open_store(c)) || !store_set_optimiser(c->store, c->optimiser, &changed, err))
    return false;
  if (changed && db_findings_uncheck(&result->findings))
    c->dirty = true;
  return true;
}

static void end(Check *c) {
  pool_stop(c->pool);
  store_close(c->store);
  hp_arena_free(c->arena);
  project_free(&c->own);
  free(c->obstacle);
}

/* Flags are known, and the files are those on disk. */
static bool may_ask(const RunOptions *options) {
  return !options->records && !options->state;
}

bool evidence_check(const RunOptions *options, const OutputOptions *output, RunResult *result,
                    HpError *err) {
  if (!may_ask(options) || !result->findings.count)
    return true;
  Check c;
  HpError lost = {0};
  bool ok = begin(&c, options, result, &lost) && check_shown(&c, output);
  end(&c);
  if (ok || options->no_store || result->unstored)
    return ok || hp_fail(err, "%s", lost.text);
  /* The store cannot be written (a full disk): said once, and on without it. */
  RunOptions without = *options;
  without.no_store = true;
  Project *p = &result->project;
  result->unstored = true;
  p->problems = hp_realloc(p->problems, (p->nproblems + 1) * sizeof *p->problems);
  p->problems[p->nproblems++] = hp_format("%s; what was found is not kept", lost.text);
  return evidence_check(&without, output, result, err);
}

bool evidence_recall(const RunOptions *options, RunResult *result, HpError *err) {
  if (!may_ask(options) || options->unsaved || !result->findings.count)
    return true;
  Check c;
  bool ok = begin(&c, options, result, err) && recall_all(&c);
  end(&c);
  return ok;
}

bool evidence_forget(const RunOptions *options, RunResult *result, HpError *err) {
  if (!db_findings_uncheck(&result->findings))
    return true;
  Check c = {.options = options, .out = result, .err = err};
  bool ok = (c.store = open_store(&c)) &&
            store_rank(c.store, 0, result->ranked_by, &result->findings, err);
  store_close(c.store);
  return ok;
}

bool evidence_main_job(const RunOptions *options, RunResult *result, HpError *err) {
  return run_main_job(options, result, err) && evidence_recall(options, result, err);
}
