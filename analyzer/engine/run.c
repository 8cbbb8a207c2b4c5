#include "analyzer/engine/internal.h"

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

static char *trip_text(HpArena *arena, const IrUnit *unit, const IrFunction *fn,
                       const IrLoop *loop) {
  if (loop->trip == IR_TRIP_CONST)
    return hp_arena_format(arena, "%llu", (unsigned long long)loop->count);
  if (loop->trip != IR_TRIP_SYMBOLIC)
    return hp_arena_strdup(arena, "?");
  HpBuf text = {0};
  ir_describe(&text, unit, fn, loop->bound);
  char *copy = hp_arena_strdup(arena, hp_buf_text(&text));
  hp_buf_free(&text);
  return copy;
}

/* The functions and loops of the program, for queries. */
static bool put_functions(Store *store, const Project *project, const IrProgram *p, HpError *err) {
  HpArena *arena = hp_arena_new();
  uint32_t count = pg_nfuncs(p), nfunctions = 0, nloops = 0, loops_cap = 0;
  DbFunction *functions = hp_calloc(count, sizeof *functions);
  DbLoop *loops = NULL;
  for (PgFunc i = 0; i < count; i++) {
    const PgFunction *f = pg_func(p, i);
    if (!f->fn)
      continue;
    const IrLoc loc = f->fn->loc;
    const char *file = project_relative(project, ir_str(f->unit, f->unit->files[loc.file].path));
    functions[nfunctions++] = (DbFunction){.name = f->name,
                                           .file = file,
                                           .line = loc.line,
                                           .end_line = loc.end_line,
                                           .blocks = f->fn->nblocks,
                                           .insns = f->fn->ninsns,
                                           .loops = f->an->nloops,
                                           .summary = f->summary.flags};
    for (uint32_t l = 0; l < f->an->nloops; l++) {
      const IrLoop *loop = &f->an->loops[l];
      HP_GROW(loops, nloops, loops_cap);
      loops[nloops++] = (DbLoop){.function = f->name,
                                 .file = file,
                                 .line = f->fn->locs[loop->loc].line,
                                 .depth = loop->depth,
                                 .trip = trip_text(arena, f->unit, f->fn, loop)};
    }
  }
  bool ok = store_put_functions(store, functions, nfunctions, loops, nloops, err);
  free(functions);
  free(loops);
  hp_arena_free(arena);
  return ok;
}

/* ---- judging --------------------------------------------------------------------------------- */

static bool owned(void *context, const char *path) {
  return project_owns(context, path);
}

unsigned run_jobs(const RunOptions *options) {
  if (options->jobs)
    return options->jobs;
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return cores > 0 ? (unsigned)cores : 1;
}

/* Link and judge: findings of the whole program as records. */
static bool judge(const RunOptions *options, RunResult *out, Store *store, const Units *units,
                  const bool *enabled, HpError *err) {
  const IrUnit **good = hp_calloc(units->count, sizeof *good);
  uint32_t count = 0;
  for (uint32_t i = 0; i < units->count; i++)
    if (units->items[i])
      good[count++] = units->items[i];
  PgOptions link = {.in_project = owned, .context = &out->project};
  IrProgram *program = ir_program_link(good, count, &link);
  Report report = {.arena = hp_arena_new(), .program = program};
  rules_run(program, enabled, run_jobs(options), &report);
  findings_convert(&out->project, program, &report, &out->findings);
  findings_suppress(out->project.root, &out->findings);
  bool ok = options->no_record || put_functions(store, &out->project, program, err);
  free(report.findings);
  hp_arena_free(report.arena);
  ir_program_free(program);
  free(good);
  return ok;
}

/* Stores the run and orders its findings, with the profile asked for. */
static bool keep_and_rank(const RunOptions *options, RunResult *out, Store *store, HpError *err) {
  int64_t profile = 0;
  if (options->profile >= 0 &&
      !store_find_profile(store, options->profile, &profile, &out->profile_label, err))
    return false;
  out->run = (DbRun){.root = out->project.root,
                     .command = "hplint",
                     .units = out->project.nunits,
                     .failed = out->failed,
                     .profile = out->profile_label};
  return (options->no_record || store_put_run(store, &out->run, &out->findings, err)) &&
         store_rank(store, out->run.id, profile, &out->findings, err);
}

bool run_main_job(const RunOptions *options, RunResult *out, HpError *err) {
  double start = now();
  *out = (RunResult){0};
  bool *enabled = hp_calloc(nrules, sizeof *enabled);
  Store *store = NULL;
  Units units = {0};
  bool ok =
      project_load(&options->project, &out->project, err) &&
      choose_rules(options, &out->project.config, enabled, err) &&
      (store = open_store(options, out, err)) && units_load(options, out, store, &units, err) &&
      judge(options, out, store, &units, enabled, err) && keep_and_rank(options, out, store, err);
  units_free(&units);
  store_close(store);
  free(enabled);
  out->seconds = now() - start;
  return ok;
}

void run_result_free(RunResult *r) {
  for (uint32_t i = 0; i < r->nfailures; i++) {
    free(r->failures[i].cause);
    free(r->failures[i].example);
    free(r->failures[i].advice);
  }
  free(r->failures);
  free(r->profile_label);
  db_findings_free(&r->findings);
  project_free(&r->project);
}
