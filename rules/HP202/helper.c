#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int find(const char *key) {
  return key[0] * 31 + key[1];
}

/* The allocation is the most of what this does. */
static int same_word(const char *a, const char *b) {
  size_t n = strlen(a);
  char *folded = malloc(n + 1);
  if (!folded)
    return 0;
  for (size_t i = 0; i < n; i++)
    folded[i] = (char)(a[i] | 32);
  folded[n] = 0;
  int same = !strcmp(folded, b);
  free(folded);
  return same;
}

static int is_short_flag(const char *word) {
  char *kept = malloc(strlen(word) + 1);
  if (!kept)
    return 0;
  kept[0] = word[0];
  kept[1] = 0;
  int flag = !strcmp(kept, "-");
  free(kept);
  return flag;
}

int count_words(const char *const *words, int n, const char *wanted) {
  int found = 0;
  for (int i = 0; i < n; i++)
    found += same_word(words[i], wanted); // expect: HP202 severity medium "calls same_word"
  for (int i = 0; i < n; i++)
    found += is_short_flag(words[i]); // expect: HP202 severity high "calls is_short_flag"
  return found;
}

/* Through one helper, which calls another. */
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
