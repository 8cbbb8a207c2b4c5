/* The answer of the latest run, given again when the same is asked of an unchanged tree.
 *
 * Everything that decides a result is either in the question (options, configuration, which rules,
 * which programs) or a file whose state the answer rests on (what the units read, look-ups that
 * failed, the compile database). Where units come from the tree itself and not from a database,
 * the tree is gone through first and the units are in the question. */
#include "analyzer/engine/internal.h"

#include "analyzer/unit/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

/* ---- the question ---------------------------------------------------------------------------- */

static void ask_text(XXH3_state_t *state, const char *text) {
  XXH3_64bits_update(state, text ? text : "", text ? strlen(text) + 1 : 0);
  XXH3_64bits_update(state, text ? "t" : "n", 1);
}

static void ask_texts(XXH3_state_t *state, char *const *texts) {
  for (; texts && *texts; texts++)
    ask_text(state, *texts);
  ask_text(state, NULL);
}

/* Another build may judge otherwise, whatever its version says. */
static void ask_program(XXH3_state_t *state) {
  struct stat st;
  int64_t self[4] = {0};
  if (stat("/proc/self/exe", &st) == 0) {
    self[0] = st.st_size;
    self[1] = st.st_mtim.tv_sec;
    self[2] = st.st_mtim.tv_nsec;
    self[3] = (int64_t)st.st_ino;
  }
  ask_text(state, HPLINT_VERSION);
  XXH3_64bits_update(state, self, sizeof self);
  XXH3_64bits_update(state, &unit_front_end_id, sizeof unit_front_end_id);
}

static void ask_units(XXH3_state_t *state, const Project *p) {
  for (uint32_t i = 0; i < p->nunits; i++)
    XXH3_64bits_update(state, &p->units[i].key, sizeof p->units[i].key);
  for (uint32_t i = 0; i < p->nnotes; i++)
    ask_text(state, p->notes[i]);
}

static void ask_library(XXH3_state_t *state, const ProjectConfig *c) {
  for (uint32_t i = 0; i < c->nlibrary; i++) {
    const PgLibraryRow *row = &c->library[i];
    int32_t numbers[] = {(int32_t)row->flags, row->size_arg, row->count_arg, row->freed_arg};
    ask_text(state, row->name);
    ask_text(state, row->like);
    XXH3_64bits_update(state, numbers, sizeof numbers);
  }
}

static void ask_machine(XXH3_state_t *state, const Machine *m) {
  uint64_t numbers[] = {m->l1, m->l2, m->l3, m->line, m->l1_ways};
  XXH3_64bits_update(state, numbers, sizeof numbers);
}

uint64_t answer_question(const Project *p, const bool *enabled, const Machine *machine,
                         bool with_units) {
  XXH3_state_t *state = XXH3_createState();
  HP_ASSERT(state);
  XXH3_64bits_reset(state);
  ask_program(state);
  ask_text(state, p->root);
  for (uint32_t i = 0; i < p->npaths; i++)
    ask_text(state, p->paths[i]);
  ask_texts(state, p->config.exclude);
  ask_text(state, p->config.vendored ? "own" : "usual");
  ask_texts(state, p->config.vendored);
  ask_library(state, &p->config);
  XXH3_64bits_update(state, enabled, nrules * sizeof *enabled);
  ask_machine(state, machine ? machine : &machine_portable);
  ask_text(state, p->database);
  if (with_units)
    ask_units(state, p);
  uint64_t question = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  return question;
}

/* ---- facts ----------------------------------------------------------------------------------- */

typedef struct Facts {
  char **items;
  uint32_t count, cap;
} Facts;

static void add_text(Facts *f, const char *text) {
  HP_GROW(f->items, f->count, f->cap);
  f->items[f->count++] = hp_strdup(text ? text : "");
}

static void add_number(Facts *f, uint32_t number) {
  char text[16];
  snprintf(text, sizeof text, "%u", number);
  add_text(f, text);
}

/* In the order in which read_facts takes them. */
static void write_facts(const RunResult *r, Facts *f) {
  add_number(f, r->analysed);
  add_number(f, r->incomplete);
  add_number(f, r->project.nnotes);
  for (uint32_t i = 0; i < r->project.nnotes; i++)
    add_text(f, r->project.notes[i]);
  for (uint32_t i = 0; i < r->nfailures; i++) {
    const RunFailure *x = &r->failures[i];
    add_text(f, x->cause);
    add_number(f, x->units);
    add_text(f, x->example);
    add_text(f, x->advice);
    add_number(f, x->incomplete);
  }
}

