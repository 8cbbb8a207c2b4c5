/* Link and judge: findings of the whole program as records. */
#include "analyzer/engine/internal.h"
#include "analyzer/engine/judged.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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
                                           .summary = f->summary.flags,
                                           .first_loop = nloops};
    for (uint32_t l = 0; l < f->an->nloops; l++) {
      const IrLoop *loop = &f->an->loops[l];
      HP_GROW(loops, nloops, loops_cap);
      loops[nloops++] = (DbLoop){.line = ir_loc(f->fn, loop->loc).line,
                                 .depth = loop->depth,
                                 .trip = trip_text(arena, f->unit, f->fn, loop)};
    }
  }
  bool ok = store_put_functions(store, functions, nfunctions, loops, err);
  free(functions);
  free(loops);
  hp_arena_free(arena);
  return ok;
}

static bool owned(void *context, const char *path) {
  return project_owns(context, path);
}

/* Stored together: the size of the first, what was judged, what linking worked out. */
typedef struct FormerParts {
  const char *judged, *linked;
  size_t judged_size, linked_size;
} FormerParts;

static FormerParts parts_of(const Former *former) {
  uint64_t size;
  if (former->size < sizeof size)
    return (FormerParts){0};
  const char *at = (const char *)former->content + sizeof size;
  size_t left = former->size - sizeof size;
  memcpy(&size, former->content, sizeof size);
  return size > left ? (FormerParts){0} : (FormerParts){at, at + size, size, left - size};
}

static bool remember(Store *store, uint64_t question, const Judged *judged, const PgMemo *linked,
                     HpError *err) {
  HpBuf content = {0};
  uint64_t size = 0;
  hp_buf_addn(&content, &size, sizeof size);
  judged_pack(judged, &content);
  size = content.length - sizeof size;
  memcpy(content.text, &size, sizeof size);
  pg_memo_write(linked, &content);
  bool ok = store_put_judgements(store, question, content.text, content.length, err);
  hp_buf_free(&content);
  return ok;
}

/* What is stored of a run, step by step as it becomes known: the store is the keeper's until
 * keeper_wait. Each step is a thread that waits for the one before, so that nobody else does. */
typedef struct Keeper {
  Store *store;
  const Project *project;
  const IrProgram *program;
  const Judged *judged;
  const PgMemo *linked;
  uint64_t question;
  Loader *loader;
  const RunResult *run; /* whether the store can be written */
  bool stores;
  struct Step *last;
  HpError err;
} Keeper;

typedef struct Step {
  Keeper *keeper;
  void (*work)(Keeper *k);
  struct Step *before;
  pthread_t thread;
  bool started;
} Step;

static void keep_units(Keeper *k) {
  units_stored(k->loader);
  k->stores = k->stores && !k->run->unstored;
}

static void keep_functions(Keeper *k) {
  if (k->stores)
    put_functions(k->store, k->project, k->program, &k->err);
}

static void keep_judgements(Keeper *k) {
  if (k->stores && !k->err.set)
    remember(k->store, k->question, k->judged, k->linked, &k->err);
}

static void step_wait(Step *s) {
  if (s && s->started)
    pthread_join(s->thread, NULL);
  free(s);
}

static void *run_step(void *step) {
  Step *s = step;
  step_wait(s->before);
  s->work(s->keeper);
  return NULL;
}

static void keeper_do(Keeper *k, void (*work)(Keeper *k)) {
  Step *s = hp_calloc(1, sizeof *s);
  *s = (Step){.keeper = k, .work = work, .before = k->last};
  k->last = s;
  s->started = pthread_create(&s->thread, NULL, run_step, s) == 0;
  if (!s->started)
    run_step(s);
}

static void keeper_wait(Keeper *k) {
  step_wait(k->last);
  k->last = NULL;
}

static void run_rules(const RunOptions *options, RunResult *out, const IrProgram *program,
                      const bool *enabled, Judged *judged, Scales *scales, Keeper *keeper) {
  Report report = {.arena = hp_arena_new(), .program = program, .machine = options->machine};
  HpBuf looked = {0};
  const bool *wanted = judged_wanted(judged, &out->judged);
  rules_judge(program, enabled, wanted, run_jobs(options), &report, &looked);
  DbFindings *findings = &out->findings;
  uint32_t *items = hp_calloc(report.count, sizeof *items);
  findings->arena = hp_arena_new();
  findings_convert(&out->project, program, &report, findings, items);
  judged_add(judged, &looked, &report, findings, items);
  keeper->judged = judged;
  keeper_do(keeper, keep_judgements);
  judged_findings(judged, findings);
  findings_weigh(scales, findings);
  findings_finish(findings);
  free(items);
  hp_buf_free(&looked);
  free(report.findings);
  hp_arena_free(report.arena);
}

/* Without a store there are none. */
Former judge_former(const RunOptions *options, Store *store, uint64_t question) {
  HpError ignored = {0};
  Former former = {.question = question};
  if (!options->no_store)
    store_get_judgements(store, question, &former.content, &former.size, &ignored);
  return former;
}

void judge(const RunOptions *options, RunResult *out, Store *store, Loader *loader, Shelf *units,
           const bool *enabled, const Former *former) {
  const IrUnit **good = hp_calloc(shelf_count(units), sizeof *good);
  uint32_t count = 0;
  for (uint32_t i = 0; i < shelf_count(units); i++)
    if ((good[count] = shelf_unit(units, i)))
      count++;
  Scales *scales = scales_new(&out->project);
  const FormerParts parts = parts_of(former);
  PgMemo *memo = pg_memo_new(parts.linked, parts.linked_size);
  PgOptions link = {.library = out->project.config.library,
                    .nlibrary = out->project.config.nlibrary,
                    .in_project = owned,
                    .context = &out->project,
                    .analysis = shelf_analysis,
                    .body = shelf_body,
                    .content = shelf_content,
                    .made_context = units,
                    .memo = memo,
                    .jobs = run_jobs(options),
                    .calls_known = scales_begin,
                    .waiting = scales};
  Keeper keeper = {.store = store,
                   .project = &out->project,
                   .linked = memo,
                   .question = former->question,
                   .loader = loader,
                   .run = out,
                   .stores = !options->no_record && !options->no_store};
  keeper_do(&keeper, keep_units);
  IrProgram *program = ir_program_link(good, count, &link);
  keeper.program = program;
  keeper_do(&keeper, keep_functions);
  Judged *judged = judged_new(program, units, run_jobs(options), parts.judged, parts.judged_size);
  run_rules(options, out, program, enabled, judged, scales, &keeper);
  findings_suppress(out->project.root, &out->findings);
  keeper_wait(&keeper);
  if (keeper.err.set)
    run_unstored(out, &keeper.err);
  judged_free(judged);
  pg_memo_free(memo);
  ir_program_free(program);
  free(good);
  free(former->content);
}
