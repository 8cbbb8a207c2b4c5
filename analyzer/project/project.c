/* The order of steps: what was asked for, the root, the configuration, the units. */
#include "analyzer/project/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- notes and problems --------------------------------------------------------------------- */

void project_note(Project *p, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  char *text = hp_vformat(fmt, ap);
  va_end(ap);
  for (uint32_t i = 0; i < p->nnotes; i++)
    if (!strcmp(p->notes[i], text)) {
      free(text);
      return;
    }
  HP_GROW(p->notes, p->nnotes, p->notes_cap);
  p->notes[p->nnotes++] = text;
}

void project_problem(Project *p, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  char *text = hp_vformat(fmt, ap);
  va_end(ap);
  HP_GROW(p->problems, p->nproblems, p->problems_cap);
  p->problems[p->nproblems++] = text;
}

/* ---- what was asked for --------------------------------------------------------------------- */

/* A path that can be analysed; else one line about why not. */
static bool path_is_useful(Project *p, const char *given, const char *path) {
  if (access(path, F_OK)) {
    project_problem(p, "%s: no such file or folder", given);
    return false;
  }
  if (path_is_folder(path))
    return true;
  if (!path_is_file(path)) {
    project_problem(p, "%s: not a file or folder", given);
    return false;
  }
  const char *language = path_language(path);
  if (language && !strcmp(language, "C"))
    return true;
  if (language && !strcmp(language, "header"))
    return true;
  project_problem(p, "%s: %s is not analysed, only C", given,
                  language ? language : "this kind of file");
  return false;
}

static bool take_paths(const ProjectOptions *options, Project *p, HpError *err) {
  static const char *const here[] = {"."};
  const char *const *paths = options->npaths ? options->paths : here;
  uint32_t npaths = options->npaths ? options->npaths : 1;
  p->paths = hp_calloc(npaths, sizeof *p->paths);
  for (uint32_t i = 0; i < npaths; i++) {
    char *path = path_absolute(paths[i], NULL);
    if (path_is_useful(p, paths[i], path))
      p->paths[p->npaths++] = path;
    else
      free(path);
  }
  return p->npaths || hp_fail(err, "%s", p->problems[0]);
}

/* ---- the root ------------------------------------------------------------------------------- */

bool folder_may_mark(const char *folder, const char *start) {
  const char *home = getenv("HOME");
  struct stat st;
  if (!strcmp(folder, start))
    return true;
  return !(home && !strcmp(folder, home)) && !stat(folder, &st) && !(st.st_mode & S_IWOTH);
}

/* Nearest folder at or above `start` that holds `name`. The caller frees; NULL: none. */
static char *folder_with(const char *start, const char *name) {
  char *folder = hp_strdup(start);
  HpBuf path = {0};
  bool there;
  while (!(there = !access(path_join_in(&path, folder, name), F_OK) &&
                   folder_may_mark(folder, start)) &&
         path_climb(folder))
    ;
  hp_buf_free(&path);
  if (there)
    return folder;
  free(folder);
  return NULL;
}

static char *start_folder(const Project *p) {
  return path_is_folder(p->paths[0]) ? hp_strdup(p->paths[0]) : path_folder(p->paths[0]);
}

/* The folder that a compile database speaks for: a database in build/ speaks for the folder above.
 */
static char *database_subject(const char *database) {
  char *folder = path_folder(database);
  if (strncmp(path_name(folder), "build", 5))
    return folder;
  char *up = path_folder(folder);
  free(folder);
  return up;
}

/* The root of what lies in `start`. A store that is there already marks one too: what `record`
 * keeps in a folder is found from the folders below. */
static char *find_root(const char *start, const char *database) {
  static const char *const marks[] = {".hplint.yaml", ".git", ".hplint"};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    char *root = folder_with(start, marks[i]);
    if (root)
      return root;
  }
  if (database) {
    char *root = database_subject(database);
    if (path_below(start, root))
      return root;
    free(root);
  }
  /* Nobody's project is the whole machine or a whole home folder, wherever the user stands. */
  char *here = path_absolute(".", NULL);
  const char *home = getenv("HOME");
  if (path_below(start, here) && strcmp(here, "/") && !(home && !strcmp(here, home)))
    return here;
  free(here);
  return hp_strdup(start);
}

char *project_root(const char *folder) {
  char *start = path_absolute(folder, NULL), *database = database_search(start);
  char *root = find_root(start, database);
  free(start);
  free(database);
  return root;
}

