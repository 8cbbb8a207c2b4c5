/* The allowlist at work: from a recorded command to the flags that the parser gets.
 *
 * The analysed tree is untrusted, so the question is never "is this flag harmful?" but "is it on
 * the list?" (flags.def). Two more doors are shut here: a value is never empty, and one that stands
 * as an argument of its own never starts with `-` or `@`; else the parser would read the list
 * differently from us, and a value could become a flag. */
#include "analyzer/project/parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

typedef enum FlagShape { WHOLE, JOINED, NEXT, EITHER, TOGGLE } FlagShape;
typedef enum FlagAction {
  KEEP,
  STANDARD,
  OPTIMISE,
  FORCED,
  LANGUAGE,
  DROP,
  RUNS,
  WRITES,
  ORDINARY,
  CHANGED,
  TRIPLE,
  CPU,
  FEATURE
} FlagAction;

typedef struct FlagRow {
  const char *spelling;
  uint8_t length;
  uint8_t shape, action;
} FlagRow;

static const FlagRow rows[] = {
#define FLAG(spelling, shape, action) {spelling, sizeof(spelling) - 1, shape, action},
#include "analyzer/project/flags.def"
#undef FLAG
};

/* ---- the table ------------------------------------------------------------------------------ */

/* How much of `arg` the row explains; 0: does not fit. */
static size_t row_fits(const FlagRow *row, const char *arg) {
  switch ((FlagShape)row->shape) {
  case WHOLE:
  case NEXT:
    return strcmp(arg, row->spelling) ? 0 : row->length;
  case JOINED:
  case EITHER:
    return strncmp(arg, row->spelling, row->length) ? 0 : row->length;
  case TOGGLE:
    if (!strcmp(arg, row->spelling))
      return row->length;
    return arg[1] == row->spelling[1] && !strncmp(arg + 2, "no-", 3) &&
                   !strcmp(arg + 5, row->spelling + 2)
               ? row->length + 3u
               : 0;
  }
  return 0;
}

/* The row with the longest fit; an exact one before a prefix of the same length. */
static const FlagRow *find_row(const char *arg) {
  const FlagRow *best = NULL;
  size_t longest = 0;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (rows[i].spelling[1] != arg[1])
      continue;
    size_t fit = row_fits(&rows[i], arg);
    if (fit > longest) {
      longest = fit;
      best = &rows[i];
    }
  }
  return best;
}

/* ---- one command ---------------------------------------------------------------------------- */

typedef struct Scan {
  Project *project; /* may be NULL */
  const char *directory;
  const char *wanted;        /* the unit's file, absolute; NULL: the first C file is taken */
  char *file;                /* the same, or what was found */
  const char *language;      /* of -x, in force now */
  const char *file_language; /* of -x, when the file came */
  const char *triple;
  bool optimised, changed, cc1, seen;
  Words out;
} Scan;

static const char *known_standard(const char *name) {
  static const char *const names[] = {
      "c89",   "c90",   "iso9899:1990", "iso9899:199409", "gnu89",        "gnu90", "c99",   "c9x",
      "gnu99", "gnu9x", "iso9899:1999", "iso9899:199x",   "c11",          "c1x",   "gnu11", "gnu1x",
      "c17",   "c18",   "iso9899:2011", "iso9899:2017",   "iso9899:2018", "gnu17", "gnu18", "c2x",
      "gnu2x"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(name, names[i]))
      return names[i];
  /* Older parsers know C23 and what follows by the working name only. */
  if (!strcmp(name, "c23") || !strcmp(name, "c2y"))
    return "c2x";
  if (!strcmp(name, "gnu23") || !strcmp(name, "gnu2y"))
    return "gnu2x";
  return NULL;
}

static bool optimisation_level(const char *value, bool *optimised) {
  static const char *const levels[] = {"", "0", "1", "2", "3", "4", "s", "z", "g", "fast"};
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    if (!strcmp(value, levels[i])) {
      *optimised = strcmp(value, "0") != 0;
      return true;
    }
  return false;
}

