/* Executions by line from gcov: its JSON (plain, gzip or several documents in a row), or .gcda
 * files run through the system's gcov.
 *
 * A header's lines repeat in every unit that includes it: they are summed. gcov itself is taken
 * from the system's folders only, never from PATH: a profile in a stranger's tree must not choose
 * the program that reads it. */
#include "db/readers.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- JSON ----------------------------------------------------------------------------------- */

typedef struct Reader {
  Model *model;
  const char *folder; /* where the compiler ran: relative names start there */
  const char *beside; /* the folder of the profile itself, absolute; NULL: unknown */
  const char *file;
  struct {
    const char *name;
    uint32_t first, last, function;
  } *functions; /* of the current file */
  uint32_t nfunctions, functions_cap;
} Reader;

static double json_count(const json_t *o, const char *key) {
  const json_t *v = json_object_get(o, key);
  double n = json_is_number(v) ? json_number_value(v) : 0;
  return n > 0 ? n : 0; /* raced counters can be negative */
}

static uint32_t json_line(const json_t *o, const char *key) {
  const json_t *v = json_object_get(o, key);
  json_int_t n = json_is_integer(v) ? json_integer_value(v) : 0;
  return n > 0 && n <= UINT32_MAX ? (uint32_t)n : 0;
}

static void read_functions(Reader *r, const json_t *list) {
  size_t i;
  const json_t *f;
  r->nfunctions = 0;
  json_array_foreach(list, i, f) {
    const char *name = json_string_value(json_object_get(f, "name"));
    uint32_t first = json_line(f, "start_line");
    if (!name)
      continue;
    HP_GROW(r->functions, r->nfunctions, r->functions_cap);
    uint32_t at = model_function(r->model, name, r->file, first, NULL);
    r->functions[r->nfunctions].name = model_intern(r->model, name);
    r->functions[r->nfunctions].first = first;
    r->functions[r->nfunctions].last = json_line(f, "end_line");
    r->functions[r->nfunctions++].function = at;
    ProfFunction *known = model_function_at(r->model, at);
    known->calls = (known->calls < 0 ? 0 : known->calls) + json_count(f, "execution_count");
  }
}

/* The index of a line's function: by name, else the innermost that spans it; UINT32_MAX: none. */
static uint32_t function_of_line(const Reader *r, const char *name, uint32_t line) {
  uint32_t best = UINT32_MAX;
  for (uint32_t i = 0; i < r->nfunctions; i++) {
    if (name ? !strcmp(r->functions[i].name, name)
             : r->functions[i].first <= line && line <= r->functions[i].last) {
      if (best == UINT32_MAX || r->functions[i].first > r->functions[best].first)
        best = i;
    }
  }
  return best;
}

static void read_lines(Reader *r, const json_t *list) {
  size_t i;
  const json_t *l;
  uint32_t last = UINT32_MAX;
  const char *last_name = NULL; /* lines of a function come together */
  json_array_foreach(list, i, l) {
    const char *name = json_string_value(json_object_get(l, "function_name"));
    uint32_t line = json_line(l, "line_number");
    double count = json_count(l, "count");
    if (!line)
      continue;
    if (!name || !last_name || strcmp(name, last_name))
      last = function_of_line(r, name, line);
    last_name = name;
    model_line(r->model, r->file, line, last == UINT32_MAX ? name : r->functions[last].name, count,
               count);
    if (last == UINT32_MAX)
      continue;
    ProfFunction *f = model_function_at(r->model, r->functions[last].function);
    f->self += count;
    f->total += count;
  }
}

static bool read_document(Reader *r, const json_t *root) {
  const json_t *files = json_object_get(root, "files"), *file;
  size_t i;
  if (!json_is_array(files))
    return false;
  /* A relative folder (a recording that was made to travel) is meant from the file that says it. */
  const char *folder = json_string_value(json_object_get(root, "current_working_directory"));
  r->folder = folder && folder[0] != '/' ? model_path(r->model, r->beside, folder) : folder;
  json_array_foreach(files, i, file) {
    const char *name = json_string_value(json_object_get(file, "file"));
    if (!name)
      continue;
    r->file = model_path(r->model, r->folder, name);
    read_functions(r, json_object_get(file, "functions"));
    read_lines(r, json_object_get(file, "lines"));
  }
  return true;
}

