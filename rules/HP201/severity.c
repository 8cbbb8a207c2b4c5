/* High where the block is a large part of the iteration, medium where much else is done, low beside output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void consume(const char *text);

static char *copy_of(const char *text, size_t length) {
  char *copy = malloc(length + 1);
  memcpy(copy, text, length);
  copy[length] = 0;
  return copy;
}

static char *reversed(const char *text, size_t length) {
  char *copy = malloc(length + 1);
  for (size_t i = 0; i < length; i++)
    copy[i] = text[length - 1 - i];
  copy[length] = 0;
  return copy;
}

void copies(const char *const *text, const size_t *lengths, int n) {
  for (int i = 0; i < n; i++) {
    char *copy = copy_of(text[i], lengths[i]); // expect: HP201 severity high
    consume(copy);
    free(copy);
  }
}

void reversals(const char *const *text, const size_t *lengths, int n) {
  for (int i = 0; i < n; i++) {
    char *copy = reversed(text[i], lengths[i]); // expect: HP201 severity medium
    consume(copy);
    free(copy);
  }
}

void printed(const char *const *text, const size_t *lengths, int n) {
  for (int i = 0; i < n; i++) {
    char *copy = copy_of(text[i], lengths[i]); // expect: HP201 low
    puts(copy);
    free(copy);
  }
}
