/* `hplint hook`: installing the pre-commit hook, and what it does. */
#include "analyzer/cli/hook.h"

#include "analyzer/cli/cli.h"
#include "analyzer/cli/diff.h"
#include "analyzer/output/output.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- installing --------------------------------------------------------------------------------
 */

static const char mark[] = "# Installed by hplint";
static const char kept[] = ".before-hplint";

/* The folder of hooks, without the line's end; NULL and `err` outside of a repository. */
static char *hooks_folder(HpError *err) {
  static const char *const args[] = {"rev-parse", "--git-path", "hooks", NULL};
  HpBuf out = {0};
  HpError git = {0};
  if (!git_output(args, true, &out, &git)) {
    hp_fail(err, "not in a git repository (%s)", git.text);
    hp_buf_free(&out);
    return NULL;
  }
  char *folder = hp_buf_take(&out);
  folder[strcspn(folder, "\n")] = 0;
  return folder;
}

/* A text within single quotes of the shell. */
static void add_quoted(HpBuf *out, const char *text) {
  hp_buf_addc(out, '\'');
  for (; *text; text++)
    if (*text == '\'')
      hp_buf_add(out, "'\\''");
    else
      hp_buf_addc(out, *text);
  hp_buf_addc(out, '\'');
}

static void hook_script(HpBuf *out) {
  char self[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  self[n > 0 ? n : 0] = 0;
  hp_buf_addf(out,
              "#!/bin/sh\n"
              "%s: a commit that adds findings of high severity is stopped.\n"
              "# `git commit --no-verify` skips it; delete this file to be rid of it.\n"
              "if [ -x \"$0%s\" ]; then\n"
              "  \"$0%s\" \"$@\" || exit $?\n"
              "fi\n"
              "for hplint in ",
              mark, kept, kept);
  add_quoted(out, self);
  hp_buf_add(out, " hplint; do\n"
                  "  command -v \"$hplint\" >/dev/null 2>&1 && exec \"$hplint\" hook run\n"
                  "done\n"
                  "echo 'hplint is not installed any more: the commit is not checked' >&2\n");
}

typedef enum HookState { HOOK_ABSENT, HOOK_OURS, HOOK_FOREIGN } HookState;

/* A link is somebody's arrangement: foreign, whatever it leads to. */
static HookState hook_state(const char *path) {
  struct stat st;
  if (lstat(path, &st) != 0)
    return HOOK_ABSENT;
  char start[256] = "";
  FILE *f = S_ISREG(st.st_mode) ? fopen(path, "r") : NULL;
  if (f) {
    size_t n = fread(start, 1, sizeof start - 1, f);
    start[n] = 0;
    fclose(f);
  }
  return strstr(start, mark) ? HOOK_OURS : HOOK_FOREIGN;
}

static bool set_aside(const char *path, HpError *err) {
  char *other = hp_format("%s%s", path, kept);
  struct stat st;
  bool ok = lstat(other, &st) != 0 && errno == ENOENT
                ? rename(path, other) == 0 ||
                      hp_fail(err, "%s: cannot be set aside: %s", path, strerror(errno))
                : hp_fail(err, "%s: is in the way, and so is %s; remove one of them", path, other);
  if (ok)
    printf("%s is kept as %s and runs first\n", path, other);
  free(other);
  return ok;
}

/* In one step: a hook is there whole or not at all. */
static bool write_hook(const char *path, HpError *err) {
  HpBuf script = {0};
  hook_script(&script);
  char *next = hp_format("%s.new-%ld", path, (long)getpid());
  FILE *f = fopen(next, "wx");
  bool ok = f && fwrite(script.text, 1, script.length, f) == script.length;
  ok = f && fclose(f) == 0 && ok && chmod(next, 0755) == 0 && rename(next, path) == 0;
  if (!ok) {
    hp_fail(err, "%s: cannot be written: %s", path, strerror(errno));
    if (f)
      unlink(next);
  }
  hp_buf_free(&script);
  free(next);
  return ok;
}

static bool install_at(const char *path, bool force, HpError *err) {
  HookState state = hook_state(path);
  if (state == HOOK_FOREIGN && !force)
    return hp_fail(err,
                   "%s: there is another hook; add `hplint hook run` to it, or let --force keep it "
                   "beside",
                   path);
  return (state != HOOK_FOREIGN || set_aside(path, err)) && write_hook(path, err);
}

int hook_install(bool force, HpError *err) {
  char *folder = hooks_folder(err);
  if (!folder)
    return 2;
  char *path = hp_format("%s/pre-commit", folder);
  bool ok = mkdir(folder, 0755) == 0 || errno == EEXIST ||
            hp_fail(err, "%s: cannot make this folder: %s", folder, strerror(errno));
  ok = ok && install_at(path, force, err);
  if (ok)
    printf("%s: commits are checked from now on\n", path);
  free(path);
  free(folder);
  return ok ? 0 : 2;
}

/* ---- what is staged
 * ------------------------------------------------------------------------------ */

typedef struct Staged {
  char *path, *old_path; /* from the top; old_path NULL: not in HEAD */
} Staged;
typedef struct StagedList {
  Staged *items;
  uint32_t count, cap;
} StagedList;

static void staged_free(StagedList *list) {
  for (uint32_t i = 0; i < list->count; i++) {
    free(list->items[i].path);
    free(list->items[i].old_path);
  }
  free(list->items);
}

static bool is_c_file(const char *path) {
  size_t n = strlen(path);
  return n > 2 && strcmp(path + n - 2, ".c") == 0;
}

/* Fields of `git diff --name-status -z`: "M", path, or "R100", old path, new path. */
static void parse_staged(const HpBuf *out, StagedList *list) {
  const char *at = hp_buf_text(out), *end = at + out->length;
  while (at < end) {
    char kind = *at;
    bool two = kind == 'R' || kind == 'C';
    const char *old = at + strlen(at) + 1;
    if (old >= end)
      return;
    const char *path = two ? old + strlen(old) + 1 : old;
    if (path >= end)
      return;
    at = path + strlen(path) + 1;
    if (!is_c_file(path))
      continue;
    HP_GROW(list->items, list->count, list->cap);
    list->items[list->count++] = (Staged){hp_strdup(path), kind == 'A' ? NULL : hp_strdup(old)};
  }
}

static bool list_staged(StagedList *list, HpError *err) {
  static const char *const args[] = {"diff", "--cached",      "--name-status",      "-z",
                                     "-M",   "--no-ext-diff", "--diff-filter=ACMR", NULL};
  HpBuf out = {0};
  bool ok = git_output(args, false, &out, err);
  if (ok)
    parse_staged(&out, list);
  hp_buf_free(&out);
  return ok;
}

static bool go_to_top(HpError *err) {
  static const char *const args[] = {"rev-parse", "--show-toplevel", NULL};
  HpBuf out = {0};
  bool ok = git_output(args, false, &out, err);
  if (ok) {
    char *top = hp_buf_take(&out);
    top[strcspn(top, "\n")] = 0;
    ok = chdir(top) == 0 || hp_fail(err, "%s: %s", top, strerror(errno));
    free(top);
  }
  hp_buf_free(&out);
  return ok;
}

/* ---- judging a file
 * -------------------------------------------------------------------------------- */

static bool file_holds(const char *path, const HpBuf *text) {
  struct stat st;
  if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size != text->length)
    return false;
  FILE *f = fopen(path, "rb");
  if (!f)
    return false;
  char *bytes = hp_malloc(text->length);
  bool same = fread(bytes, 1, text->length, f) == text->length &&
              (!text->length || memcmp(bytes, text->text, text->length) == 0);
  fclose(f);
  free(bytes);
  return same;
}