/* Documents may follow each other (`gcov --stdout` with several files). */
static bool read_documents(Reader *r, const char *path, const char *data, size_t size,
                           HpError *err) {
  size_t at = 0;
  for (;;) {
    while (at < size && isspace((unsigned char)data[at]))
      at++;
    if (at == size)
      return true;
    json_error_t why;
    json_t *root = json_loadb(data + at, size - at, JSON_DISABLE_EOF_CHECK, &why);
    if (!root)
      return hp_fail(err, "%s:%d:%d: broken JSON: %s", path, why.line, why.column, why.text);
    bool good = read_document(r, root);
    json_decref(root);
    if (!good)
      return hp_fail(err, "%s: JSON, but not gcov's: it has no list of files", path);
    at += (size_t)why.position;
  }
}

bool gcov_json_detect(const ReadInput *in) {
  size_t i = 0;
  while (i < in->size && isspace(in->data[i]))
    i++;
  return i < in->size && in->data[i] == '{';
}

Profile *gcov_json_read(const ReadInput *in, HpError *err) {
  Reader r = {.model = model_new("gcov", "executions", "executions", in->path)};
  char *real = realpath(in->path, NULL);
  if (real) {
    *strrchr(real, '/') = 0;
    r.beside = model_intern(r.model, real);
    free(real);
  }
  bool good = read_documents(&r, in->path, (const char *)in->data, in->size, err);
  free(r.functions);
  if (good)
    return model_finish(r.model, err);
  model_free(r.model);
  return NULL;
}

/* ---- .gcda files ---------------------------------------------------------------------------- */

typedef struct Paths {
  char **items;
  uint32_t count, cap;
} Paths;
enum { FOLDERS_DEEP = 64 };

static void add_path(Paths *p, char *path) {
  HP_GROW(p->items, p->count, p->cap);
  p->items[p->count++] = path;
}

static bool ends_with(const char *name, const char *end) {
  size_t n = strlen(name), m = strlen(end);
  return n > m && !strcmp(name + n - m, end);
}

/* Links are not followed: a folder may point at its parent. */
static void find_gcda(Paths *p, const char *folder, int depth) {
  DIR *d = depth < FOLDERS_DEEP ? opendir(folder) : NULL;
  if (!d)
    return;
  for (struct dirent *e; (e = readdir(d));) {
    if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
      continue;
    char *path = hp_format("%s/%s", folder, e->d_name);
    struct stat st;
    bool known = !lstat(path, &st);
    if (known && S_ISREG(st.st_mode) && ends_with(e->d_name, ".gcda")) {
      add_path(p, path);
      continue;
    }
    if (known && S_ISDIR(st.st_mode))
      find_gcda(p, path, depth + 1);
    free(path);
  }
  closedir(d);
}

static int path_order(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *system_gcov(void) {
  static const char *const places[] = {"/usr/bin/gcov", "/usr/local/bin/gcov", "/bin/gcov"};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (!access(places[i], X_OK))
      return places[i];
  return NULL;
}

/* Reads both pipes to their ends; neither may fill while we wait for the other. */
static void drain(int out, int errors, HpBuf *text, HpBuf *complaints) {
  struct pollfd fds[2] = {{out, POLLIN, 0}, {errors, POLLIN, 0}};
  HpBuf *to[2] = {text, complaints};
  char block[65536];
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    if (poll(fds, 2, -1) < 0 && errno != EINTR)
      return;
    for (int i = 0; i < 2; i++) {
      if (fds[i].fd < 0 || !fds[i].revents)
        continue;
      ssize_t n = read(fds[i].fd, block, sizeof block);
      if (n > 0)
        hp_buf_addn(to[i], block, (size_t)n);
      else if (n == 0 || errno != EINTR)
        fds[i].fd = -1;
    }
  }
}

