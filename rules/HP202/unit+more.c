#include "unit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static char *fold(const char *word) {
  size_t n = strlen(word);
  char *key = malloc(n + 1);
  if (!key)
    abort();
  for (size_t i = 0; i <= n; i++)
    key[i] = (char)tolower((unsigned char)word[i]);
  return key;
}

long hash_folded(const char *word) {
  char *key = fold(word);
  long h = 0;
  for (char *p = key; *p; p++)
    h = h * 31 + *p;
  free(key);
  return h;
}
