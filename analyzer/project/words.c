/* Command lines as lists of words: taken apart from text, and made flat. */
#include "analyzer/project/parts.h"

#include <stdlib.h>
#include <string.h>

enum {
  RESPONSE_LIMIT = 1 << 20, /* bytes of one response file */
  RESPONSE_DEPTH = 8,       /* files that name files */
  WORDS_LIMIT = 1 << 16,    /* words of one command: a file that names itself twice would explode */
};

void words_take(Words *w, char *text) {
  HP_GROW(w->items, w->count, w->cap);
  w->items[w->count++] = text;
}

void words_add(Words *w, const char *text) {
  words_take(w, hp_strdup(text));
}

void words_free(Words *w) {
  for (uint32_t i = 0; i < w->count; i++)
    free(w->items[i]);
  free(w->items);
  *w = (Words){0};
}

char **words_release(Words *w) {
  HP_GROW(w->items, w->count, w->cap);
  w->items[w->count] = NULL;
  char **items = w->items;
  *w = (Words){0};
  return items;
}

/* ---- splitting ------------------------------------------------------------------------------ */

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/* Does a backslash before `next` quote it, inside `quote` (0: none)? */
static bool backslash_quotes(WordStyle style, char quote, char next) {
  if (style == WORDS_RESPONSE || !quote)
    return true;
  return quote == '"' && next && strchr("\"\\$`\n", next);
}

/* One word from `s` on, without its quotes. A quote that is never closed ends with the text. */
static const char *take_word(const char *s, WordStyle style, HpBuf *word) {
  char quote = 0;
  for (; *s && (quote || !is_space(*s)); s++) {
    if (*s == '\\' && s[1] && backslash_quotes(style, quote, s[1])) {
      s++;
      if (!(style == WORDS_SHELL && *s == '\n')) /* a continued line */
        hp_buf_addc(word, *s);
    } else if (quote ? *s == quote : *s == '"' || *s == '\'') {
      quote = quote ? 0 : *s;
    } else {
      hp_buf_addc(word, *s);
    }
  }
  return s;
}

void words_split(const char *text, WordStyle style, Words *out) {
  HpBuf word = {0};
  for (const char *s = text;;) {
    while (is_space(*s))
      s++;
    if (!*s)
      break;
    hp_buf_clear(&word);
    s = take_word(s, style, &word);
    words_add(out, hp_buf_text(&word));
  }
  hp_buf_free(&word);
}

/* ---- making a command flat ------------------------------------------------------------------ */

static void expand_list(const char *directory, char *const *argv, uint32_t argc, int depth,
                        Words *out);

/* False when the file cannot be read: then `@name` is no response file and means nothing here. */
static bool expand_response(const char *directory, const char *name, int depth, Words *out) {
  if (depth >= RESPONSE_DEPTH)
    return false;
  char *path = path_absolute(name, directory);
  size_t size;
  char *text = hp_read_file(path, RESPONSE_LIMIT, &size, NULL);
  free(path);
  if (!text)
    return false;
  Words words = {0};
  words_split(text, WORDS_RESPONSE, &words);
  free(text);
  expand_list(directory, words.items, words.count, depth + 1, out);
  words_free(&words);
  return true;
}

/* -Wp,-MD,file,-DX: the preprocessor's -MD takes a file, unlike the compiler's. */
static void expand_preprocessor(const char *list, Words *out) {
  bool value = false;
  while (*list) {
    size_t length = strcspn(list, ",");
    if (!value && length)
      words_take(out, hp_strndup(list, length));
    value = !value && ((length == 3 && !strncmp(list, "-MD", 3)) ||
                       (length == 4 && !strncmp(list, "-MMD", 4)));
    list += length;
    list += *list == ',';
  }
}

static void expand_list(const char *directory, char *const *argv, uint32_t argc, int depth,
                        Words *out) {
  for (uint32_t i = 0; i < argc && out->count < WORDS_LIMIT; i++) {
    const char *arg = argv[i];
    if (arg[0] == '@' && arg[1] && expand_response(directory, arg + 1, depth, out))
      continue;
    if (!strncmp(arg, "-Wp,", 4))
      expand_preprocessor(arg + 4, out);
    else if (strcmp(arg, "-Xclang") && strcmp(arg, "-Xpreprocessor"))
      words_add(out, arg);
  }
}

void words_expand(const char *directory, char *const *argv, uint32_t argc, Words *out) {
  expand_list(directory, argv, argc, 0, out);
}
