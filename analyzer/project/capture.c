/* `hplint capture -- make`: watches the build that the user typed and writes compile_commands.json.
 *
 * With bear when it is installed. Else through a folder of small scripts in front of PATH, one for
 * each compiler name: a script notes its arguments, then becomes the real compiler. */
#include "analyzer/project/parts.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RECORD_LIMIT = 16 << 20, EXIT_NOT_FOUND = 127 };

/* ---- running -------------------------------------------------------------------------------- */

/* Runs and waits. The terminal's Ctrl-C goes to the build; we live on to write what was seen. */
static int run_command(char *const *argv, const char *path, HpError *err) {
  struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
  sigaction(SIGINT, &ignore, &interrupt);
  sigaction(SIGQUIT, &ignore, &quit);
  fflush(NULL);
  pid_t pid = fork();
  if (!pid) {
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    if (path)
      setenv("PATH", path, 1);
    execvp(argv[0], argv);
    dprintf(2, "hplint: %s: %s\n", argv[0], strerror(errno));
    _exit(EXIT_NOT_FOUND);
  }
  int status = 0;
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
    continue;
  sigaction(SIGINT, &interrupt, NULL);
  sigaction(SIGQUIT, &quit, NULL);
  if (pid < 0) {
    hp_fail(err, "cannot start %s: %s", argv[0], strerror(errno));
    return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Calls `each` with every executable file of PATH. */
static void each_program(void (*each)(void *context, const char *path), void *context) {
  const char *path = getenv("PATH");
  char *copy = hp_strdup(path ? path : "/usr/local/bin:/usr/bin:/bin");
  HpBuf program = {0};
  for (char *rest = copy, *folder; (folder = strsep(&rest, ":"));) {
    DIR *dir = *folder == '/' ? opendir(folder) : NULL;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
      each(context, path_join_in(&program, folder, entry->d_name));
    if (dir)
      closedir(dir);
  }
  hp_buf_free(&program);
  free(copy);
}

typedef struct Search {
  const char *name;
  char *found;
} Search;

static void match_name(void *context, const char *path) {
  Search *search = context;
  if (!search->found && !strcmp(path_name(path), search->name) && path_is_file(path) &&
      !access(path, X_OK))
    search->found = hp_strdup(path);
}

static bool installed(const char *name) {
  Search search = {.name = name};
  each_program(match_name, &search);
  bool found = search.found != NULL;
  free(search.found);
  return found;
}

/* ---- the database --------------------------------------------------------------------------- */

/* Absolute path of an entry's file; NULL when the entry is no entry. The caller frees. */
static char *entry_file(const json_t *entry, const char *database) {
  const char *file = json_string_value(json_object_get(entry, "file"));
  const char *directory = json_string_value(json_object_get(entry, "directory"));
  if (!file)
    return NULL;
  char *folder = path_folder(database);
  char *base = path_absolute(directory ? directory : ".", folder);
  char *path = path_absolute(file, base);
  free(base);
  free(folder);
  return path;
}

/* What an earlier capture saw of files that this build did not touch stays true. */
static void keep_earlier(json_t *fresh, const char *output) {
  json_t *seen = json_object(), *earlier = json_load_file(output, 0, NULL);
  for (size_t i = 0; i < json_array_size(fresh); i++) {
    char *file = entry_file(json_array_get(fresh, i), output);
    if (file)
      json_object_set_new(seen, file, json_true());
    free(file);
  }
  for (size_t i = 0; i < json_array_size(earlier); i++) {
    json_t *entry = json_array_get(earlier, i);
    char *file = entry_file(entry, output);
    if (file && !json_object_get(seen, file) && path_is_file(file))
      json_array_append(fresh, entry);
    free(file);
  }
  json_decref(earlier);
  json_decref(seen);
}

/* Writes beside the goal and renames, so that a kill leaves the old database or the new one. */
static bool write_database(const json_t *database, const char *output, HpError *err) {
  char *beside = hp_format("%s.tmp", output);
  bool ok = !json_dump_file(database, beside, JSON_INDENT(1)) && !rename(beside, output);
  if (!ok)
    hp_fail(err, "%s: cannot be written: %s", output, strerror(errno));
  unlink(beside);
  free(beside);
  return ok;
}

/* Puts the new database in place, unless it is empty: then what is there stays. */
static int conclude(char *const *command, json_t *fresh, const char *output, int status,
                    HpError *err) {
  if (status >= 0 && json_array_size(fresh)) {
    keep_earlier(fresh, output);
    return write_database(fresh, output, err) ? status : -1;
  }
  if (status > 0)
    hp_fail(err, "%s ended with status %d and compiled nothing: %s is not written", command[0],
            status, output);
  else
    hp_fail(err,
            "%s compiled nothing, so %s is not written: clean first (such as `make clean`), then "
            "capture the whole build",
            command[0], output);
  return status > 0 ? status : -1;
}

static int capture_with_bear(char *const *command, const char *output, json_t **database,
                             HpError *err) {
  char *fresh = hp_format("%s.bear", output);
  unlink(fresh);
  Words argv = {0};
  words_add(&argv, "bear");
  words_add(&argv, "--output");
  words_add(&argv, fresh);
  words_add(&argv, "--");
  for (char *const *word = command; *word; word++)
    words_add(&argv, *word);
  char **list = words_release(&argv);
  int status = run_command(list, NULL, err);
  for (char **word = list; *word; word++)
    free(*word);
  free(list);
  *database = json_load_file(fresh, 0, NULL);
  unlink(fresh);
  free(fresh);
  return status;
}

/* ---- the scripts ---------------------------------------------------------------------------- */

typedef struct Shims {
  char *folder;  /* of the scripts */
  char *records; /* of what they note */
  uint32_t made;
} Shims;

static bool all_version(const char *s) {
  return strspn(s, "0123456789.") == strlen(s);
}

/* cc, gcc-12, clang, x86_64-linux-gnu-gcc ...: what compiles C. */
static bool compiles_c(const char *name) {
  static const char *const names[] = {"cc", "gcc", "clang", "c89", "c99", "tcc", "icx", NULL};
  char *base = hp_strdup(name);
  char *dash = strrchr(base, '-');
  if (dash && dash[1] && all_version(dash + 1))
    *dash = 0;
  dash = strrchr(base, '-');
  const char *last = dash ? dash + 1 : base;
  bool is = false;
  for (const char *const *n = names; *n; n++)
    is |= !strcmp(last, *n);
  free(base);
  return is;
}

static void quote_for_shell(HpBuf *out, const char *text) {
  hp_buf_addc(out, '\'');
  for (; *text; text++) {
    if (*text == '\'')
      hp_buf_add(out, "'\\''");
    else
      hp_buf_addc(out, *text);
  }
  hp_buf_addc(out, '\'');
}

/* A record is the folder and the arguments, each ended by NUL, in a file of its own. */
static void make_shim(void *context, const char *program) {
  Shims *shims = context;
  if (!compiles_c(path_name(program)) || !path_is_file(program) || access(program, X_OK))
    return;
  char *path = path_join(shims->folder, path_name(program));
  FILE *script = fopen(path, "wxe"); /* the first one in PATH is the one that would run */
  if (script) {
    HpBuf records = {0}, real = {0};
    quote_for_shell(&records, shims->records);
    quote_for_shell(&real, program);
    fprintf(script,
            "#!/bin/sh\n"
            "f=$(mktemp %s/XXXXXXXXXXXX) && printf '%%s\\0' \"$PWD\" %s \"$@\" > \"$f\"\n"
            "exec %s \"$@\"\n",
            hp_buf_text(&records), hp_buf_text(&real), hp_buf_text(&real));
    hp_buf_free(&records);
    hp_buf_free(&real);
    fchmod(fileno(script), 0700);
    fclose(script);
    shims->made++;
  }
  free(path);
}

static void remove_folder(const char *folder) {
  DIR *dir = opendir(folder);
  for (struct dirent *entry; dir && (entry = readdir(dir));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
      unlinkat(dirfd(dir), entry->d_name, 0);
  if (dir)
    closedir(dir);
  rmdir(folder);
}

/* Files of a link step or a compiler's check: no source, or one that is gone again. */
static bool is_source(const Words *record, uint32_t i, const char *directory) {
  static const char *const values[] = {
      "-o", "-MF",      "-MT", "-MQ",      "-MJ",     "-include", "-I",         "-D",
      "-U", "-imacros", "-T",  "-Xlinker", "-iquote", "-isystem", "-idirafter", NULL};
  const char *word = record->items[i], *language = path_language(word);
  if (*word == '-' || !language || strcmp(language, "C"))
    return false;
  for (const char *const *v = values; *v; v++)
    if (!strcmp(record->items[i - 1], *v))
      return false;
  char *path = path_absolute(word, directory);
  bool there = path_is_file(path);
  free(path);
  return there;
}

static void add_entries(const Words *record, json_t *database) {
  for (uint32_t i = 2; i < record->count; i++) {
    if (!is_source(record, i, record->items[0]))
      continue;
    json_t *arguments = json_array();
    bool text = true;
    for (uint32_t k = 1; k < record->count; k++)
      text &= !json_array_append_new(arguments, json_string(record->items[k]));
    json_t *entry = json_pack("{s:s, s:s, s:o}", "directory", record->items[0], "file",
                              record->items[i], "arguments", arguments);
    if (entry && text) /* else not UTF-8: JSON cannot hold it */
      json_array_append(database, entry);
    json_decref(entry);
  }
}

typedef struct RecordFile {
  char *path;
  struct timespec time;
} RecordFile;

static int by_time(const void *a, const void *b) {
  const RecordFile *x = a, *y = b;
  if (x->time.tv_sec != y->time.tv_sec)
    return x->time.tv_sec < y->time.tv_sec ? -1 : 1;
  if (x->time.tv_nsec != y->time.tv_nsec)
    return x->time.tv_nsec < y->time.tv_nsec ? -1 : 1;
  return strcmp(x->path, y->path);
}

static void read_record(const char *path, json_t *database) {
  size_t size;
  char *text = hp_read_file(path, RECORD_LIMIT, &size, NULL);
  Words record = {0};
  for (size_t at = 0; text && at < size; at += strlen(text + at) + 1)
    words_add(&record, text + at);
  add_entries(&record, database);
  words_free(&record);
  free(text);
}

/* The records, in the order of the build. */
static json_t *read_records(const char *folder) {
  RecordFile *files = NULL;
  uint32_t n = 0, cap = 0;
  DIR *dir = opendir(folder);
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    char *path = path_join(folder, entry->d_name);
    struct stat st;
    if (*entry->d_name == '.' || stat(path, &st)) {
      free(path);
      continue;
    }
    HP_GROW(files, n, cap);
    files[n++] = (RecordFile){path, st.st_mtim};
  }
  if (dir)
    closedir(dir);
  if (n)
    qsort(files, n, sizeof *files, by_time);
  json_t *database = json_array();
  for (uint32_t i = 0; i < n; i++) {
    read_record(files[i].path, database);
    free(files[i].path);
  }
  free(files);
  return database;
}

static bool make_shims(Shims *shims, HpError *err) {
  const char *tmp = getenv("TMPDIR");
  shims->folder = hp_format("%s/hplint-capture-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
  if (!mkdtemp(shims->folder))
    return hp_fail(err, "%s: cannot be made: %s", shims->folder, strerror(errno));
  shims->records = path_join(shims->folder, "records");
  if (mkdir(shims->records, 0700))
    return hp_fail(err, "%s: cannot be made: %s", shims->records, strerror(errno));
  each_program(make_shim, shims);
  return shims->made || hp_fail(err, "no C compiler (cc, gcc, clang) is in PATH: nothing to watch");
}

static void remove_shims(Shims *shims) {
  if (shims->records)
    remove_folder(shims->records);
  remove_folder(shims->folder);
  free(shims->records);
  free(shims->folder);
}

static int capture_with_shims(char *const *command, json_t **database, HpError *err) {
  Shims shims = {0};
  int status = -1;
  if (make_shims(&shims, err)) {
    const char *old = getenv("PATH");
    char *path = hp_format("%s:%s", shims.folder, old ? old : "/usr/local/bin:/usr/bin:/bin");
    status = run_command(command, path, err);
    free(path);
    *database = read_records(shims.records);
  }
  remove_shims(&shims);
  return status;
}

int project_capture(char *const *command, const char *output, HpError *err) {
  if (!output)
    output = "compile_commands.json";
  if (!command || !command[0]) {
    hp_fail(err, "capture needs a command: hplint capture -- make");
    return -1;
  }
  if (!strchr(command[0], '/') && !installed(command[0])) {
    hp_fail(err, "%s: no such command", command[0]);
    return -1;
  }
  json_t *database = NULL;
  const char *choice = getenv("HPLINT_CAPTURE"); /* "wrapper": not with bear */
  bool bear = !(choice && !strcmp(choice, "wrapper")) && installed("bear");
  int status = bear ? capture_with_bear(command, output, &database, err)
                    : capture_with_shims(command, &database, err);
  if (!err || !err->set)
    status = conclude(command, database, output, status, err);
  json_decref(database);
  return status;
}
