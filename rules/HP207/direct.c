#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void join(char *out, const char *const *words, int n) {
  out[0] = 0;
  for (int i = 0; i < n; i++) {
    strcat(out, words[i]); // expect: HP207 severity high "end of out"
    strcat(out, ",");
  }
}

void numbers(char *out, size_t size, int n) {
  for (int i = 0; i < n; i++)
    snprintf(out + strlen(out), size - strlen(out), "%d ", i); // expect: HP207 "(strlen)"
}

/* One character at a time, in a while loop. */
struct line {
  int length;
  char *text;
};
void letters(struct line *l, const char *from) {
  while (*from) {
    size_t n = strlen(l->text); // expect: HP207 "end of l->text"
    l->text[n] = *from++;
    l->text[n + 1] = 0;
  }
}

/* The string is printed into itself. */
char *list(int n) {
  char *text = calloc(1, (size_t)n * 12 + 1);
  if (text)
    for (int i = 0; i < n; i++)
      sprintf(text, "%s %d", text, i); // expect: HP207 "(sprintf)"
  return text;
}

/* With realloc before each append. */
char *collect(FILE *in) {
  char line[512];
  char *all = calloc(1, 1);
  while (all && fgets(line, sizeof line, in)) {
    all = realloc(all, strlen(all) + strlen(line) + 1);
    if (!all)
      abort();
    strcat(all, line); // expect: HP207 "(strcat)"
  }
  return all;
}

/* The separator is rare, the name is not. */
struct feature {
  const char *name;
  unsigned bit;
};
void features(char *out, const struct feature *f, int n, unsigned bits) {
  for (int i = 0; i < n; i++)
    if (f[i].bit & bits) {
      if (*out && f[i].bit > 8 && n > 3)
        strcat(out, ", ");
      strcat(out, f[i].name); // expect: HP207 "(strcat)"
    }
}

/* By a helper and a macro. */
static void add_word(char *out, const char *word) {
  if (*out)
    strcat(out, " ");
  strcat(out, word);
}
#define ADD(word) add_word(out, word)
void sentence(char *out, const char *const *words) {
  for (; *words; words++)
    ADD(*words); // expect: HP207 "(add_word)"
}

/* In an array of known size, a caller's too, the scans are short. */
int flags(const int *set, const char *const *names, int n) {
  char text[2000] = "";
  for (int i = 0; i < n; i++)
    if (set[i])
      strcat(text, names[i]); // expect: HP207 low "end of text"
  return puts(text);
}
static void add_flags(char *out, const int *set, const char *const *names, int n) {
  out[0] = 0;
  for (int i = 0; i < n; i++)
    if (set[i])
      strcat(out, names[i]); // expect: HP207 low "end of out"
}
int print_flags(const int *set, const char *const *names, int n) {
  char text[1000];
  add_flags(text, set, names, n);
  return puts(text);
}

/* A count ends it, too. */
void context(char *out, const char *at) {
  for (int n = 0; *at && *at != '\n' && n < 79; n++)
    sprintf(out + strlen(out), "%c", *at++); // expect: HP207 low "end of out"
}

/* What is left of a small size, which all callers give, bounds it. */
static void add_all(char *out, int size, const char *const *names, int n) {
  *out = 0;
  for (int i = 0; i < n; i++)
    strncat(out, names[i], (size_t)size - strlen(out)); // expect: HP207 low "end of out"
}
void describe(char *out, const char *const *names, int n, int full) {
  if (full)
    add_all(out, 1025, names, n);
  else
    add_all(out, 400, names, n);
}
