/* The arguments decide whether the function allocates at all, and by which way. */
#include <stdlib.h>
#include <string.h>

void consume(const char *text);

static char *plain(size_t size) {
  char *block = malloc(size);
  if (!block)
    abort();
  return block;
}

/* A copy where one is wanted, else NULL. */
static char *wanted(const char *text, int flags) {
  if (!(flags & 2))
    return NULL;
  size_t n = strlen(text) + 1;
  return memcpy(plain(n), text, n);
}

void copied(const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    char *copy = wanted(texts[i], 3); // expect: HP201 "wanted > plain > malloc"
    consume(copy);
    free(copy);
  }
}

/* What a caller hands over is not known here. */
void perhaps(const char *const *texts, int n, int flags) {
  for (int i = 0; i < n; i++) {
    char *copy = wanted(texts[i], flags); // expect: HP201 "heap with wanted"
    consume(copy);
    free(copy);
  }
}

/* Never, */
void none(const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    char *copy = wanted(texts[i], 1);
    consume(texts[i]);
    free(copy);
  }
}

/* handed on by one more function, */
static char *handed_on(const char *text, int quick) {
  return wanted(text, quick);
}

void none_below(const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    char *copy = handed_on(texts[i], 4);
    consume(texts[i]);
    free(copy);
  }
}

/* and by a switch. */
static char *made(const char *text, int kind) {
  switch (kind) {
  case 1:
    return plain(strlen(text) + 1);
  case 2:
    return plain(2 * strlen(text) + 1);
  default:
    return NULL;
  }
}

void none_of(const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    char *copy = made(texts[i], 3);
    consume(texts[i]);
    free(copy);
  }
}

void one_of(const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    char *copy = made(texts[i], 2); // expect: HP201 "heap with made"
    consume(copy);
    free(copy);
  }
}

/* By the one way or the other. */
static char *tried(size_t size) {
  return malloc(size);
}

static char *either(size_t size, int trying) {
  return trying ? tried(size) : plain(size);
}

void tries(int n, size_t size) {
  for (int i = 0; i < n; i++) {
    char *block = either(size, 1); // expect: HP201 "either > tried > malloc"
    if (block)
      consume(block);
    free(block);
  }
}

void must(int n, size_t size) {
  for (int i = 0; i < n; i++) {
    char *block = either(size, 0); // expect: HP201 "either > plain > malloc"
    consume(block);
    free(block);
  }
}
