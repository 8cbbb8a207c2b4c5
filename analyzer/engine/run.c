/* The main job's order of steps. */
#include "analyzer/engine/internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- which rules ----------------------------------------------------------------------------- */

static bool mark_rules(const char *const *names, bool value, const char *option, bool *enabled,
                       HpError *err) {
  for (; names && *names; names++) {
    const Rule *rule = rule_find(*names);
    size_t length = strlen(*names);
    bool any = false;
    for (uint32_t i = 0; i < nrules; i++) /* HP1 stands for the whole family */
      if (rules[i] == rule || (length >= 3 && !strncasecmp(rules[i]->id, *names, length)))
        enabled[i] = value, any = true;
    if (!any)
      return hp_fail(err, "%s: no rule '%s'; did you mean %s? (hplint explain lists all)", option,
                     *names, rule_nearest(*names));
  }
  return true;
}

/* The command line decides before the configuration. `enabled` has one entry a rule. */
static bool choose_rules(const RunOptions *options, const ProjectConfig *config, bool *enabled,
                         HpError *err) {
  const char *const *select =
      options->select ? options->select : (const char *const *)config->select;
  bool all = !select || !*select;
  for (uint32_t i = 0; i < nrules; i++)
    enabled[i] = all;
  const char *file = config->path ? config->path : "configuration";
  return mark_rules(select, true, options->select ? "--select" : file, enabled, err) &&
         mark_rules((const char *const *)config->ignore, false, file, enabled, err) &&
         mark_rules(options->ignore, false, "--ignore", enabled, err);
}

/* ---- store ----------------------------------------------------------------------------------- */

static Store *open_store(const RunOptions *options, RunResult *out, HpError *err) {
  if (options->no_store)
    return store_open_memory(err);
  char *dir = store_location(out->project.root, NULL, err);
  Store *s = dir ? store_open(dir, true, err) : NULL;
  free(dir);
  return s;
}

unsigned run_jobs(const RunOptions *options) {
  if (options->jobs)
    return options->jobs;
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return cores > 0 ? (unsigned)cores : 1;
}

bool run_has_limits(const RunOptions *options) {
  return options->unit_seconds || options->unit_megabytes;
}

void run_unstored(RunResult *out, HpError *err) {
  Project *p = &out->project;
  out->unstored = true;
  project_problem(p, "%s; what was found is not kept", err->text);
  err->set = false;
}

/* The run with its answer and its findings in their order, all or nothing. */
static bool keep(RunResult *out, Store *store, int64_t profile, HpError *err) {
  bool ok = store_begin(store, err) && store_drop_gone(store, out->project.root, err) &&
            store_put_run(store, &out->run, &out->findings, err) &&
            store_rank(store, out->run.id, profile, &out->findings, err) &&
            store_commit(store, err);
  if (!ok)
    store_rollback(store);
  return ok;
}

static bool keep_and_rank(const RunOptions *options, RunResult *out, Store *store, int64_t profile,
                          HpError *err) {
  if (!options->no_record && !out->unstored) {
    if (keep(out, store, profile, err))
      return true;
    run_unstored(out, err);
  }
  out->run.id = 0;
  return store_rank(store, 0, profile, &out->findings, err);
}

/* What the steps of one run hand on. */
typedef struct Run {
  const RunOptions *options;
  RunResult *out;
  Store *store;
  bool *enabled; /* by rule */
  Answer answer;
  int64_t profile;
  AnswerState state; /* of the stored answer */
  Former former;
  Shelf *units;
} Run;

static bool find_profile(Run *run, HpError *err) {
  return run->options->profile < 0 || run->profile ||
         store_find_profile(run->store, run->options->profile, &run->profile,
                            &run->out->profile_label, err);
}

/* An answer is for those who ask what is stored; unsaved text is nowhere in it, and limits are
 * given to try again. */
