/* compile_commands.json and compile_flags.txt, as build systems really write them: relative
 * folders, `command` or `arguments`, the same file twice, files long gone, other languages between.
 */
#include "analyzer/project/parts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DATABASE_LIMIT = 1 << 30, FLAGS_FILE_LIMIT = 1 << 20 };

/* ---- where it is ---------------------------------------------------------------------------- */

static char *existing(char *path) {
  if (path_is_file(path))
    return path;
  free(path);
  return NULL;
}

static char *database_in(const char *folder) {
  char *path = existing(path_join(folder, "compile_commands.json"));
  return path ? path : existing(path_join(folder, "build/compile_commands.json"));
}

static char *flags_file_in(const char *folder) {
  return existing(path_join(folder, "compile_flags.txt"));
}

/* The first find from `start` upward. */
static char *search_upward(const char *start, char *(*look)(const char *folder)) {
  char *folder = hp_strdup(start), *found;
  while (!(found = look(folder)) && path_climb(folder))
    ;
  free(folder);
  return found;
}

char *database_search(const char *start) {
  return search_upward(start, database_in);
}

char *flags_file_search(const char *start) {
  return search_upward(start, flags_file_in);
}

char *database_named(const char *given, HpError *err) {
  char *path = path_absolute(given, NULL);
  char *found = path_is_folder(path) ? database_in(path) : path_is_file(path) ? path : NULL;
  if (!found && path_is_folder(path))
    hp_fail(err,
            "%s: no compile_commands.json in it; `hplint capture -- make` (or your build command) "
            "writes one",
            given);
  else if (!found)
    hp_fail(err, "%s: no such file or folder", given);
  if (found != path)
    free(path);
  return found;
}

bool flags_file_read(const char *path, Words *out, HpError *err) {
  size_t size;
  char *text = hp_read_file(path, FLAGS_FILE_LIMIT, &size, err);
  if (!text)
    return false;
  for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
    line += strspn(line, " \t\r");
    size_t length = strlen(line);
    while (length && strchr(" \t\r", line[length - 1]))
      line[--length] = 0;
    if (length && *line != '#')
      words_add(out, line);
  }
  free(text);
  return true;
}

/* ---- entries -------------------------------------------------------------------------------- */

/* A unit as recorded, with what decides among several of one file. */
typedef struct Candidate {
  ProjectUnit unit;
  uint64_t merit;
  uint32_t order;
} Candidate;

typedef struct Reading {
  Project *project;
  const char *folder;  /* of the database: relative directories mean this one */
  char *linked, *real; /* a link above the database and where it leads; NULL without one */
  UnitFilter wanted;
  Candidate *items;
  uint32_t count, cap;
  uint32_t order;
} Reading;

static bool entry_words(const json_t *entry, Words *out) {
  const json_t *arguments = json_object_get(entry, "arguments");
  const char *command = json_string_value(json_object_get(entry, "command"));
  if (json_is_array(arguments) && json_array_size(arguments)) {
    for (size_t i = 0; i < json_array_size(arguments); i++) {
      const char *word = json_string_value(json_array_get(arguments, i));
      if (!word)
        return false;
      words_add(out, word);
    }
    return true;
  }
  if (command)
    words_split(command, WORDS_SHELL, out);
  return out->count > 0;
}

uint64_t project_merit(const ProjectUnit *u) {
  uint64_t merit = (uint64_t)u->optimised << 32;
  for (uint32_t i = 0; i < u->nargs; i++)
    merit += !strncmp(u->args[i], "-D", 2);
  return merit;
}

static void add_candidate(Reading *r, ProjectUnit *unit) {
  if (access(unit->file, F_OK)) {
    Project *p = r->project;
    tally(p, TALLY_GONE, path_from(unit->file, r->folder));
    HP_GROW(p->gone, p->ngone, p->gone_cap);
    p->gone[p->ngone++] = hp_strdup(unit->file);
    unit_free(unit);
    return;
  }
  HP_GROW(r->items, r->count, r->cap);
  r->items[r->count++] = (Candidate){*unit, project_merit(unit), r->order};
}

static void read_words(Reading *r, const char *directory, const char *file, const Words *words) {
  const char *why;
  ProjectUnit unit;
  if (flags_from_command(r->project, directory, file, words->items, words->count, &unit, &why))
    add_candidate(r, &unit);
  else if (!strcmp(why, "no C file"))
    tally(r->project, TALLY_NO_SOURCE, file);
  else
    tally(r->project, TALLY_SKIPPED, why);
}

