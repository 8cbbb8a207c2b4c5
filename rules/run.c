/* Runs rules over a linked program, on several threads. Each thread reports into an arena of its
 * own; the findings are copied over and sorted at the end, so that the order in which threads
 * finish shows nowhere. */
#include "rules/rule.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 16, MAX_JOBS = 64 };

/* Work: functions and records by item, in chunks. */
typedef struct Work {
  const IrProgram *program;
  const bool *enabled, *wanted;
  uint32_t nfuncs, nitems;
  bool logs;
  atomic_uint next;
} Work;

typedef struct Worker {
  Work *work;
  Report report;
  PgLog log;
  HpBuf looked;
  pthread_t thread;
} Worker;

static bool is_enabled(const Work *w, uint32_t rule) {
  return !w->enabled || w->enabled[rule];
}

static void judge_record(Worker *me, PgRecord record) {
  for (uint32_t i = 0; i < nrules; i++)
    if (is_enabled(me->work, i) && rules[i]->check_record) {
      me->report.current = rules[i];
      rules[i]->check_record(me->work->program, record, &me->report);
    }
}

static void judge_function(Worker *me, PgFunc func) {
  const PgFunction *pf = pg_func(me->work->program, func);
  if (!pf->fn || !pf->an)
    return;
  for (uint32_t i = 0; i < nrules; i++)
    if (is_enabled(me->work, i) && rules[i]->check_function) {
      me->report.current = rules[i];
      rules[i]->check_function(me->work->program, func, &me->report);
    }
}

static void note_looked(Worker *me, uint32_t item, const uint32_t *items, uint32_t count) {
  const uint32_t head[] = {item, count};
  hp_buf_addn(&me->looked, head, sizeof head);
  hp_buf_addn(&me->looked, items, count * sizeof *items);
}

static void judge(Worker *me, uint32_t item) {
  const Work *w = me->work;
  me->report.item = item;
  if (w->logs)
    pg_log_begin(&me->log, w->program);
  if (item < w->nfuncs)
    judge_function(me, item);
  else
    judge_record(me, item - w->nfuncs);
  if (!w->logs)
    return;
  pg_log_end();
  note_looked(me, item, me->log.items, me->log.count);
}

static void *work_off(void *arg) {
  Worker *me = arg;
  const Work *w = me->work;
  for (uint32_t first; (first = atomic_fetch_add(&me->work->next, CHUNK)) < w->nitems;)
    for (uint32_t i = first; i < first + CHUNK && i < w->nitems; i++)
      if (!w->wanted || w->wanted[i])
        judge(me, i);
  return NULL;
}

/* ---- gathering ------------------------------------------------------------------------------- */

static const char *copy_text(HpArena *arena, const char *text) {
  return text ? hp_arena_strdup(arena, text) : NULL;
}

static Finding *copy_finding(HpArena *arena, const Finding *from) {
  Finding *f = hp_arena_copy(arena, from, sizeof *from);
  f->message = copy_text(arena, from->message);
  f->help = copy_text(arena, from->help);
  f->saving_why = copy_text(arena, from->saving_why);
  f->anchor = copy_text(arena, from->anchor);
  f->fix.words = copy_text(arena, from->fix.words);
  for (uint32_t i = 0; i < f->nplaces; i++)
    f->places[i].text = copy_text(arena, from->places[i].text);
  for (uint32_t i = 0; i < f->nfacts; i++) {
    f->facts[i].name = copy_text(arena, from->facts[i].name);
    f->facts[i].unit = copy_text(arena, from->facts[i].unit);
    f->facts[i].text = copy_text(arena, from->facts[i].text);
  }
  return f;
}

static uint32_t rule_index(const Rule *rule) {
  uint32_t i = 0;
  while (i < nrules && rules[i] != rule)
    i++;
  return i;
}

static const char *path_of(const Finding *f) {
  return f->loc.file < f->unit->nfiles ? ir_str(f->unit, f->unit->files[f->loc.file].path) : "";
}

static int by_number(uint64_t a, uint64_t b) {
  return a < b ? -1 : a > b;
}

/* Rule, file, line, column; the rest only makes the order total. */
static int by_place(const void *left, const void *right) {
  const Finding *a = *(Finding *const *)left, *b = *(Finding *const *)right;
  int order = by_number(rule_index(a->rule), rule_index(b->rule));
  if (!order)
    order = strcmp(path_of(a), path_of(b));
  if (!order)
    order = by_number(a->loc.line, b->loc.line);
  if (!order)
    order = by_number(a->loc.column, b->loc.column);
  if (!order)
    order = strcmp(a->message, b->message);
  if (!order)
    order = by_number(a->func, b->func);
  return order ? order : by_number(a->loop, b->loop);
}

static void gather(Report *into, HpBuf *looked, Worker *workers, unsigned jobs) {
  uint32_t first = into->count;
  for (unsigned i = 0; i < jobs; i++) {
    Report *from = &workers[i].report;
    for (uint32_t k = 0; k < from->count; k++) {
      HP_GROW(into->findings, into->count, into->cap);
      into->findings[into->count++] = copy_finding(into->arena, from->findings[k]);
    }
    if (looked)
      hp_buf_addn(looked, workers[i].looked.text, workers[i].looked.length);
    hp_buf_free(&workers[i].looked);
    pg_log_free(&workers[i].log);
    free(from->findings);
    hp_arena_free(from->arena);
  }
  if (into->count > first)
    qsort(into->findings + first, into->count - first, sizeof *into->findings, by_place);
}

void rules_judge(const IrProgram *program, const bool *enabled, const bool *wanted, unsigned jobs,
                 Report *report, HpBuf *looked) {
  jobs = jobs < 1 ? 1 : jobs > MAX_JOBS ? MAX_JOBS : jobs;
  uint32_t nfuncs = pg_nfuncs(program);
  Work work = {.program = program,
               .enabled = enabled,
               .wanted = wanted,
               .nfuncs = nfuncs,
               .nitems = nfuncs + pg_nrecords(program),
               .logs = looked != NULL};
  Worker workers[MAX_JOBS];
  unsigned started = 0;
  if (!report->machine)
    report->machine = &machine_portable;
  for (unsigned i = 0; i < jobs; i++) {
    workers[i] = (Worker){
        .work = &work,
        .report = {.arena = hp_arena_new(), .program = program, .machine = report->machine}};
    /* The last one works on this thread; a thread that cannot start leaves its share to it. */
    if (i + 1 < jobs && pthread_create(&workers[i].thread, NULL, work_off, &workers[i]) != 0)
      jobs = i + 1;
    if (i + 1 < jobs)
      started++;
  }
  work_off(&workers[jobs - 1]);
  for (unsigned i = 0; i < started; i++)
    pthread_join(workers[i].thread, NULL);
  report->program = program;
  report->current = NULL;
  gather(report, looked, workers, jobs);
}

void rules_run(const IrProgram *program, const bool *enabled, unsigned jobs, Report *report) {
  rules_judge(program, enabled, NULL, jobs, report, NULL);
}
