/* rule: HP608; sizes: 32 512 4096; share: 0.5
 * The length of a text of SIZE bytes asked for twice: the second scan is half of the time. */
#include "../harness.h"

#include <string.h>

enum { LINES = 100 };
char lines[LINES][SIZE + 1];
size_t sizes[LINES], shown;

void setup(void) {
  for (int i = 0; i < LINES; i++)
    memset(lines[i], 'a', SIZE);
}

static __attribute__((noipa)) void put(const char *bytes, size_t n) {
  shown += n + (size_t)bytes[0];
  __asm__ volatile("" ::: "memory");
}

long kernel(void) {
  shown = 0;
  for (int i = 0; i < LINES; i++) {
    const char *line = lines[i];
    size_t n = strlen(line);
    sizes[i] = n;
    put("> ", 2);
#ifdef GOOD
    put(line, n);
#else
    put(line, strlen(line));
#endif
  }
  return (long)shown;
}
