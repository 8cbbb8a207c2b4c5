/* Which findings get a fix: edits from the text, then the proof by another analysis. All fixes are
 * tried at once, which is enough most of the time; else halves of them, down to the one that is at
 * fault. */
#include "analyzer/fix/fix.h"

#include "ir/files.h"

#include <stdlib.h>
#include <string.h>

/* ---- files ----------------------------------------------------------------------------------- */

/* UINT32_MAX when it cannot be read. */
static uint32_t file_of(FixPlan *plan, const RunOptions *run, const Project *project,
                        const char *name) {
  char *path = hp_path_in(project->root, name);
  for (uint32_t i = 0; i < plan->nfiles; i++) {
    if (!strcmp(plan->files[i].path, path)) {
      free(path);
      return i;
    }
  }
  bool unsaved = run->unsaved && !strcmp(path, run->unsaved_file);
  size_t size = run->unsaved_size;
  char *text =
      unsaved ? hp_strndup(run->unsaved, size) : hp_read_file(path, HP_SOURCE_MAX, &size, NULL);
  if (!text) {
    free(path);
    return UINT32_MAX;
  }
  HP_GROW(plan->files, plan->nfiles, plan->files_cap);
  plan->files[plan->nfiles] = (FixFile){path, project_relative(project, path), text, size};
  return plan->nfiles++;
}

/* ---- candidates ------------------------------------------------------------------------------ */

static bool is_asked(const FixOptions *o, const DbFinding *f) {
  for (uint32_t i = 0; i < o->nfingerprints; i++)
    if (!strncmp(f->fingerprint, o->fingerprints[i], strlen(o->fingerprints[i])))
      return true;
  return !o->nfingerprints && !f->suppressed && (f->listed || o->all);
}

/* Does another fix of the file change the same lines? Then one of them has to wait. */
static bool collides(const FixPlan *plan, const Fix *fix) {
  const FixEdits *e = &fix->edits;
  for (uint32_t i = 0; i < plan->nfixes; i++) {
    const FixEdits *o = &plan->fixes[i].edits;
    if (plan->fixes[i].why || plan->fixes[i].file != fix->file || !o->count || !e->count)
      continue;
    if (e->items[0].from <= o->items[o->count - 1].to &&
        o->items[0].from <= e->items[e->count - 1].to)
      return true;
  }
  return false;
}

static void add_candidate(FixPlan *plan, const FixOptions *o, const RunResult *result,
                          const DbFinding *f) {
  Fix fix = {.finding = f, .file = UINT32_MAX};
  if (f->fix)
    fix.file = file_of(plan, o->run, &result->project, f->file);
  if (f->fix && fix.file == UINT32_MAX)
    fix.why = hp_strdup("its file cannot be read");
  else if (o->shared && (result->failed || result->incomplete) &&
           !strncmp(f->fix ? f->fix : "", "reorder-shared", 14))
    fix.why = hp_strdup("some units could not be analysed, and they may use the record");
  else
    fix.why = fix_edits(f, o->shared, f->fix ? plan->files[fix.file].text : "",
                        f->fix ? plan->files[fix.file].size : 0, &fix.edits);
  if (!fix.why && collides(plan, &fix))
    fix.why = hp_strdup("another fix changes the same lines: run again after it");
  HP_GROW(plan->fixes, plan->nfixes, plan->fixes_cap);
  plan->fixes[plan->nfixes++] = fix;
}

/* ---- applying -------------------------------------------------------------------------------- */

static int by_first_edit(const void *a, const void *b) {
  const Fix *x = *(const Fix *const *)a, *y = *(const Fix *const *)b;
  size_t i = x->edits.items[0].from, k = y->edits.items[0].from;
  return (i > k) - (i < k);
}

/* Of the fixes first .. last - 1; those that have been refused are left out. */
static void apply(const FixPlan *plan, uint32_t file, uint32_t first, uint32_t last, HpBuf *out) {
  const Fix **fixes = hp_calloc(last - first, sizeof *fixes);
  uint32_t count = 0;
  size_t at = 0;
  for (uint32_t i = first; i < last; i++)
    if (!plan->fixes[i].why && plan->fixes[i].file == file)
      fixes[count++] = &plan->fixes[i];
  if (count)
    qsort(fixes, count, sizeof *fixes, by_first_edit);
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t k = 0; k < fixes[i]->edits.count; k++) {
      const FixEdit *e = &fixes[i]->edits.items[k];
      hp_buf_addn(out, plan->files[file].text + at, e->from - at);
      hp_buf_add(out, e->text);
      at = e->to;
    }
  }
  hp_buf_addn(out, plan->files[file].text + at, plan->files[file].size - at);
  free(fixes);
}

void fix_apply(const FixPlan *plan, uint32_t file, HpBuf *out) {
  apply(plan, file, 0, plan->nfixes, out);
}

/* ---- the proof ------------------------------------------------------------------------------- */

typedef struct Proof {
  FixPlan *plan;
  const FixOptions *options;
  const RunResult *before;
} Proof;

static bool same_text(const char *a, const char *b) {
  return !strcmp(a ? a : "", b ? b : "");
}

static bool same_subject(const DbFinding *a, const DbFinding *b) {
  return same_text(a->file, b->file) && same_text(a->function, b->function) &&
         (a->function || same_text(a->record, b->record));
}

/* Findings about what `of` is about, by its rule or by any. */
static uint32_t count_like(const DbFindings *all, const DbFinding *of, bool any_rule) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < all->count; i++) {
    const DbFinding *f = all->items[i];
    count +=
        same_subject(f, of) && (any_rule ? f->show == SHOW_LISTED : !strcmp(f->rule, of->rule));
  }
  return count;
}

