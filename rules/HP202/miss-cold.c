#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int find(const char *key);

/* Only to report an error, or for words that are longer than usual. */
static int find_short(const char *word) {
  char local[64], *key = local;
  size_t n = strlen(word);
  if (n >= sizeof local) {
    key = malloc(n + 1);
    if (!key)
      return -1;
  }
  memcpy(key, word, n + 1);
  int found = find(key);
  if (key != local)
    free(key);
  return found;
}

static int check(const char *word) {
  if (find(word) < 0) {
    char *text = malloc(strlen(word) + 20);
    if (text) {
      sprintf(text, "no such word: %s", word);
      fputs(text, stderr);
      free(text);
    }
    return -1;
  }
  return 0;
}

int find_all(const char *const *words, int n) {
  int found = 0;
  for (int i = 0; i < n; i++)
    found += find_short(words[i]) + check(words[i]);
  return found;
}

/* On one way of many. */
static int find_rare(const char *word, int kind) {
  switch (kind) {
  case 0:
    return find(word);
  case 1:
    return find(word + 1);
  case 2:
    return 2;
  case 3: {
    char *key = strdup(word);
    int found = key ? find(key) : 0;
    free(key);
    return found;
  }
  default:
    return 0;
  }
}

int find_kinds(const char *const *words, const int *kinds, int n) {
  int found = 0;
  for (int i = 0; i < n; i++)
    found += find_rare(words[i], kinds[i]);
  return found;
}