static bool may_answer(const RunOptions *options) {
  return !run_has_limits(options) && !options->no_store && !options->unsaved && !options->records &&
         !options->state;
}

/* Units that had to be analysed again came out as they were: the answer may be, too. */
static bool again_same(void *context, const uint64_t *units, uint32_t count) {
  Run *run = context;
  const Project *p = &run->out->project;
  uint64_t question = answer_question(p, run->enabled, run->options->machine, !p->from_database);
  HpError ignored = {0}; /* whatever is wrong with the store is met again when the run is kept */
  return answer_renewed(run->store, question, run->profile, units, count, run->out, &run->state,
                        &ignored) &&
         run->state == ANSWER_FOUND;
}

static bool again(Run *run, bool with_units, HpError *err) {
  uint64_t question =
      answer_question(&run->out->project, run->enabled, run->options->machine, with_units);
  return find_profile(run, err) &&
         answer_again(run->store, question, run->profile, run->out, &run->state, err);
}

/* The store's folder if a store is there, on the heap. */
static char *stored_in(const Project *p) {
  char *dir = store_location(p->root, NULL, NULL);
  char *file = dir ? hp_format("%s/hplint.db", dir) : NULL;
  bool there = file && access(file, F_OK) == 0;
  free(file);
  if (there)
    return dir;
  free(dir);
  return NULL;
}

/* With a compile database, and a store that is there already, the units need not even be read. */
static bool answer_early(Run *run, HpError *err) {
  const Project *p = &run->out->project;
  if (!may_answer(run->options) || !p->database)
    return true;
  char *dir = stored_in(p);
  bool ok = !dir || ((run->store = store_open(dir, true, err)) && again(run, false, err));
  free(dir);
  return ok;
}

static void prepare_answer(Run *run) {
  const Project *p = &run->out->project;
  uint64_t question = answer_question(p, run->enabled, run->options->machine, !p->from_database);
  /* Headers that guessed flags lack may turn up anywhere in the tree. */
  bool guessed = p->nunits && p->units[0].origin == ORIGIN_GUESSED;
  if (!may_answer(run->options) || (guessed && (run->out->incomplete || run->out->failed)))
    return;
  answer_complete(&run->answer, run->out, question);
  run->out->run.answer = &run->answer.stored;
}

/* The units of the state asked for. */
static bool find_units(const RunOptions *options, RunResult *out, HpError *err) {
  if (!project_load_units(&options->project, &out->project, err))
    return false;
  if (options->state) {
    const RunState *s = options->state;
    char **paths = hp_calloc(s->ntexts, sizeof *paths);
    for (uint32_t i = 0; i < s->ntexts; i++)
      paths[i] = s->texts[i].path;
    project_change_units(&out->project, s->absent, s->nabsent, paths, s->ntexts);
    free(paths);
  }
  return true;
}

/* Workers take a while to start. When the answer is outdated, a file was changed most likely; where
 * there is no store yet, every unit is to be parsed. */
static bool begin_units(Run *run, Loader **loader, HpError *err) {
  if (run->options->records)
    return true;
  Loader *l = *loader = units_begin(run->options, run->out);
  if (run->state == ANSWER_OUTDATED)
    units_warm(l, 1);
  if (!find_units(run->options, run->out, err))
    return false;
  char *dir = run->store ? NULL : stored_in(&run->out->project);
  if (!run->store && !dir)
    units_warm(l, run->out->project.nunits);
  free(dir);
  return true;
}

/* The store is open, and the answer may be in it. */
static bool prepare(Run *run, Loader *loader, HpError *err) {
  const RunOptions *options = run->options;
  RunResult *out = run->out;
  if (!run->store && !(run->store = open_store(options, out, err)))
    return false;
  if (may_answer(options) && !out->project.from_database && !again(run, true, err))
    return false;
  if (loader && run->state == ANSWER_OUTDATED) {
    units_warm(loader, 1);
    units_on_same(loader, again_same, run);
  }
  return run->state == ANSWER_FOUND || find_profile(run, err);
}

