/* Names as words: parse_args, loadServerConfig, SQLHelp, test2. A word counts as a whole and never
 * as a part of one: "help" is not in "helper", "conf" not in "conflict". */
#include "rules/words.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

const char words_configuration[] = "configuration", words_start_up[] = "start-up",
           words_shutdown[] = "shutdown";

enum { MAX_WORDS = 24, MAX_LETTERS = 24 };

typedef struct Words {
  char word[MAX_WORDS][MAX_LETTERS];
  int count;
} Words;

/* Letters [from, to) in lower case; of a longer word the beginning. */
static void add_word(Words *w, const char *from, const char *to) {
  if (to == from || w->count == MAX_WORDS)
    return;
  char *word = w->word[w->count++];
  size_t length = (size_t)(to - from) < MAX_LETTERS ? (size_t)(to - from) : MAX_LETTERS - 1;
  for (size_t i = 0; i < length; i++)
    word[i] = (char)tolower((unsigned char)from[i]);
  word[length] = 0;
}

/* Before `at`: parse|Args, SQL|Help. */
static bool begins_word(const char *name, const char *at) {
  if (at == name || !isupper((unsigned char)*at))
    return false;
  return islower((unsigned char)at[-1]) ||
         (isupper((unsigned char)at[-1]) && islower((unsigned char)at[1]));
}

static void split(const char *name, Words *w) {
  const char *from = name, *at = name;
  w->count = 0;
  for (; *at; at++) {
    if (isalpha((unsigned char)*at) && !begins_word(name, at))
      continue;
    add_word(w, from, at);
    from = isalpha((unsigned char)*at) ? at : at + 1;
  }
  add_word(w, from, at);
}

/* ---- functions ------------------------------------------------------------------------------- */

typedef enum Where {
  ANYWHERE,
  AT_AN_END,       /* the first or the last word: test_lists, list_test; not TestBit's middle */
  AFTER_PARSE,     /* after a verb of reading: parse_options, processArgs */
  AFTER_PRINT,     /* after a verb of showing, or alone: print_usage, usage; not memory_usage */
  OF_WHAT_IS_ONCE, /* in the name of a function that runs once */
} Where;

typedef struct Entry {
  const char *word, *role;
  Where where;
} Entry;

static const Entry of_functions[] = {
    {"debug", "debugging", ANYWHERE},
    {"dbg", "debugging", ANYWHERE},
    {"dump", "dumps", AT_AN_END},
    {"sanity", "self-checks", ANYWHERE},
    {"selfcheck", "self-checks", ANYWHERE},
    {"selftest", "tests", ANYWHERE},
    {"unittest", "tests", ANYWHERE},
    {"unittests", "tests", ANYWHERE},
    {"test", "tests", AT_AN_END},
    {"tests", "tests", AT_AN_END},
    {"bench", "benchmarks", ANYWHERE},
    {"benchmark", "benchmarks", ANYWHERE},
    {"config", words_configuration, ANYWHERE},
    {"configs", words_configuration, ANYWHERE},
    {"conf", words_configuration, ANYWHERE},
    {"cfg", words_configuration, ANYWHERE},
    {"configure", words_configuration, ANYWHERE},
    {"configuration", words_configuration, ANYWHERE},
    {"getopt", "options", ANYWHERE},
    {"cmdline", "options", ANYWHERE},
    {"argv", "options", ANYWHERE},
    {"option", "options", AFTER_PARSE},
    {"options", "options", AFTER_PARSE},
    {"opt", "options", AFTER_PARSE},
    {"opts", "options", AFTER_PARSE},
    {"args", "options", AFTER_PARSE},
    {"arguments", "options", AFTER_PARSE},
    {"help", "help", ANYWHERE},
    {"usage", "help", AFTER_PRINT},
    {"version", "help", AFTER_PRINT},
    {"banner", "help", AFTER_PRINT},
    {"stats", "statistics", AFTER_PRINT},
    {"statistics", "statistics", AFTER_PRINT},
    {"init", words_start_up, OF_WHAT_IS_ONCE},
    {"initialize", words_start_up, OF_WHAT_IS_ONCE},
    {"initialise", words_start_up, OF_WHAT_IS_ONCE},
    {"setup", words_start_up, OF_WHAT_IS_ONCE},
    {"startup", words_start_up, OF_WHAT_IS_ONCE},
    {"register", words_start_up, OF_WHAT_IS_ONCE},
    {"shutdown", words_shutdown, OF_WHAT_IS_ONCE},
    {"cleanup", words_shutdown, OF_WHAT_IS_ONCE},
    {"teardown", words_shutdown, OF_WHAT_IS_ONCE},
};