/* Runs gcov over one file. False when it could not be started. */
static bool run_gcov(const char *gcov, char *file, HpBuf *text, HpBuf *complaints, HpError *err) {
  int out[2], errors[2];
  if (pipe2(out, O_CLOEXEC))
    return hp_fail(err, "cannot run gcov: %s", strerror(errno));
  if (pipe2(errors, O_CLOEXEC)) {
    close(out[0]);
    close(out[1]);
    return hp_fail(err, "cannot run gcov: %s", strerror(errno));
  }
  char *argv[] = {(char *)gcov, (char *)"--json-format", (char *)"--stdout", file, NULL};
  char *env[] = {(char *)"LC_ALL=C", NULL};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, errors[1], 2);
  pid_t pid;
  int failed = posix_spawn(&pid, gcov, &actions, NULL, argv, env);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(errors[1]);
  if (!failed)
    drain(out[0], errors[0], text, complaints);
  close(out[0]);
  close(errors[0]);
  if (failed)
    return hp_fail(err, "cannot run %s: %s", gcov, strerror(failed));
  int status; /* says no more than its complaints and its output do */
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  return true;
}

/* gcov's first complaint in our words. */
static void explain(Model *m, const char *complaints, const char *file) {
  if (strstr(complaints, "cannot open notes file"))
    model_warn(m, "%s: the .gcno file that the compiler wrote beside it is missing", file);
  else if (strstr(complaints, "stamp mismatch"))
    model_warn(m, "%s: its .gcno is of another compilation: rebuild and run again", file);
  else if (strstr(complaints, "version"))
    model_warn(m,
               "%s: written by another compiler than the system's gcov reads (clang's counters "
               "need gcc --coverage instead): %.*s",
               file, (int)strcspn(complaints, "\n"), complaints);
  else if (*complaints)
    model_warn(m, "gcov: %.*s", (int)strcspn(complaints, "\n"), complaints);
}

/* One bad file is a warning: the others may be good. */
static bool import_file(Reader *r, char *file, const char *gcov, HpError *err) {
  HpBuf text = {0}, complaints = {0};
  HpError why = {0};
  bool started = run_gcov(gcov, file, &text, &complaints, err);
  bool stale = strstr(hp_buf_text(&complaints), "stamp mismatch") != NULL;
  /* a stale file would come out as lines that never ran */
  if (started && !stale && !read_documents(r, file, hp_buf_text(&text), text.length, &why) &&
      !complaints.length)
    model_warn(r->model, "%s", why.text);
  if (started)
    explain(r->model, hp_buf_text(&complaints), file);
  hp_buf_free(&text);
  hp_buf_free(&complaints);
  return started;
}

static Profile *import(const Paths *p, const char *gcov, const char *path, HpError *err) {
  Reader r = {.model = model_new("gcov", "executions", "executions", path)};
  bool good = true;
  for (uint32_t i = 0; i < p->count && good; i++)
    good = import_file(&r, p->items[i], gcov, err);
  free(r.functions);
  char *reason = model_first_warning(r.model) ? hp_strdup(model_first_warning(r.model)) : NULL;
  HpError empty = {0};
  Profile *profile = NULL;
  if (!good)
    model_free(r.model);
  else if (!(profile = model_finish(r.model, &empty)))
    hp_fail(err, "%s", reason ? reason : empty.text);
  free(reason);
  return profile;
}

Profile *gcov_read_gcda(const char *path, HpError *err) {
  const char *gcov = system_gcov();
  struct stat st;
  Paths p = {0};
  if (!gcov) {
    hp_fail(err, "%s: gcov is not installed (it comes with gcc)", path);
    return NULL;
  }
  char *full = realpath(path, NULL);
  if (!full || stat(full, &st)) {
    hp_fail(err, "%s: %s", path, strerror(errno));
    free(full);
    return NULL;
  }
  if (S_ISDIR(st.st_mode)) {
    find_gcda(&p, full, 0);
    free(full);
  } else {
    add_path(&p, full);
  }
  if (p.count)
    qsort(p.items, p.count, sizeof *p.items, path_order);
  Profile *profile = NULL;
  if (p.count)
    profile = import(&p, gcov, path, err);
  else
    hp_fail(err, "%s: no .gcda file below it: build with --coverage and run the program first",
            path);
  for (uint32_t i = 0; i < p.count; i++)
    free(p.items[i]);
  free(p.items);
  return profile;
}
