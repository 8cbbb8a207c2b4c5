/* What a word on the command line of `hplint dis` means, and the unit behind it. */
#include "analyzer/cli/dis.h"
#include "analyzer/cli/hook.h"
#include "ir/build.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_file(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static bool is_there(const char *path) {
  struct stat st;
  return stat(path, &st) == 0;
}

static bool number(const char *text, uint32_t *out) {
  char *end;
  unsigned long n = strtoul(text, &end, 10);
  *out = n <= UINT32_MAX ? (uint32_t)n : 0;
  return isdigit((unsigned char)*text) && !*end && *out;
}

/* ---- revisions ------------------------------------------------------------------------------- */

/* REV:./NAME in the file's folder: git finds the repository by itself. cat-file runs no filters and
 * no hooks; objects that are missing are not fetched, since the repository's configuration, which
 * may be anybody's, says how. */
static bool git_blob(const char *verb, const char *option, const char *revision, const char *file,
                     HpBuf *out, HpError *err) {
  const char *slash = strrchr(file, '/');
  char *folder = slash ? hp_strndup(file, (size_t)(slash - file) + 1) : hp_strdup(".");
  char *object = hp_format("%s:./%s", revision, slash ? slash + 1 : file);
  const char *args[] = {"-c", "protocol.allow=never", "-C", folder, verb, option, object, NULL};
  bool ok = git_output(args, true, out, err);
  free(folder);
  free(object);
  return ok;
}

