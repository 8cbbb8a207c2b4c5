/* After sprintf, in a do loop; by pointers. */
#include <stdio.h>
#include <string.h>

void put(const char *bytes, size_t n);

void numbers(const long *from, const long *end) {
  char text[40];
  do {
    int n = sprintf(text, "%ld\n", *from);
    if (n > 0)
      put(text, strlen(text)); // expect: HP608 found
  } while (++from < end);
}

void counted(const char *const *lines, int counts[8]) {
  for (const char *const *l = lines; *l; l++) {
    const char *line = *l;
    size_t n = strlen(line);
    counts[n % 8]++;
    put(" ", 1);
    put(line, strlen(line)); // expect: HP608 found
  }
}
