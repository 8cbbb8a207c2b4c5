/* What changes the result, what compilers hoist, arguments that move, a way out after the call. */
#include <stdio.h>
#include <string.h>

void trim(char *s) {
  while (strlen(s) > 0 && s[strlen(s) - 1] == '\n')
    s[strlen(s) - 1] = '\0';
}

int spaces(const char *s) {
  int n = 0;
  for (size_t i = 0; i < strlen(s); i++)
    n += s[i] == ' ';
  return n;
}

size_t lengths(char *const *words, size_t *out, int n) {
  size_t sum = 0;
  for (int i = 0; i < n; i++)
    sum += out[i] = strlen(words[i]);
  return sum;
}

void fill(char *s, size_t n) {
  while (strlen(s) < n)
    strcat(s, "-");
}

struct stack {
  int *items;
  int depth;
};

int depth(const struct stack *s) {
  return s->depth;
}

void drain(struct stack *s, int *out) {
  while (depth(s) > 0)
    *out++ = s->items[--s->depth];
}

void read_until(char *line, int n, FILE *in, const char *end) {
  while (fgets(line, n, in))
    if (!strcmp(line, end))
      break;
}

void literal(int *out, int n) {
  for (int i = 0; i < n; i++)
    out[i] = (int)strlen("text");
}

void prefix(char *const *out, const char *before, char *seen, int n) {
  for (int i = 0; i < n; i++)
    if (strlen(before) > 0)
      seen[i] = out[i][0];
}