/* A file read before the source: a pipe or device would hang the parser. One that is missing is the
 * parser's to report. */
static bool forced_is_safe(const Scan *s, const char *value) {
  char *path = path_absolute(value, s->directory);
  struct stat st;
  bool safe = stat(path, &st) || S_ISREG(st.st_mode);
  free(path);
  return safe;
}

/* Emits a kept flag: -DX in one argument, longer spellings as two. */
static void keep(Scan *s, const FlagRow *row, const char *arg, const char *value, bool apart) {
  if (row->shape == JOINED || row->shape == WHOLE || row->shape == TOGGLE) {
    words_add(&s->out, arg);
  } else if (row->length == 2) {
    words_take(&s->out, hp_format("%s%s", row->spelling, value));
  } else if (!apart || (*value != '-' && *value != '@')) {
    words_add(&s->out, row->spelling);
    words_add(&s->out, value);
  } else {
    tally(s->project, TALLY_UNKNOWN, arg);
  }
}

static void keep_triple(Scan *s, const char *value) {
  s->triple = value;
  words_take(&s->out, hp_format("--target=%s", value));
}

static void keep_cpu(Scan *s, const char *value) {
  const char *t = s->triple;
  bool x86 = !t || !strncmp(t, "x86_64", 6) || (t[0] == 'i' && t[1] && !strncmp(t + 2, "86", 2));
  words_take(&s->out, hp_format("-m%s=%s", x86 ? "arch" : "cpu", value));
}

/* -target-feature +avx of a -cc1 line is the driver's -mavx, if that is on the list. */
static void keep_feature(Scan *s, const char *value) {
  if (*value != '+' && *value != '-')
    return;
  char *flag = hp_format("-m%s%s", *value == '-' ? "no-" : "", value + 1);
  const FlagRow *row = find_row(flag);
  if (row && row->shape == TOGGLE && row->action == KEEP)
    words_add(&s->out, flag);
  free(flag);
}

static void dropped(Scan *s, TallyKind kind, const char *arg, const char *value, bool apart) {
  if (!s->project)
    return;
  char *shown = apart ? hp_format("%s %s", arg, value) : hp_strdup(arg);
  tally(s->project, kind, shown);
  free(shown);
}

static void act(Scan *s, const FlagRow *row, const char *arg, const char *value, bool apart) {
  const char *standard;
  switch ((FlagAction)row->action) {
  case KEEP:
    keep(s, row, arg, value, apart);
    break;
  case STANDARD:
    if ((standard = known_standard(value)))
      words_take(&s->out, hp_format("-std=%s", standard));
    else
      dropped(s, TALLY_UNKNOWN, arg, value, apart);
    break;
  case OPTIMISE:
    if (optimisation_level(value, &s->optimised))
      words_add(&s->out, arg);
    else
      dropped(s, TALLY_UNKNOWN, arg, value, apart);
    break;
  case FORCED:
    if (forced_is_safe(s, value))
      keep(s, row, arg, value, true);
    else
      dropped(s, TALLY_RUNS, arg, value, apart);
    break;
  case LANGUAGE:
    s->language = !strcmp(value, "none") ? NULL : value;
    break;
  case RUNS:
    dropped(s, TALLY_RUNS, arg, value, apart);
    break;
  case WRITES:
    dropped(s, TALLY_WRITES, arg, value, apart);
    break;
  case CHANGED:
    s->changed = true;
    break;
  case TRIPLE:
    keep_triple(s, value);
    break;
  case CPU:
    keep_cpu(s, value);
    break;
  case FEATURE:
    keep_feature(s, value);
    break;
  case DROP:
  case ORDINARY:
    break;
  }
}

/* A word that is no flag: the unit's file, or an object, a library, a value of a dropped flag. */
static void positional(Scan *s, const char *word) {
  const char *language = s->language ? s->language : path_language(word);
  if (s->seen || (!s->wanted && !language))
    return;
  if (s->wanted && strcmp(path_name(word), path_name(s->wanted)))
    return;
  char *path = path_absolute(word, s->directory);
  if (!s->wanted || !strcmp(path, s->wanted)) {
    s->seen = true;
    s->file_language = s->language;
    free(s->file);
    s->file = path;
  } else {
    free(path);
  }
}

