/* Pointers, a macro, a value that a function returns, in a record of the file's own. */
#include <stdlib.h>

struct token { // expect: HP107 low "level (0 to 9), quoted (0 to 1)"
  const char *start;
  long level;
  int length;
  int quoted;
};

#define SET(p, field, value) ((p)->field = (value))

static struct token *tokens;

static int level_of(char c) {
  switch (c) {
  case '*':
    return 9;
  case '+':
    return 3;
  default:
    return 0;
  }
}

int scan(const char *text, size_t n) {
  tokens = malloc(n * sizeof *tokens);
  struct token *t = tokens;
  while (t && *text) {
    SET(t, start, text++);
    SET(t, level, level_of(*text));
    SET(t, quoted, *text == '"');
    SET(t, length, (int)(text - t->start));
    t++;
  }
  return 0;
}

long deepest(size_t n) {
  long best = 0;
  for (struct token *t = tokens, *end = t + n; t != end; t++)
    if (!t->quoted && t->level > best)
      best = t->level;
  return best;
}
