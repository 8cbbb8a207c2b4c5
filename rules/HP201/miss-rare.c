/* On the way out, once, twice, or only when the stack does not do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int handle(const char *text, char *scratch);

void report(const char *const *text, int n) {
  char scratch[256];
  for (int i = 0; i < n; i++)
    if (handle(text[i], scratch) < 0) {
      char *message = malloc(strlen(text[i]) + 32);
      if (message) {
        sprintf(message, "bad input: %s", text[i]);
        fputs(message, stderr);
        free(message);
      }
      exit(1);
    }
}

void both(const char *const text[2]) {
  for (int i = 0; i < 2; i++) {
    char *scratch = malloc(strlen(text[i]) + 1);
    if (scratch)
      handle(text[i], scratch);
    free(scratch);
  }
}

void mostly_small(const char *const *text, int n) {
  for (int i = 0; i < n; i++) {
    char local[128];
    size_t need = strlen(text[i]) + 1;
    char *scratch = need <= sizeof local ? local : malloc(need);
    if (!scratch)
      return;
    handle(text[i], scratch);
    if (scratch != local)
      free(scratch);
  }
}