static void scan_words(Scan *s, char *const *words, uint32_t count) {
  bool only_files = false;
  for (uint32_t i = 0; i < count; i++) {
    const char *arg = words[i];
    if (only_files || arg[0] != '-' || !arg[1]) {
      positional(s, arg);
      continue;
    }
    if (!strcmp(arg, "--")) {
      only_files = true;
      continue;
    }
    const FlagRow *row = find_row(arg);
    if (!row) {
      if (!s->cc1)
        dropped(s, TALLY_UNKNOWN, arg, "", false);
      continue;
    }
    s->cc1 |= !strcmp(arg, "-cc1");
    bool apart = row->shape == NEXT || (row->shape == EITHER && !arg[row->length]);
    bool wants_value = row->shape == NEXT || row->shape == EITHER;
    const char *value = apart ? (i + 1 < count ? words[++i] : "") : arg + row->length;
    if (!wants_value || *value)
      act(s, row, arg, value, apart);
  }
}

/* ---- the compiler, never run ---------------------------------------------------------------- */

static bool starts_any(const char *name, const char *const *list) {
  for (; *list; list++)
    if (!strncmp(name, *list, strlen(*list)))
      return true;
  return false;
}

static bool is_wrapper(const char *word) {
  static const char *const names[] = {"ccache",     "sccache", "distcc", "icecc",     "icerun",
                                      "buildcache", "gomacc",  "env",    "rewrapper", "nice",
                                      "time",       "sh",      "bash",   "dash",      NULL};
  const char *name = path_name(word);
  for (const char *const *n = names; *n; n++)
    if (!strcmp(name, *n))
      return true;
  size_t length = strlen(name);
  return length >= 7 && !strcmp(name + length - 7, "libtool");
}

/* Index of the compiler behind ccache, distcc, libtool and the like. */
static uint32_t compiler_at(char *const *argv, uint32_t argc) {
  uint32_t at = 0;
  while (at < argc && is_wrapper(argv[at])) {
    uint32_t next = at + 1;
    while (next < argc && (argv[next][0] == '-' || strchr(argv[next], '=')))
      next++;
    /* "ccache -c a.c": the wrapper plays the compiler. */
    if (next >= argc || path_language(argv[next]))
      return at;
    at = next;
  }
  return at < argc ? at : 0;
}

/* Name of the compiler without folder, version suffix and .exe; the caller frees. */
static char *compiler_name(const char *path) {
  char *name = hp_strdup(path_name(path));
  size_t length = strlen(name);
  if (length > 4 && !strcmp(name + length - 4, ".exe"))
    name[length -= 4] = 0;
  size_t end = length;
  while (end && strchr("0123456789.", name[end - 1]))
    end--;
  if (end && end < length && name[end - 1] == '-')
    name[end - 1] = 0;
  return name;
}

/* A cross compiler's name says the target: aarch64-linux-gnu-gcc. */
static void keep_compiler_target(Scan *s, const char *name) {
  static const char *const machines[] = {
      "x86_64-", "i386-", "i486-",  "i586-", "i686-", "aarch64", "arm",          "riscv",
      "powerpc", "mips",  "s390x-", "sparc", "avr-",  "msp430-", "loongarch64-", NULL};
  static const char *const endings[] = {"-gcc", "-cc", "-clang", NULL};
  if (!starts_any(name, machines))
    return;
  size_t length = strlen(name);
  for (const char *const *e = endings; *e; e++) {
    size_t n = strlen(*e);
    if (length > n && !strcmp(name + length - n, *e)) {
      words_take(&s->out, hp_format("--target=%.*s", (int)(length - n), name));
      return;
    }
  }
}

static bool is_plus_plus(const char *name) {
  size_t length = strlen(name);
  return length >= 2 && !strcmp(name + length - 2, "++");
}

/* ---- the result ----------------------------------------------------------------------------- */