typedef struct Reader {
  char *const *items;
  uint32_t left;
} Reader;

static const char *take(Reader *r) {
  if (!r->left)
    return "";
  r->left--;
  return *r->items++;
}

static uint32_t take_number(Reader *r) {
  return (uint32_t)strtoul(take(r), NULL, 10);
}

static void read_facts(Reader *r, RunResult *out) {
  out->analysed = take_number(r);
  out->incomplete = take_number(r);
  for (uint32_t n = take_number(r); n && r->left; n--)
    project_note(&out->project, "%s", take(r));
  out->failures = hp_calloc(r->left / 5, sizeof *out->failures);
  while (r->left >= 5) {
    RunFailure *f = &out->failures[out->nfailures++];
    f->cause = hp_strdup(take(r));
    f->units = take_number(r);
    f->example = hp_strdup(take(r));
    const char *advice = take(r);
    f->advice = *advice ? hp_strdup(advice) : NULL;
    f->incomplete = take_number(r) != 0;
  }
}

/* ---- keeping and giving again ---------------------------------------------------------------- */

void answer_begin(Answer *a, const Project *p) {
  *a = (Answer){0};
  if (p->database)
    store_stamp(p->database, &a->database);
}

void answer_complete(Answer *a, const RunResult *r, uint64_t question) {
  const Project *p = &r->project;
  Facts facts = {0};
  write_facts(r, &facts);
  a->facts = facts.items;
  a->nfacts = facts.count;
  a->units = hp_calloc(p->nunits, sizeof *a->units);
  for (uint32_t i = 0; i < p->nunits; i++)
    a->units[i] = unit_cache_key(&p->units[i]);
  a->files = hp_calloc(p->ngone + 1, sizeof *a->files);
  uint32_t nfiles = 0;
  if (p->database)
    a->files[nfiles++] = a->database;
  for (uint32_t i = 0; i < p->ngone; i++)
    a->files[nfiles++] = (DbFileStamp){.path = p->gone[i]};
  a->stored = (DbAnswer){.question = question,
                         .facts = a->facts,
                         .nfacts = a->nfacts,
                         .units = a->units,
                         .nunits = p->nunits,
                         .files = a->files,
                         .nfiles = nfiles};
}

void answer_free(Answer *a) {
  for (uint32_t i = 0; i < a->nfacts; i++)
    free(a->facts[i]);
  free(a->facts);
  free(a->units);
  free(a->files);
  free(a->database.path);
}

static void take_answer(RunResult *out, const DbRun *info, DbFindings *findings, char **facts,
                        uint32_t nfacts) {
  Reader r = {facts, nfacts};
  read_facts(&r, out);
  out->findings = *findings;
  *findings = (DbFindings){0};
  out->run = (DbRun){.id = info->id,
                     .root = out->project.root,
                     .command = "hplint",
                     .units = info->units,
                     .failed = info->failed,
                     .profile = out->profile_label};
  out->units = info->units;
  out->cached = info->units - out->nparsed;
  out->failed = info->failed;
}

bool answer_renewed(Store *store, uint64_t question, int64_t profile, const uint64_t *units,
                    uint32_t nunits, RunResult *out, AnswerState *state, HpError *err) {
  char **facts;
  uint32_t nfacts;
  DbFindings findings;
  DbRun info;
  bool found;
  bool ok = store_get_answer(store, question, units, nunits, &findings, &info, &facts, &nfacts,
                             &found, err);
  found = ok && found && (!nunits || findings_suppressed_so(out->project.root, &findings));
  *state = found ? ANSWER_FOUND : ok && info.id ? ANSWER_OUTDATED : ANSWER_NONE;
  if (found) {
    /* What the optimiser was asked about is another text. */
    bool reordered = nunits && db_findings_uncheck(&findings);
    ok = !nunits || store_renew_answer(store, info.id, units, nunits, err);
    if (ok && (reordered || info.ranked_by != profile))
      ok = store_rank(store, info.id, profile, &findings, err);
    if (ok)
      take_answer(out, &info, &findings, facts, nfacts);
  }
  free(facts);
  db_findings_free(&findings);
  return ok;
}

bool answer_again(Store *store, uint64_t question, int64_t profile, RunResult *out,
                  AnswerState *state, HpError *err) {
  return answer_renewed(store, question, profile, NULL, 0, out, state, err);
}