static bool load_config(const ProjectOptions *options, Project *p, HpError *err) {
  char *path =
      options->config ? path_absolute(options->config, NULL) : path_join(p->root, ".hplint.yaml");
  bool ok = true;
  if (options->config || !access(path, F_OK))
    ok = config_read(path, &p->config, err);
  free(path);
  return ok;
}

/* ---- units ---------------------------------------------------------------------------------- */

void project_add_unit(Project *p, ProjectUnit *u) {
  HP_GROW(p->units, p->nunits, p->cap);
  p->units[p->nunits++] = *u;
  *u = (ProjectUnit){0};
}

static bool asks_for_header(const Project *p) {
  for (uint32_t i = 0; i < p->npaths; i++) {
    const char *language = path_is_folder(p->paths[i]) ? NULL : path_language(p->paths[i]);
    if (language && !strcmp(language, "header"))
      return true;
  }
  return false;
}

bool project_wants(const Project *p, const char *path) {
  for (uint32_t i = 0; i < p->npaths; i++)
    if (path_below(path, p->paths[i]))
      return !config_excludes(&p->config, path_from(path, p->root));
  return false;
}

/* A header is seen by any unit. */
static bool not_excluded(const Project *p, const char *path) {
  return !config_excludes(&p->config, path_from(path, p->root));
}

/* Length of the common beginning, in whole components. */
static size_t common_folders(const char *a, const char *b) {
  size_t last = 0;
  for (size_t i = 0; a[i] && a[i] == b[i]; i++)
    if (a[i] == '/')
      last = i;
  return last;
}

static const ProjectUnit *nearest_unit(const Project *p, const char *file) {
  const ProjectUnit *best = NULL;
  size_t most = 0;
  for (uint32_t i = 0; i < p->nunits; i++) {
    size_t common = common_folders(p->units[i].file, file);
    if (!best || common > most) {
      best = &p->units[i];
      most = common;
    }
  }
  return best;
}

static bool has_unit(const Project *p, const char *file) {
  for (uint32_t i = 0; i < p->nunits; i++)
    if (!strcmp(p->units[i].file, file))
      return true;
  return false;
}

/* The C files named on the command line that the database does not know. */
static void find_strangers(const Project *p, Words *out) {
  for (uint32_t i = 0; i < p->npaths; i++) {
    const char *language = path_is_folder(p->paths[i]) ? NULL : path_language(p->paths[i]);
    if (language && !strcmp(language, "C") && !has_unit(p, p->paths[i]))
      words_add(out, p->paths[i]);
  }
}

/* They borrow the flags of the nearest unit. */
static bool borrow_units(Project *p, const char *database, HpError *err) {
  Words strangers = {0};
  find_strangers(p, &strangers);
  Project whole = {0};
  bool ok = !strangers.count || database_read(&whole, database, NULL, err);
  for (uint32_t i = 0; ok && i < strangers.count; i++) {
    const ProjectUnit *from = nearest_unit(&whole, strangers.items[i]);
    if (!from)
      continue;
    ProjectUnit unit;
    flags_from_list(NULL, from->directory, strangers.items[i], from->args, from->nargs,
                    ORIGIN_GUESSED, &unit);
    project_add_unit(p, &unit);
    tally(p, TALLY_BORROWED, path_from(strangers.items[i], p->root));
  }
  project_free(&whole);
  words_free(&strangers);
  return ok;
}

static bool units_from_database(Project *p, const char *database, HpError *err) {
  return database_read(p, database, asks_for_header(p) ? not_excluded : project_wants, err) &&
         borrow_units(p, database, err);
}

typedef struct FlagSource {
  char *const *flags;
  uint32_t nflags;
  const char *directory;
  UnitOrigin origin;
} FlagSource;

/* Every C file below the paths; `source` NULL: its flags are guessed. */
static void units_from_files(Project *p, const FlagSource *source) {
  Words files = {0};
  find_sources(p, &files);
  for (uint32_t i = 0; i < files.count; i++) {
    ProjectUnit unit;
    if (source)
      flags_from_list(i ? NULL : p, source->directory, files.items[i], source->flags,
                      source->nflags, source->origin, &unit);
    else
      guess_unit(p, files.items[i], &unit);
    project_add_unit(p, &unit);
  }
  drop_included_sources(p);
  words_free(&files);
}