/* Build tools record real paths; the user may have come by a link. Both are cut where they stop
 * being alike from the end on: /home/u/link/build and /disk/real/build at link and real. */
static void find_link(Reading *r) {
  char *real = realpath(r->folder, NULL);
  if (!real || !strcmp(real, r->folder)) {
    free(real);
    return;
  }
  r->real = real;
  r->linked = hp_strdup(r->folder);
  for (;;) {
    char *a = strrchr(r->linked, '/'), *b = strrchr(r->real, '/');
    if (!a || !b || a == r->linked || b == r->real || strcmp(a, b))
      return;
    *a = *b = 0;
  }
}

/* The path as the user spells it. Takes and returns heap memory. */
static char *respell(const Reading *r, char *path) {
  if (!r->real || !path_below(path, r->real))
    return path;
  char *spelt = hp_format("%s%s", r->linked, path + strlen(r->real));
  free(path);
  return spelt;
}

static void read_entry(Reading *r, const json_t *entry) {
  const char *file = json_string_value(json_object_get(entry, "file"));
  const char *given = json_string_value(json_object_get(entry, "directory"));
  Words words = {0};
  r->order++;
  bool known = file && *file && entry_words(entry, &words);
  for (uint32_t i = 0; i < words.count; i++) /* response files decide, too */
    if (words.items[i][0] == '@')
      r->project->from_database = false;
  if (!known) {
    char *name = hp_format("entry %u", r->order);
    tally(r->project, TALLY_NO_SOURCE, name);
    free(name);
  } else {
    char *directory = respell(r, path_absolute(given ? given : ".", r->folder));
    char *path = respell(r, path_absolute(file, directory));
    if (!r->wanted || r->wanted(r->project, path))
      read_words(r, directory, path, &words);
    free(path);
    free(directory);
  }
  words_free(&words);
}

/* Of the same file, the one that tells most comes first; of equals, the one recorded first. */
static int by_merit(const void *a, const void *b) {
  const Candidate *x = a, *y = b;
  int order = strcmp(x->unit.file, y->unit.file);
  if (order)
    return order;
  if (x->merit != y->merit)
    return x->merit > y->merit ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

/* One unit for each file: two would report the same line twice. */
static void keep_best(Reading *r) {
  if (r->count)
    qsort(r->items, r->count, sizeof *r->items, by_merit);
  for (uint32_t i = 0; i < r->count;) {
    ProjectUnit best = r->items[i].unit;
    bool differ = false;
    for (i++; i < r->count && !strcmp(r->items[i].unit.file, best.file); i++) {
      differ |= r->items[i].unit.key != best.key;
      unit_free(&r->items[i].unit);
    }
    if (differ)
      tally(r->project, TALLY_REPEATED, path_from(best.file, r->folder));
    project_add_unit(r->project, &best);
  }
}

/* ---- the file ------------------------------------------------------------------------------- */

static json_t *parse_database(const char *path, HpError *err) {
  size_t size;
  char *text = hp_read_file(path, DATABASE_LIMIT, &size, err);
  if (!text)
    return NULL;
  json_error_t bad;
  json_t *root = json_loadb(text, size, 0, &bad);
  free(text);
  const char *empty = "; `hplint capture -- make` (or your build command) writes a new one";
  if (!root)
    hp_fail(err, "%s:%d:%d: not a compile database: %s", path, bad.line, bad.column,
            size ? bad.text : "the file is empty");
  else if (!json_is_array(root))
    hp_fail(err, "%s:1:1: not a compile database: an array of entries is expected", path);
  else if (!json_array_size(root))
    hp_fail(err, "%s: holds no entries%s", path, empty);
  else
    return root;
  json_decref(root);
  return NULL;
}

bool database_read(Project *p, const char *path, UnitFilter wanted, HpError *err) {
  json_t *root = parse_database(path, err);
  if (!root)
    return false;
  char *folder = path_folder(path);
  Reading r = {.project = p, .folder = folder, .wanted = wanted};
  find_link(&r);
  for (size_t i = 0; i < json_array_size(root); i++)
    read_entry(&r, json_array_get(root, i));
  keep_best(&r);
  free(r.items);
  free(r.linked);
  free(r.real);
  free(folder);
  json_decref(root);
  return true;
}