/* NULL when the unit is C, else what it is. */
static const char *not_c(const Scan *s, const char *compiler) {
  if (s->file_language) {
    if (!strcmp(s->file_language, "c") || !strcmp(s->file_language, "cpp-output"))
      return NULL;
    if (!strncmp(s->file_language, "c++", 3))
      return "C++";
    if (!strncmp(s->file_language, "objective", 9))
      return "Objective-C";
    return !strncmp(s->file_language, "assembler", 9) ? "assembler" : "other language";
  }
  const char *language = path_language(s->file);
  if (!language || !strcmp(language, "header"))
    return "no C file";
  if (strcmp(language, "C"))
    return language;
  return is_plus_plus(compiler) ? "C++" : NULL;
}

void unit_renew_key(ProjectUnit *u) {
  XXH3_state_t *state = XXH3_createState();
  HP_ASSERT(state);
  XXH3_64bits_reset(state);
  XXH3_64bits_update(state, u->file, strlen(u->file) + 1);
  XXH3_64bits_update(state, u->directory, strlen(u->directory) + 1);
  for (uint32_t i = 0; i < u->nargs; i++)
    XXH3_64bits_update(state, u->args[i], strlen(u->args[i]) + 1);
  u->key = XXH3_64bits_digest(state);
  XXH3_freeState(state);
}

void unit_free(ProjectUnit *u) {
  free(u->file);
  free(u->directory);
  for (uint32_t i = 0; i < u->nargs; i++)
    free(u->args[i]);
  free(u->args);
  *u = (ProjectUnit){0};
}

void project_add_arg(ProjectUnit *u, const char *arg) {
  u->args = hp_realloc(u->args, (u->nargs + 2) * sizeof *u->args);
  u->args[u->nargs++] = hp_strdup(arg);
  u->args[u->nargs] = NULL;
  unit_renew_key(u);
}

static void finish_unit(Scan *s, UnitOrigin origin, ProjectUnit *out) {
  *out = (ProjectUnit){.file = s->file,
                       .directory = path_absolute(s->directory, NULL),
                       .origin = origin,
                       .optimised = s->optimised,
                       .instrumented = s->changed};
  s->file = NULL;
  out->nargs = s->out.count;
  out->args = words_release(&s->out);
  unit_renew_key(out);
}

bool flags_from_command(Project *p, const char *directory, const char *file, char *const *argv,
                        uint32_t argc, ProjectUnit *out, const char **why) {
  *out = (ProjectUnit){0};
  Scan s = {.project = p, .directory = directory};
  s.file = file ? path_absolute(file, directory) : NULL;
  char *wanted = file ? hp_strdup(s.file) : NULL;
  s.wanted = wanted;
  uint32_t at = compiler_at(argv, argc);
  char *compiler = compiler_name(argc ? argv[at] : "");
  keep_compiler_target(&s, compiler);
  Words words = {0};
  if (argc)
    words_expand(directory, argv + at + 1, argc - at - 1, &words);
  scan_words(&s, words.items, words.count);
  if (!s.seen)
    s.file_language = s.language;
  const char *reason = s.file ? not_c(&s, compiler) : "no C file";
  if (!reason) {
    const char *language = path_language(s.file);
    if (!language || strcmp(language, "C")) /* only -x makes it C */
      words_add(&s.out, "-xc");
    finish_unit(&s, ORIGIN_DATABASE, out);
  }
  words_free(&words);
  words_free(&s.out);
  free(s.file);
  free(wanted);
  free(compiler);
  if (why)
    *why = reason;
  return !reason;
}

void flags_from_list(Project *p, const char *directory, const char *file, char *const *flags,
                     uint32_t nflags, UnitOrigin origin, ProjectUnit *out) {
  Scan s = {.project = p, .directory = directory, .wanted = file, .file = hp_strdup(file)};
  Words words = {0};
  words_expand(directory, flags, nflags, &words);
  scan_words(&s, words.items, words.count);
  finish_unit(&s, origin, out);
  words_free(&words);
}