static void units_from_options(Project *p, const ProjectOptions *options) {
  Words flags = {0};
  for (uint32_t i = 0; i < options->nflags; i++)
    words_add(&flags, options->flags[i]);
  char *here = path_absolute(".", NULL);
  FlagSource source = {flags.items, flags.count, here, ORIGIN_COMMAND_LINE};
  units_from_files(p, &source);
  free(here);
  words_free(&flags);
}

static bool units_from_flags_file(Project *p, const char *path, HpError *err) {
  Words flags = {0};
  bool ok = flags_file_read(path, &flags, err);
  if (ok) {
    char *folder = path_folder(path);
    FlagSource source = {flags.items, flags.count, folder, ORIGIN_FLAGS_FILE};
    units_from_files(p, &source);
    free(folder);
  }
  words_free(&flags);
  return ok;
}

static bool units_from_project(Project *p, const char *database, HpError *err) {
  if (database) {
    p->from_database = true;
    if (!units_from_database(p, database, err))
      return false;
    if (p->nunits)
      return true;
    p->from_database = false;
    project_note(p, "%s has no C unit below what was asked for: its flags are not used",
                 path_from(database, p->root));
  }
  char *start = start_folder(p);
  char *flags = flags_file_search(start);
  free(start);
  bool ok = true;
  if (flags) {
    ok = units_from_flags_file(p, flags, err);
  } else {
    units_from_files(p, NULL);
    if (p->nunits)
      project_note(p, "no compile_commands.json found: compiler flags are guessed; for exact "
                      "results run `hplint capture -- make` (or your build command) first");
  }
  free(flags);
  return ok;
}

static int by_file(const void *a, const void *b) {
  const ProjectUnit *x = a, *y = b;
  return strcmp(x->file, y->file);
}

static bool is_one_of(const char *path, char *const *paths, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (!strcmp(path, paths[i]))
      return true;
  return false;
}

void project_change_units(Project *p, char *const *without, uint32_t nwithout, char *const *with,
                          uint32_t nwith) {
  for (uint32_t i = 0; i < nwith; i++) {
    const char *language = path_language(with[i]);
    if (!language || strcmp(language, "C") || has_unit(p, with[i]) || !project_wants(p, with[i]))
      continue;
    const ProjectUnit *from = nearest_unit(p, with[i]);
    ProjectUnit unit;
    if (!from)
      continue;
    flags_from_list(NULL, from->directory, with[i], from->args, from->nargs, from->origin, &unit);
    project_add_unit(p, &unit);
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < p->nunits; i++) {
    if (is_one_of(p->units[i].file, without, nwithout))
      unit_free(&p->units[i]);
    else
      p->units[kept++] = p->units[i];
  }
  p->nunits = kept;
  if (kept)
    qsort(p->units, kept, sizeof *p->units, by_file);
}

bool project_load_units(const ProjectOptions *options, Project *p, HpError *err) {
  if (options->flags)
    units_from_options(p, options);
  else if (!units_from_project(p, p->database, err))
    return false;
  if (p->nunits)
    qsort(p->units, p->nunits, sizeof *p->units, by_file);
  tally_flush(p);
  if (p->nunits)
    return true;
  return hp_fail(err, "%s: no C file here to analyse", p->paths[0]);
}

bool project_open(const ProjectOptions *options, Project *out, HpError *err) {
  *out = (Project){0};
  if (!take_paths(options, out, err))
    return false;
  char *start = start_folder(out);
  if (options->database)
    out->database = database_named(options->database, err);
  else if (!options->flags)
    out->database = database_search(start);
  bool ok = !options->database || out->database;
  if (ok) {
    out->root = find_root(start, out->database);
    ok = load_config(options, out, err);
  }
  free(start);
  return ok;
}

bool project_load(const ProjectOptions *options, Project *out, HpError *err) {
  return project_open(options, out, err) && project_load_units(options, out, err);
}

void project_free(Project *p) {
  for (uint32_t i = 0; i < p->nunits; i++)
    unit_free(&p->units[i]);
  free(p->units);
  for (uint32_t i = 0; i < p->npaths; i++)
    free(p->paths[i]);
  free(p->paths);
  for (uint32_t i = 0; i < p->nnotes; i++)
    free(p->notes[i]);
  free(p->notes);
  for (uint32_t i = 0; i < p->nproblems; i++)
    free(p->problems[i]);
  free(p->problems);
  config_free(&p->config);
  headers_free(p);
  tally_free(p);
  for (uint32_t i = 0; i < p->ngone; i++)
    free(p->gone[i]);
  free(p->gone);
  free(p->database);
  free(p->root);
  *p = (Project){0};
}