static bool is_one_of(const char *word, const char *const *list) {
  for (; *list; list++)
    if (!strcmp(word, *list))
      return true;
  return false;
}

static bool stands(const Words *w, int i, Where where, bool once) {
  static const char *const parse[] = {"parse", "process",  "handle", "read", "print",
                                      "show",  "register", "check",  NULL};
  static const char *const print[] = {"print", "show", "display", "report", "output", "do", NULL};
  switch (where) {
  case AT_AN_END:
    return i == 0 || i == w->count - 1;
  case AFTER_PARSE:
    return i > 0 && is_one_of(w->word[i - 1], parse);
  case AFTER_PRINT:
    return w->count == 1 || (i > 0 && is_one_of(w->word[i - 1], print));
  case OF_WHAT_IS_ONCE:
    return once;
  default:
    return true;
  }
}

/* Most words differ in the first letter from most others: no call for those. */
static bool same_word(const char *a, const char *b) {
  return a[0] == b[0] && !strcmp(a, b);
}

const char *words_role(const char *function, bool once) {
  Words w;
  split(function, &w);
  for (int i = 0; i < w.count; i++)
    for (size_t k = 0; k < sizeof of_functions / sizeof *of_functions; k++)
      if (same_word(w.word[i], of_functions[k].word) && stands(&w, i, of_functions[k].where, once))
        return of_functions[k].role;
  return NULL;
}

/* ---- files ----------------------------------------------------------------------------------- */

static const Entry of_files[] = {
    {"test", "tests", ANYWHERE},           {"tests", "tests", ANYWHERE},
    {"testing", "tests", ANYWHERE},        {"testsuite", "tests", ANYWHERE},
    {"unittest", "tests", ANYWHERE},       {"unittests", "tests", ANYWHERE},
    {"selftest", "tests", ANYWHERE},       {"selftests", "tests", ANYWHERE},
    {"fuzz", "tests", ANYWHERE},           {"fuzzing", "tests", ANYWHERE},
    {"fuzzer", "tests", ANYWHERE},         {"example", "examples", ANYWHERE},
    {"examples", "examples", ANYWHERE},    {"sample", "examples", ANYWHERE},
    {"samples", "examples", ANYWHERE},     {"demo", "examples", ANYWHERE},
    {"demos", "examples", ANYWHERE},       {"bench", "benchmarks", ANYWHERE},
    {"benchmark", "benchmarks", ANYWHERE}, {"benchmarks", "benchmarks", ANYWHERE},
    {"contrib", "extras", ANYWHERE},       {"debug", "debugging", ANYWHERE},
    {"getopt", "options", ANYWHERE},
};

/* A file of this name alone holds nothing else; one that has the word among others may. */
static const char *whole_file(const char *path) {
  static const char *const names[] = {"config.c",    "conf.c",    "configuration.c",
                                      "option.c",    "options.c", "opts.c",
                                      "arguments.c", "args.c",    NULL};
  const char *slash = strrchr(path, '/');
  return is_one_of(slash ? slash + 1 : path, names) ? words_configuration : NULL;
}

const char *words_place(const char *path) {
  Words w;
  split(path, &w);
  for (int i = 0; i < w.count; i++)
    for (size_t k = 0; k < sizeof of_files / sizeof *of_files; k++)
      if (same_word(w.word[i], of_files[k].word))
        return of_files[k].role;
  return whole_file(path);
}
