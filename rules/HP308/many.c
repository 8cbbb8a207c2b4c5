/* Many elements: read from outside, or so many by the loop's bound or the array's size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
  struct word *next;
  char *text;
};

struct words {
  struct word *first;
};

static struct word *find(const struct words *all, const char *text) {
  for (struct word *w = all->first; w; w = w->next)
    if (!strcmp(w->text, text))
      return w;
  return NULL;
}

static void add(struct words *all, const char *text) {
  struct word *w = malloc(sizeof *w);
  if (!w)
    abort();
  w->text = strdup(text);
  w->next = all->first;
  all->first = w;
}

void distinct(struct words *all, FILE *in) {
  char line[256];
  while (fgets(line, sizeof line, in))
    if (!find(all, line)) // expect: HP308 "find searches the list all in each iteration"
      add(all, line);
}

size_t unique(int *out, FILE *in) {
  char line[32];
  size_t m = 0;
  while (fgets(line, sizeof line, in)) {
    int number = atoi(line);
    size_t j;
    for (j = 0; j < m; j++) // expect: HP308 "what it goes through grows"
      if (out[j] == number)
        break;
    if (j == m)
      out[m++] = number;
  }
  return m;
}

size_t of_thousands(int *out, const int *in) {
  size_t m = 0;
  for (size_t i = 0; i < 5000; i++) {
    size_t j = 0;
    while (j < m && out[j] != in[i]) // expect: HP308 severity medium "what it goes through grows"
      j++;
    if (j == m)
      out[m++] = in[i];
  }
  return m;
}

size_t of_a_hundred(int *out, const int *in) {
  size_t m = 0;
  for (size_t i = 0; i < 100; i++) {
    size_t j = 0;
    while (j < m && out[j] != in[i]) // expect: HP308 low "what it goes through grows"
      j++;
    if (j == m)
      out[m++] = in[i];
  }
  return m;
}