/* Analyses the file with this text in its place. */
static bool analyse(HookRun *run, const char *path, const HpBuf *text, RunResult *out,
                    HpError *err) {
  struct stat st;
  char *absolute = lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? realpath(path, NULL) : NULL;
  if (!absolute)
    return hp_fail(err, "%s: staged, but no ordinary file in the working tree", path);
  const char *paths[] = {absolute};
  RunOptions options = {.project = {.paths = paths, .npaths = 1}, .no_record = true};
  if (!file_holds(path, text)) {
    options.unsaved_file = absolute;
    options.unsaved = hp_buf_text(text);
    options.unsaved_size = text->length;
  }
  bool ok = run(&options, out, err);
  free(absolute);
  return ok;
}

static bool stops_commit(const DbFinding *f) {
  return f->severity == SEVERITY_HIGH && f->listed && !f->suppressed;
}

/* Keeps the findings that stop a commit. */
static void keep_stopping(DbFindings *findings) {
  uint32_t kept_count = 0;
  for (uint32_t i = 0; i < findings->count; i++)
    if (stops_commit(findings->items[i]))
      findings->items[kept_count++] = findings->items[i];
  findings->count = kept_count;
}

/* Drops what HEAD's version has too. When that cannot be analysed, all count as new. */
static void drop_known(HookRun *run, const Staged *file, DbFindings *findings) {
  keep_stopping(findings);
  if (!findings->count || !file->old_path)
    return;
  HpBuf text = {0};
  HpError err = {0};
  RunResult old = {0};
  if (revision_text(".", "HEAD", file->old_path, &text, &err) &&
      analyse(run, file->path, &text, &old, &err)) {
    keep_stopping(&old.findings);
    findings_drop_known(findings, &old.findings);
  }
  run_result_free(&old);
  hp_buf_free(&text);
}

