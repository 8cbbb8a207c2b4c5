/* Once more with a larger block, until it does. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void show(const char *text);
int fill(char *text, size_t size);

void formatted(const char *format, va_list list) {
  int size = 1024;
  while (1) {
    char *text = malloc((size_t)size);
    va_list copy;
    if (!text)
      abort();
    va_copy(copy, list);
    int n = vsnprintf(text, (size_t)size, format, copy);
    va_end(copy);
    if (n >= 0 && n < size) {
      show(text);
      free(text);
      return;
    }
    free(text);
    size = n > 0 ? n * 2 : size * 2;
  }
}

/* What is needed and one more, */
void exact(const char *format, int number) {
  for (size_t size = 16;;) {
    char *text = malloc(size);
    if (!text)
      abort();
    int n = snprintf(text, size, format, number);
    if ((size_t)n < size)
      show(text);
    free(text);
    if ((size_t)n < size)
      break;
    size = (size_t)n + 1;
  }
}

/* and a little more, in a loop that counts nothing. */
int slowly(void) {
  for (size_t size = 128;; size += 128) {
    char *text = malloc(size);
    if (!text)
      return -1;
    int done = fill(text, size);
    free(text);
    if (done)
      return 0;
  }
}
