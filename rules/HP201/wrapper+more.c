#include "wrapper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *checked_alloc(size_t size) {
  void *block = malloc(size);
  if (!block) {
    fputs("out of memory\n", stderr);
    exit(1);
  }
  return block;
}

char *copy_text(const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(checked_alloc(size), text, size);
}

void release(void *block) {
  free(block);
}
