/* The pair beside what else an iteration does: listed beside little, low beside much; and loops of a
 * few iterations. */
#include <stdlib.h>
#include <string.h>

void consume(const char *text);

static char *copy_of(const char *text) {
  char *copy = malloc(strlen(text) + 1);
  if (!copy)
    abort();
  return strcpy(copy, text);
}

static char *found_in(const char *text) {
  return strchr(text, '=') ? copy_of(text) : NULL;
}

void plain(const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    char *copy = copy_of(texts[i]); // expect: HP201 severity high "each iteration takes"
    consume(copy);
    free(copy);
  }
}

void sometimes(const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    char *copy = found_in(texts[i]); // expect: HP201 "some iterations take"
    if (copy)
      consume(copy);
    free(copy);
  }
}

/* NULL is the end. */
void until(const char *const *texts) {
  char *copy;
  while ((copy = found_in(*texts++)) != NULL) { // expect: HP201 "each iteration takes"
    consume(copy);
    free(copy);
  }
}

static unsigned mixed(const char *text, unsigned hash) {
  for (int round = 0; round < 80; round++)
    for (const char *at = text; *at; at++)
      hash = (hash << 5) + (hash >> 27) + ((hash ^ (unsigned)*at) & 0x5a827999u) + (unsigned)round;
  return hash;
}

unsigned digests(const char *const *texts, int n) {
  unsigned sum = 0;
  for (int i = 0; i < n; i++) {
    char *copy = copy_of(texts[i]); // expect: HP201 low "frees it again"
    sum = mixed(copy, sum);
    free(copy);
  }
  return sum;
}

void few(const char *const *texts) {
  for (int i = 0; i < 20; i++) {
    char *copy = copy_of(texts[i]);
    consume(copy);
    free(copy);
  }
}

/* On a branch that is as good as the other one, */
void sometimes_kept(const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    if (texts[i]) {
      char *copy = copy_of(texts[i]); // expect: HP201 low "some iterations take"
      consume(copy);
      free(copy);
    }
  }
}

/* and on one that most iterations take. */
void mostly_kept(const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    if (texts[i][0] == '#')
      continue;
    char *copy = copy_of(texts[i]); // expect: HP201 "some iterations take"
    consume(copy);
    free(copy);
  }
}