/* The word is REVISION:FILE when git has that. A revision that looks like an option is none. */
static bool split_revision(DisInput *in, const char *word) {
  const char *colon = strchr(word, ':');
  if (!colon || colon == word || *word == '-' || !colon[1])
    return false;
  HpBuf ignored = {0};
  HpError quiet = {0};
  in->revision = hp_strndup(word, (size_t)(colon - word));
  in->file = hp_strdup(colon + 1);
  bool ok = git_blob("cat-file", "-e", in->revision, in->file, &ignored, &quiet);
  char *behind = ok ? NULL : strrchr(in->file, ':');
  if (behind) { /* REVISION:FILE:FUNCTION */
    *behind = 0;
    quiet = (HpError){0};
    ok = git_blob("cat-file", "-e", in->revision, in->file, &ignored, &quiet);
    if (ok && !number(behind + 1, &in->line))
      in->function = hp_strdup(behind + 1);
  }
  if (!ok) {
    free(in->revision);
    free(in->file);
    in->revision = in->file = NULL;
  }
  hp_buf_free(&ignored);
  return ok;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* FILE, FILE:FUNCTION, FILE:LINE; a file that has a colon in its name wins. */
static bool split_file(DisInput *in, const char *word) {
  const char *colon = strrchr(word, ':');
  if (is_there(word)) {
    in->file = hp_strdup(word);
    return true;
  }
  if (!colon)
    return false;
  in->file = hp_strndup(word, (size_t)(colon - word));
  if (!is_file(in->file)) {
    free(in->file);
    in->file = NULL;
    return false;
  }
  if (!number(colon + 1, &in->line))
    in->function = hp_strdup(colon + 1);
  return true;
}

static bool looks_like_path(const char *word) {
  size_t n = strlen(word);
  return strchr(word, '/') || strchr(word, ':') ||
         (n > 2 && word[n - 2] == '.' && (word[n - 1] == 'c' || word[n - 1] == 'h'));
}

static bool several(const DbDefinitions *d, const char *name, HpError *err) {
  enum { MOST = 4 };
  HpBuf text = {0};
  for (uint32_t i = 0; i < d->count && i < MOST; i++)
    hp_buf_addf(&text, "%s%s:%s (line %u)", i ? ", " : "", d->items[i].file, name,
                d->items[i].line);
  if (d->count > MOST)
    hp_buf_addf(&text, " and %u more", d->count - MOST);
  hp_fail(err, "%u functions are called %s; say which: hplint dis %s", d->count, name,
          hp_buf_text(&text));
  hp_buf_free(&text);
  return false;
}

static bool not_stored(Store *store, const char *name, HpError *err) {
  char *near = store_nearest_function(store, name, err);
  if (near)
    hp_fail(err, "no file and no stored function '%s'; did you mean %s?", name, near);
  else
    hp_fail(err, "no file '%s', and no function is stored yet: run hplint first", name);
  free(near);
  return false;
}

/* FUNCTION: looked up in what the last run stored. */
static bool find_function(DisInput *in, const char *name, HpError *err) {
  HpError ignored = {0};
  char *root = NULL;
  Store *store = cli_store(false, &root, &ignored);
  DbDefinitions found = {0};
  bool ok;
  if (!store)
    ok = hp_fail(err, "no file '%s'; functions are found by name alone once hplint has run here",
                 name);
  else if (!store_find_function(store, root, name, &found, err))
    ok = false;
  else if (!found.count)
    ok = not_stored(store, name, err);
  else if (found.count > 1)
    ok = several(&found, name, err);
  else {
    in->file = hp_path_in(root, found.items[0].unit ? found.items[0].unit : found.items[0].file);
    in->function = hp_strdup(name);
    ok = true;
  }
  db_definitions_free(&found);
  store_close(store);
  free(root);
  return ok;
}

static bool no_such_file(const char *word, HpError *err) {
  const char *colon = strrchr(word, ':');
  if (colon)
    return hp_fail(err, "%.*s: no such file, and no revision of one either", (int)(colon - word),
                   word);
  return hp_fail(err, "%s: no such file", word);
}

static bool understand(DisInput *in, const char *word, HpError *err) {
  in->word = hp_strdup(word);
  if (split_file(in, word) || split_revision(in, word))
    return true;
  return looks_like_path(word) ? no_such_file(word, err) : find_function(in, word, err);
}

/* ---- units ----------------------------------------------------------------------------------- */

/* IR text begins with one of its own lines, which no C file does. */
static bool is_ir_text(const char *text) {
  static const char *const starts[] = {"unit \"",    "file \"",    "type !",        "symbol @",
                                       "literal \"", "function @", "record struct "};
  for (;;) {
    text += strspn(text, " \t\r\n");
    if (*text != ';')
      break;
    text += strcspn(text, "\n");
  }
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (!strncmp(text, starts[i], strlen(starts[i])))
      return true;
  return !strncmp(text, "type ", 5) && isdigit((unsigned char)text[5]);
}

/* True when the file was IR text, well formed or not. */
static bool read_ir_text(DisInput *in, HpError *err) {
  size_t size;
  char *text = hp_read_file(in->file, HP_SOURCE_MAX, &size, NULL);
  bool is_text = text && is_ir_text(text);
  if (is_text) {
    in->unit = ir_parse_unit(text, size, in->file, err);
    in->from = "text";
  }
  free(text);
  return is_text;
}

/* A header belongs to no unit of its own: one that reads it will do. */
static char *unit_of(const char *file) {
  size_t n = strlen(file);
  if (n < 2 || strcmp(file + n - 2, ".h") != 0)
    return NULL;
  HpError ignored = {0};
  char *root = NULL, *path = path_absolute(file, NULL), *unit = NULL, *found = NULL;
  Store *store = cli_store(false, &root, &ignored);
  if (store && (unit = store_unit_reading(store, path, &ignored)))
    found = hp_path_in(root, unit);
  store_close(store);
  free(unit);
  free(path);
  free(root);
  return found;
}

static void say(const DisInput *in, const DisArgs *args) {
  const Inspected *i = &in->inspected;
  if (i->run.nfailures)
    fprintf(stderr, "hplint: analysed in part: %s\n", i->run.failures[0].cause);
  if (args->verbose)
    fprintf(stderr, "hplint: %s: %s\n", ir_str(in->unit, in->unit->path),
            i->stored ? "unchanged, from the store"
            : i->kept ? "new or changed: parsed, and stored"
                      : "parsed");
}

static bool load_c(DisInput *in, const DisArgs *args, HpError *err) {
  char *other = unit_of(in->file), *absolute = path_absolute(in->file, NULL);
  const char *path = other ? other : in->file;
  RunOptions run = {.project = {.paths = &path,
                                .npaths = 1,
                                .database = args->database,
                                .flags = args->flags,
                                .nflags = args->nflags},
                    .jobs = 1};
  if (in->text) {
    run.unsaved_file = absolute;
    run.unsaved = in->text;
    run.unsaved_size = strlen(in->text);
  }
  bool ok = inspect_load(&run, &in->inspected, err);
  if (ok) {
    in->unit = in->inspected.unit;
    in->from = in->inspected.stored ? "stored" : "parsed";
    say(in, args);
  }
  free(other);
  free(absolute);
  return ok;
}

bool dis_input_load(DisInput *in, const char *word, const DisArgs *args, HpError *err) {
  *in = (DisInput){0};
  if (!understand(in, word, err))
    return false;
  HP_ASSERT(in->file);
  if (in->revision) {
    HpBuf text = {0};
    if (!git_blob("cat-file", "blob", in->revision, in->file, &text, err))
      return false;
    in->text = hp_buf_take(&text);
  } else if (is_file(in->file) && read_ir_text(in, err)) {
    return in->unit != NULL;
  }
  return load_c(in, args, err);
}

void dis_input_free(DisInput *in) {
  if (in->unit != in->inspected.unit)
    ir_unit_free(in->unit);
  inspect_free(&in->inspected);
  free(in->word);
  free(in->file);
  free(in->revision);
  free(in->function);
  free(in->text);
}

/* ---- which functions ------------------------------------------------------------------------- */

/* Is the function's text in the file that was named? IR text may have come from anywhere. */
static bool in_file(const DisInput *in, const IrFunction *fn) {
  const IrUnit *u = in->unit;
  if (u->files[fn->loc.file].flags & IR_FILE_MAIN || !strcmp(in->from, "text"))
    return true;
  char *path = path_absolute(in->file, NULL);
  bool same = !strcmp(path, ir_str(u, u->files[fn->loc.file].path));
  free(path);
  return same;
}

/* Of a header its functions, not those of the unit that was taken for it. */
static bool asks_for_header(const DisInput *in) {
  size_t n = strlen(in->file);
  return n > 2 && !strcmp(in->file + n - 2, ".h") && strcmp(in->from, "text") != 0;
}

static bool wanted(const DisInput *in, const IrFunction *fn) {
  if (in->function)
    return !strcmp(in->function, ir_function_name(in->unit, fn));
  bool main_file = in->unit->files[fn->loc.file].flags & IR_FILE_MAIN;
  if (!in_file(in, fn) || (asks_for_header(in) && main_file))
    return false;
  return !in->line || (fn->loc.line <= in->line && in->line <= fn->loc.end_line);
}

static void put_function(HpBuf *out, const IrUnit *u, const IrFunction *fn) {
  hp_buf_addf(out, "%s (lines %u to %u)", ir_function_name(u, fn), fn->loc.line, fn->loc.end_line);
}

/* A line between functions: which are above and below. */
static void outside(const DisInput *in, HpError *err) {
  const IrUnit *u = in->unit;
  const IrFunction *above = NULL, *below = NULL;
  for (uint32_t i = 0; i < u->nfunctions; i++) {
    const IrFunction *fn = &u->functions[i];
    if (!in_file(in, fn))
      continue;
    if (fn->loc.end_line < in->line && (!above || fn->loc.end_line > above->loc.end_line))
      above = fn;
    if (fn->loc.line > in->line && (!below || fn->loc.line < below->loc.line))
      below = fn;
  }
  HpBuf text = {0};
  if (above)
    put_function(&text, u, above);
  if (above && below)
    hp_buf_add(&text, " and ");
  if (below)
    put_function(&text, u, below);
  hp_fail(err, "%s:%u is in no function; next to it: %s", in->file, in->line,
          text.length ? text.text : "none");
  hp_buf_free(&text);
}

static void none(const DisInput *in, HpError *err) {
  const IrUnit *u = in->unit;
  if (in->line) {
    outside(in, err);
    return;
  }
  if (!u->nfunctions || !in->function) {
    hp_fail(err, "%s defines no functions", in->file);
    return;
  }
  const char **names = hp_calloc(u->nfunctions, sizeof *names);
  for (uint32_t i = 0; i < u->nfunctions; i++)
    names[i] = ir_function_name(u, &u->functions[i]);
  hp_fail(err, "no function '%s' in %s; did you mean %s?", in->function, in->file,
          hp_nearest(in->function, names, u->nfunctions));
  free(names);
}

uint32_t *dis_functions(const DisInput *in, uint32_t *count, HpError *err) {
  uint32_t *list = hp_calloc(in->unit->nfunctions + 1, sizeof *list);
  *count = 0;
  for (uint32_t i = 0; i < in->unit->nfunctions; i++)
    if (wanted(in, &in->unit->functions[i]))
      list[(*count)++] = i;
  if (*count)
    return list;
  free(list);
  none(in, err);
  return NULL;
}