static void print_new(const RunResult *r) {
  OutputOptions options = {
      .colour = cli_colour(NULL), .width = cli_width(), .limit = UINT32_MAX, .quiet = true};
  HpBuf text = {0};
  output_text(&text, r, &options);
  cli_print(&text);
  hp_buf_free(&text);
}

/* The number of new findings; a failure is said and counts as none. */
static uint32_t check_file(HookRun *run, const Staged *file) {
  HpBuf text = {0};
  HpError err = {0};
  RunResult result = {0};
  uint32_t count = 0;
  if (revision_text(".", ":0", file->path, &text, &err) &&
      analyse(run, file->path, &text, &result, &err)) {
    drop_known(run, file, &result.findings);
    count = result.findings.count;
    if (count)
      print_new(&result);
  } else {
    hp_buf_clear(&text);
    hp_buf_add_escaped(&text, err.text);
    fprintf(stderr, "hplint: not checked: %s\n", hp_buf_text(&text));
  }
  run_result_free(&result);
  hp_buf_free(&text);
  return count;
}

int hook_run_with(HookRun *run, HpError *err) {
  StagedList staged = {0};
  if (!go_to_top(err) || !list_staged(&staged, err)) {
    staged_free(&staged);
    return 2;
  }
  uint32_t found = 0;
  for (uint32_t i = 0; i < staged.count; i++)
    found += check_file(run, &staged.items[i]);
  staged_free(&staged);
  if (!found)
    return 0;
  printf("hplint: the commit is stopped: it adds %u finding%s of high severity. Mend %s, suppress "
         "with a comment\n`hplint: ignore[RULE] reason`, or commit with --no-verify.\n",
         found, found == 1 ? "" : "s", found == 1 ? "it" : "them");
  return 1;
}

int hook_run(HpError *err) {
  return hook_run_with(run_main_job, err);
}

/* ---- the command
 * ----------------------------------------------------------------------------------- */

static const char usage[] =
    "usage: hplint hook install [--force]\n"
    "       hplint hook run\n"
    "\n"
    "install  writes the repository's pre-commit hook. Another hook that is there is left alone;\n"
    "         with --force it is kept beside, and runs first.\n"
    "run      what the hook does: lints the staged C files as they are staged, and ends with 1 "
    "when\n"
    "         there are findings of high severity that HEAD does not have. Headers are read from\n"
    "         the working tree.";

int cli_hook(CliArgs *args) {
  bool help = false, force = false;
  const CliOption options[] = {{"force", 'f', NULL, "replace another hook", .flag = &force},
                               {"help", 'h', NULL, "this text", .flag = &help},
                               {NULL}};
  HpError err = {0};
  if (!cli_options(args, options, "hook", &err))
    return cli_error(&err);
  const char *what = args->count == 1 ? args->items[0] : "";
  if (help) {
    puts(usage);
    return 0;
  }
  int status = 2;
  if (strcmp(what, "install") == 0)
    status = hook_install(force, &err);
  else if (strcmp(what, "run") == 0)
    status = hook_run(&err);
  else
    hp_fail(&err, "hook wants install or run; hplint hook --help says more");
  return err.set ? cli_error(&err) : status;
}
