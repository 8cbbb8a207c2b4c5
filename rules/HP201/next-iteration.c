/* Freed by the next iteration, always; and lost. */
#include <stdlib.h>
#include <string.h>

int use(const char *name);

int names(const char *const *from, int n) {
  char *name = NULL;
  int sum = 0;
  for (int i = 0; i < n; i++) {
    free(name);
    name = strdup(from[i]); // expect: HP201 "strdup"
    if (name)
      sum += use(name);
  }
  free(name);
  return sum;
}

unsigned long letters(const char *const *from, int n) {
  unsigned long sum = 0;
  for (int i = 0; i < n; i++) {
    char *copy = strdup(from[i]); // expect: HP201 "and loses it"
    if (copy)
      sum += strlen(copy);
  }
  return sum;
}
