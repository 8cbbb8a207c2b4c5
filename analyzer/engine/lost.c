/* What a unit rests on of which a worker did not live to tell the files: all that its source may
 * include, by a look at the #include lines whatever their conditions. As long as none of these
 * changes, the unit need not be tried again. */
#include "analyzer/engine/internal.h"
#include "db/names.h"
#include "ir/files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_LIMIT = 16 << 20, MOST_FILES = 4096 };

typedef struct Lost {
  const ProjectUnit *unit;
  DbNames files, absent;
} Lost;

static void look_in(Lost *w, const char *folder, const char *name) {
  char *path = path_absolute(name, folder);
  if (access(path, F_OK) != 0)
    db_names_add(&w->absent, path, NULL);
  else if (w->files.count < MOST_FILES)
    db_names_add(&w->files, path, NULL);
  free(path);
}

/* Beside the file and in all folders that the flags name. */
static void look_for(Lost *w, const char *includer, const char *name) {
  static const char *const flags[] = {"-iquote", "-I", "-isystem"};
  char *folder = hp_strndup(includer, (size_t)(strrchr(includer, '/') - includer));
  look_in(w, folder, name);
  free(folder);
  for (uint32_t i = 0; i < w->unit->nargs; i++)
    for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
      const char *arg = w->unit->args[i];
      size_t length = strlen(flags[f]);
      if (strncmp(arg, flags[f], length) != 0)
        continue;
      const char *given = arg[length] ? arg + length : w->unit->args[i + 1];
      char *in = given ? path_absolute(given, w->unit->directory) : NULL;
      if (in)
        look_in(w, in, name);
      free(in);
    }
}

/* The names in one file's #include lines, __has_include and what a macro makes left aside. */
static void look_through(Lost *w, const char *path) {
  size_t size = 0;
  HpError ignored = {0};
  char *text = hp_read_file(path, FILE_LIMIT, &size, &ignored);
  for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
    line += strspn(line, " \t");
    if (*line != '#')
      continue;
    line += 1 + strspn(line + 1, " \t");
    if (strncmp(line, "include", 7) != 0)
      continue;
    line += strcspn(line, "\"<");
    char *end = *line ? strpbrk(line + 1, "\">") : NULL;
    if (!end)
      continue;
    *end = 0;
    look_for(w, path, line + 1);
  }
  free(text);
}

void lost_files(const ProjectUnit *unit, UnitResult *r) {
  Lost w = {.unit = unit};
  db_names_add(&w.files, unit->file, NULL);
  for (uint32_t i = 0; i + 1 < unit->nargs; i++)
    if (!strcmp(unit->args[i], "-include"))
      look_in(&w, unit->directory, unit->args[i + 1]);
  for (uint32_t i = 0; i < w.files.count; i++)
    look_through(&w, w.files.items[i]);
  r->files = hp_calloc(w.files.count, sizeof *r->files);
  for (uint32_t i = 0; i < w.files.count; i++)
    store_stamp(w.files.items[i], &r->files[r->nfiles++]);
  r->absent = hp_calloc(w.absent.count + 1, sizeof *r->absent);
  for (uint32_t i = 0; i < w.absent.count; i++)
    r->absent[r->nabsent++] = hp_strdup(w.absent.items[i]);
  db_names_free(&w.files);
  db_names_free(&w.absent);
}