/* What the run before left for this one. */
static void read_former(void *context) {
  Run *run = context;
  const Project *p = &run->out->project;
  uint64_t question = answer_question(p, run->enabled, run->options->machine, false);
  run->former = judge_former(run->options, run->store, question);
  if (!run->options->no_record)
    store_read_ahead(run->store);
}

/* Everything: units, link, rules, store, order. */
static bool work(Run *run, HpError *err) {
  const RunOptions *options = run->options;
  RunResult *out = run->out;
  Loader *loader = NULL;
  bool ok = begin_units(run, &loader, err);
  out->units = out->project.nunits;
  ok = ok && prepare(run, loader, err);
  if (ok && loader)
    units_meanwhile(loader, read_former, run);
  else if (ok)
    read_former(run);
  if (ok && run->state != ANSWER_FOUND)
    ok = loader ? units_finish(loader, run->store, &run->units, err)
                : units_read(options, out, &run->units, err);
  if (!ok || run->state == ANSWER_FOUND) {
    units_stored(loader);
    free(run->former.content);
  } else {
    judge(options, out, run->store, loader, run->units, run->enabled, &run->former);
    out->run = (DbRun){.root = out->project.root,
                       .command = "hplint",
                       .units = out->units,
                       .failed = out->failed,
                       .profile = out->profile_label};
    prepare_answer(run);
    ok = keep_and_rank(options, out, run->store, run->profile, err);
    out->run.answer = NULL;
  }
  return ok;
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Nobody needs to wait until the store is closed and memory is given back. */
typedef struct RunEnd {
  Store *store;
  Shelf *units;
  pthread_t thread;
} RunEnd;

static void *clear_away(void *arg) {
  RunEnd *end = arg;
  shelf_free(end->units); /* its threads may still be reading what the store's dictionaries hold */
  store_close(end->store);
  return NULL;
}

static void end_run(Run *run) {
  RunEnd *end = hp_calloc(1, sizeof *end);
  *end =
      (RunEnd){.store = run->store == run->options->store ? NULL : run->store, .units = run->units};
  bool written = run->units != NULL; /* else there is little to do */
  if (written && pthread_create(&end->thread, NULL, clear_away, end) == 0) {
    run->out->end = end;
  } else {
    clear_away(end);
    free(end);
  }
}

void run_settle(RunResult *r) {
  if (r->end)
    pthread_join(r->end->thread, NULL);
  free(r->end);
  r->end = NULL;
}

bool run_main_job(const RunOptions *options, RunResult *out, HpError *err) {
  double start = now();
  *out = (RunResult){0};
  Run run = {.options = options,
             .out = out,
             .store = options->store,
             .enabled = hp_calloc(nrules, sizeof *run.enabled)};
  bool ok = project_open(&options->project, &out->project, err) &&
            choose_rules(options, &out->project.config, run.enabled, err);
  if (ok) {
    answer_begin(&run.answer, &out->project);
    ok = answer_early(&run, err) && (run.state == ANSWER_FOUND || work(&run, err));
  }
  if (ok && run.profile && !options->no_record)
    ok = store_hot(run.store, run.profile, &out->hot, err);
  out->ranked_by = run.profile;
  answer_free(&run.answer);
  end_run(&run);
  free(run.enabled);
  out->seconds = now() - start;
  return ok;
}

void run_result_free(RunResult *r) {
  run_settle(r);
  for (uint32_t i = 0; i < r->nfailures; i++) {
    free(r->failures[i].cause);
    free(r->failures[i].example);
    free(r->failures[i].advice);
  }
  free(r->failures);
  for (uint32_t i = 0; i < r->nparsed; i++)
    free(r->parsed[i]);
  free(r->parsed);
  free(r->profile_label);
  free(r->since);
  db_hot_free(&r->hot);
  db_findings_free(&r->findings);
  project_free(&r->project);
}
