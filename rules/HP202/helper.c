#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int find(const char *key);

/* Through one helper. */
static int find_copy(const char *word) {
  size_t n = strlen(word);
  char *key = malloc(n + 1);
  if (!key)
    return -1;
  memcpy(key, word, n + 1);
  int found = find(key);
  free(key);
  return found;
}

int find_all(const char *const *words, int n) {
  int found = 0;
  for (int i = 0; i < n; i++)
    found += find_copy(words[i]); // expect: HP202 severity high "calls find_copy"
  return found;
}

/* Through two layers and a project's own allocator, in a while loop. */
static void *take(size_t n) {
  void *p = malloc(n);
  if (!p)
    abort();
  return p;
}

static void give(void *p) {
  if (p)
    free(p);
}

static int measure(const char *text) {
  char *copy = take(strlen(text) + 1);
  int length = find(strcpy(copy, text));
  give(copy);
  return length;
}

static int score(const char *text) {
  return measure(text) * 2 + 1;
}

int score_all(const char *const *texts) {
  int sum = 0;
  while (*texts) {
    sum += score(*texts); // expect: HP202 "in measure"
    texts++;
  }
  return sum;
}

/* By a macro. */
#define EACH(i, n) for (int i = 0; i < (n); i++)
#define SCORE(text) score(text)
int score_some(const char *const *texts, int n) {
  int sum = 0;
  EACH(i, n)
    sum += SCORE(texts[i]); // expect: HP202 "score"
  return sum;
}
