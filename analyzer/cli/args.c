#include "analyzer/cli/cli.h"
#include "analyzer/project/project.h"
#include "db/lookup.h"
#include "db/profile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- options --------------------------------------------------------------------------------- */

static const CliOption *find(const CliOption *options, const char *name, size_t length,
                             char letter) {
  for (const CliOption *o = options; o->name; o++)
    if (letter ? o->letter == letter
               : strlen(o->name) == length && strncmp(o->name, name, length) == 0)
      return o;
  return NULL;
}

static bool unknown(const CliOption *options, const char *word, const char *command, HpError *err) {
  const char *names[64];
  uint32_t count = 0;
  for (const CliOption *o = options; o->name && count < 64; o++)
    names[count++] = o->name;
  if (!count || word[1] != '-')
    return hp_fail(err, "unknown option '%s'; hplint %s%s--help lists the options", word, command,
                   *command ? " " : "");
  return hp_fail(err, "unknown option '%s'; did you mean --%s?", word,
                 hp_nearest(word + 2, names, count));
}

/* One block: the pointers, NULL-terminated, and behind them the words. */
static const char **split_list(const char *text) {
  size_t length = strlen(text),
         most = length / 2 + 1; /* words are separated by one byte at least */
  const char **list = hp_malloc((most + 1) * sizeof *list + length + 1);
  char *copy = memcpy(list + most + 1, text, length + 1);
  uint32_t count = 0;
  for (char *word = strtok(copy, ", "); word; word = strtok(NULL, ", "))
    list[count++] = word;
  list[count] = NULL;
  return list;
}

static bool take(const CliOption *o, const char *value, HpError *err) {
  if (o->flag)
    *o->flag = true;
  if (!value)
    return true;
  if (o->text)
    *o->text = value;
  if (o->list) {
    free(*o->list);
    *o->list = split_list(value);
  }
  if (o->number) {
    char *end;
    errno = 0;
    unsigned long n = strtoul(value, &end, 10);
    if (*end || end == value || *value == '-' || errno || n > INT_MAX)
      return hp_fail(err, "--%s wants a number, not '%s'", o->name, value);
    *o->number = (unsigned)n;
  }
  return true;
}

bool cli_options(CliArgs *args, const CliOption *options, const char *command, HpError *err) {
  int kept = 0;
  for (int i = 0; i < args->count; i++) {
    char *word = args->items[i];
    if (word[0] != '-' || !word[1]) {
      args->items[kept++] = word;
      continue;
    }
    bool is_long = word[1] == '-';
    const char *name = word + 2, *equals = is_long ? strchr(name, '=') : NULL;
    const CliOption *o =
        is_long ? find(options, name, equals ? (size_t)(equals - name) : strlen(name), 0)
                : find(options, NULL, 0, word[1]);
    if (!o)
      return unknown(options, word, command, err);
    const char *value = is_long ? (equals ? equals + 1 : NULL) : (word[2] ? word + 2 : NULL);
    if (!o->value && value)
      return hp_fail(err, "option '%s' takes no value", word);
    if (o->value && !value) {
      if (i + 1 == args->count)
        return hp_fail(err, "option '%s' wants a value: %s", word, o->value);
      value = args->items[++i];
    }
    if (!take(o, value, err))
      return false;
  }
  args->count = kept;
  return true;
}

void cli_usage(const char *usage, const CliOption *options) {
  fputs(usage, stdout);
  puts("options");
  for (const CliOption *o = options; o->name; o++) {
    char left[64];
    int n = o->letter ? snprintf(left, sizeof left, "-%c, ", o->letter) : 0;
    snprintf(left + n, sizeof left - (size_t)n, "--%s%s%s", o->name, o->value ? " " : "",
             o->value ? o->value : "");
    printf("  %-26s %s\n", left, o->help);
  }
}

/* ---- output ---------------------------------------------------------------------------------- */

int cli_error(const HpError *err) {
  HpBuf text = {0};
  hp_buf_add_escaped(&text, err->set ? err->text : "failed without saying why");
  fprintf(stderr, "hplint: %s\n", hp_buf_text(&text));
  hp_buf_free(&text);
  return 2;
}

void cli_print(const HpBuf *text) {
  fwrite(hp_buf_text(text), 1, text->length, stdout);
  fflush(stdout);
}

bool cli_colour(const char *when) {
  if (when && !strcmp(when, "always"))
    return true;
  if (when && !strcmp(when, "never"))
    return false;
  const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
  return !(no && *no) && !(term && !strcmp(term, "dumb")) && isatty(STDOUT_FILENO);
}

uint32_t cli_width(void) {
  struct winsize size;
  if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    return size.ws_col;
  return 0;
}

Store *cli_store(bool create, char **root, HpError *err) {
  *root = project_root(".");
  char *dir = store_location(*root, NULL, err);
  Store *store = dir ? store_open(dir, create, err) : NULL;
  free(dir);
  return store;
}

bool cli_open_profile(const char *root, const char *name, Store **store, int64_t *id, char **label,
                      HpError *err) {
  bool asked = name && strcmp(name, "latest") != 0;
  if (asked && !strcmp(name, "none"))
    return true;
  HpError why = {0};
  char *dir = store_location(root, NULL, &why);
  *store = dir ? store_open(dir, false, &why) : NULL;
  free(dir);
  if (!*store)
    return !asked || hp_fail(err, "%s", why.text);
  int64_t which = 0;
  return (!asked || store_named_profile(*store, name, &which, err)) &&
         store_find_profile(*store, which, id, label, err);
}