/* Fixes first .. last - 1 for the same subject. */
static uint32_t count_fixed(const Proof *p, uint32_t first, uint32_t last, const DbFinding *of,
                            bool any_rule) {
  uint32_t count = 0;
  for (uint32_t i = first; i < last; i++) {
    const DbFinding *f = p->plan->fixes[i].finding;
    count += !p->plan->fixes[i].why && same_subject(f, of) &&
             (any_rule ? f->show == SHOW_LISTED : !strcmp(f->rule, of->rule));
  }
  return count;
}

static const char *why_unproven(const Proof *p, uint32_t first, uint32_t last,
                                const RunResult *after) {
  const RunResult *before = p->before;
  if (after->failed > before->failed || after->incomplete > before->incomplete)
    return "the changed text would not compile";
  for (uint32_t i = first; i < last; i++) {
    const DbFinding *f = p->plan->fixes[i].finding;
    if (p->plan->fixes[i].why)
      continue;
    for (int any = 0; any < 2; any++) {
      uint32_t was = count_like(&before->findings, f, any),
               fixed = count_fixed(p, first, last, f, any),
               is = count_like(&after->findings, f, any);
      if (is + fixed > was)
        return any ? "another finding would take its place" : "the finding would not be gone";
    }
  }
  return NULL;
}

static void state_free(RunState *s) {
  for (uint32_t i = 0; i < s->ntexts; i++)
    free(s->texts[i].text);
  free(s->texts);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the state's texts are not const */
static void add_text(RunState *s, char *path, char *text, size_t size) {
  HP_GROW(s->texts, s->ntexts, s->texts_cap);
  s->texts[s->ntexts++] = (WorkerText){.path = path, .text = text, .size = size};
}

static void make_state(const FixPlan *plan, uint32_t first, uint32_t last, RunState *s) {
  for (uint32_t file = 0; file < plan->nfiles; file++) {
    bool changed = false;
    for (uint32_t i = first; i < last; i++)
      changed |= !plan->fixes[i].why && plan->fixes[i].file == file;
    if (!changed)
      continue;
    HpBuf text = {0};
    apply(plan, file, first, last, &text);
    size_t size = text.length;
    add_text(s, plan->files[file].path, hp_buf_take(&text), size);
  }
}

/* What the editor has not saved, changed or not, is a part of the state. */
static void take_unsaved(RunOptions *run, RunState *s) {
  bool changed = false;
  for (uint32_t i = 0; run->unsaved && i < s->ntexts; i++)
    changed |= !strcmp(s->texts[i].path, run->unsaved_file);
  if (run->unsaved && !changed)
    add_text(s, (char *)(uintptr_t)run->unsaved_file, hp_strndup(run->unsaved, run->unsaved_size),
             run->unsaved_size);
  run->unsaved = run->unsaved_file = NULL;
}

/* `*why` NULL: the fixes hold, all together. */
static bool prove_together(const Proof *p, uint32_t first, uint32_t last, const char **why,
                           HpError *err) {
  RunState state = {0};
  RunOptions run = *p->options->run;
  RunResult after;
  make_state(p->plan, first, last, &state);
  *why = NULL;
  if (!state.ntexts)
    return true;
  take_unsaved(&run, &state);
  run.state = &state;
  run.no_record = true;
  run.progress = false;
  bool ok = run_main_job(&run, &after, err);
  if (ok)
    *why = why_unproven(p, first, last, &after);
  run_result_free(&after);
  state_free(&state);
  return ok;
}

static bool prove(const Proof *p, uint32_t first, uint32_t last, HpError *err) {
  const char *why;
  uint32_t open = 0, at = first;
  for (uint32_t i = first; i < last; i++)
    if (!p->plan->fixes[i].why)
      open++, at = i;
  if (!open)
    return true;
  if (!prove_together(p, first, last, &why, err))
    return false;
  if (!why)
    return true;
  if (open == 1) {
    p->plan->fixes[at].why = hp_strdup(why);
    return true;
  }
  uint32_t middle = first + (last - first) / 2;
  if (!prove(p, first, middle, err) || !prove(p, middle, last, err) ||
      !prove_together(p, first, last, &why, err))
    return false;
  for (uint32_t i = middle; why && i < last; i++)
    if (!p->plan->fixes[i].why)
      p->plan->fixes[i].why = hp_strdup("it does not go together with another fix: run again");
  return true;
}

/* ---- all ------------------------------------------------------------------------------------- */

bool fix_plan(const FixOptions *options, const RunResult *result, FixPlan *out, HpError *err) {
  *out = (FixPlan){0};
  for (uint32_t i = 0; i < result->findings.count; i++)
    if (is_asked(options, result->findings.items[i]))
      add_candidate(out, options, result, result->findings.items[i]);
  Proof proof = {out, options, result};
  return prove(&proof, 0, out->nfixes, err);
}

const Fix *fix_of(const FixPlan *plan, const DbFinding *f, uint32_t *at) {
  return *at < plan->nfixes && plan->fixes[*at].finding == f ? &plan->fixes[(*at)++] : NULL;
}

FixPlace fix_place(const FixFile *file, size_t offset) {
  FixPlace place = {1, 1};
  const char *at = file->text, *end = file->text + offset, *newline;
  for (; (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1)
    place.line++;
  place.column += (uint32_t)(end - at);
  return place;
}

void fix_plan_free(FixPlan *plan) {
  for (uint32_t i = 0; i < plan->nfixes; i++) {
    fix_edits_free(&plan->fixes[i].edits);
    free(plan->fixes[i].why);
  }
  for (uint32_t i = 0; i < plan->nfiles; i++) {
    free(plan->files[i].path);
    free(plan->files[i].text);
  }
  free(plan->fixes);
  free(plan->files);
}
