/* What is new since a revision: the same job over the tree as it was then, of which only the units
 * that read a changed file are parsed again. Findings are compared by fingerprint, so code that
 * moved, within a file or to another one, is not new. */
#include "analyzer/cli/diff.h"

#include "analyzer/cli/cli.h"
#include "analyzer/cli/hook.h"

#include <stdlib.h>
#include <string.h>

bool revision_text(const char *root, const char *revision, const char *path, HpBuf *out,
                   HpError *err) {
  char *name = hp_format("%s:%s", revision, path);
  const char *args[] = {"-C", root, "cat-file", "blob", name, NULL};
  bool ok = git_output(args, false, out, err);
  free(name);
  return ok;
}

/* ---- findings ---------------------------------------------------------------------------------
 */

static int compare_texts(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

uint32_t findings_drop_known(DbFindings *findings, const DbFindings *old) {
  const char **known = hp_calloc(old->count, sizeof *known);
  for (uint32_t i = 0; i < old->count; i++)
    known[i] = old->items[i]->fingerprint;
  if (old->count)
    qsort(known, old->count, sizeof *known, compare_texts);
  uint32_t kept = 0, count = findings->count;
  for (uint32_t i = 0; i < count; i++) {
    DbFinding *f = findings->items[i];
    const char *print = f->fingerprint;
    if (!old->count || !bsearch(&print, known, old->count, sizeof *known, compare_texts))
      findings->items[kept++] = f;
  }
  findings->count = kept;
  free(known);
  return count - kept;
}

/* ---- the tree as it was -----------------------------------------------------------------------
 */

void run_state_free(RunState *s) {
  for (uint32_t i = 0; i < s->ntexts; i++) {
    free(s->texts[i].path);
    free(s->texts[i].text);
  }
  for (uint32_t i = 0; i < s->nabsent; i++)
    free(s->absent[i]);
  free(s->texts);
  free(s->absent);
  *s = (RunState){0};
}

static bool is_source(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot && !strchr(dot, '/') &&
         (!strcmp(dot, ".c") || !strcmp(dot, ".h") || !strcmp(dot, ".inc") || !strcmp(dot, ".def"));
}

static void add_absent(RunState *s, const char *root, const char *path) {
  HP_GROW(s->absent, s->nabsent, s->absent_cap);
  s->absent[s->nabsent++] = hp_format("%s/%s", root, path);
}

static bool add_text(RunState *s, const char *root, const char *commit, const char *path,
                     HpError *err) {
  char *below = hp_format("./%s", path); /* from the root, which may lie below git's top */
  HpBuf text = {0};
  bool ok = revision_text(root, commit, below, &text, err);
  free(below);
  if (!ok) {
    hp_buf_free(&text);
    return false;
  }
  HP_GROW(s->texts, s->ntexts, s->texts_cap);
  WorkerText *t = &s->texts[s->ntexts++];
  t->path = hp_format("%s/%s", root, path);
  t->size = text.length;
  t->text = hp_buf_take(&text);
  return true;
}

/* Fields of `git diff --name-status -z`: a letter and a path in turn. */
static bool add_changes(RunState *s, const char *root, const char *commit, const HpBuf *out,
                        HpError *err) {
  const char *at = hp_buf_text(out), *end = at + out->length;
  bool ok = true;
  while (ok && at < end) {
    char kind = *at;
    const char *path = at + strlen(at) + 1;
    if (path >= end)
      break;
    at = path + strlen(path) + 1;
    if (!is_source(path))
      continue;
    if (kind == 'A')
      add_absent(s, root, path);
    else
      ok = add_text(s, root, commit, path, err);
  }
  return ok;
}

static void add_untracked(RunState *s, const char *root, const HpBuf *out) {
  const char *at = hp_buf_text(out), *end = at + out->length;
  for (; at < end; at += strlen(at) + 1)
    if (is_source(at))
      add_absent(s, root, at);
}

static char *find_commit(const char *root, const char *revision, HpError *err) {
  char *name = hp_format("%s^{commit}", revision);
  const char *args[] = {"-C", root, "rev-parse", "--verify", "--quiet", "--end-of-options",
                        name, NULL};
  HpBuf out = {0};
  HpError git = {0};
  bool ok = git_output(args, true, &out, &git);
  free(name);
  if (!ok) {
    hp_fail(err, "--diff %s: no such revision in %s, or no git repository", revision, root);
    hp_buf_free(&out);
    return NULL;
  }
  char *commit = hp_buf_take(&out);
  commit[strcspn(commit, "\n")] = 0;
  return commit;
}

bool run_state_of(const char *root, const char *revision, RunState *out, HpError *err) {
  *out = (RunState){0};
  char *commit = find_commit(root, revision, err);
  if (!commit)
    return false;
  const char *diff[] = {"-C", root,           "diff",          "--relative", "--name-status",
                        "-z", "--no-renames", "--no-ext-diff", commit,       NULL};
  const char *others[] = {"-C", root, "ls-files", "--others", "--exclude-standard", "-z", NULL};
  HpBuf changes = {0}, untracked = {0};
  bool ok = git_output(diff, false, &changes, err) && git_output(others, false, &untracked, err) &&
            add_changes(out, root, commit, &changes, err);
  if (ok)
    add_untracked(out, root, &untracked);
  hp_buf_free(&changes);
  hp_buf_free(&untracked);
  free(commit);
  return ok;
}

/* ---- all ------------------------------------------------------------------------------------- */

bool diff_keep_new(const RunOptions *options, const char *revision, RunResult *result,
                   HpError *err) {
  RunState state;
  RunResult old = {0};
  bool ok = run_state_of(result->project.root, revision, &state, err);
  if (ok && (state.ntexts || state.nabsent)) {
    RunOptions then = *options;
    then.state = &state;
    then.no_record = true;
    ok = run_main_job(&then, &old, err);
    if (ok)
      result->known = findings_drop_known(&result->findings, &old.findings);
  } else if (ok) { /* the tree is that of the revision */
    result->known = result->findings.count;
    result->findings.count = 0;
  }
  result->since = hp_strdup(revision);
  run_result_free(&old);
  run_state_free(&state);
  return ok;
}
