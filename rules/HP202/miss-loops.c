#include <stdlib.h>
#include <string.h>

int use(const char *text);
int start(int argc, char **argv);

static int scratch(const char *text) {
  char *copy = strdup(text);
  if (!copy)
    return -1;
  int r = use(copy);
  free(copy);
  return r;
}

/* Outside of loops, twice, and after an error. */
int once(const char *text) {
  return scratch(text);
}

int twice(const char *const *texts) {
  int sum = 0;
  for (int i = 0; i < 2; i++)
    sum += scratch(texts[i]);
  return sum;
}

int until_error(const char *const *texts, int n) {
  for (int i = 0; i < n; i++)
    if (use(texts[i]) < 0) {
      scratch(texts[i]);
      abort();
    }
  return 0;
}

/* Another target of the pointer does not allocate. */
static int plain(const char *text) {
  return use(text);
}

int by_pointer(const char *const *texts, int n, int quick) {
  int (*f)(const char *) = quick ? plain : scratch;
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += f(texts[i]);
  return sum;
}

/* The caller's buffer. */
static int into(char *buffer, size_t size, const char *text) {
  strncpy(buffer, text, size);
  return use(buffer);
}

int with_one(const char *const *texts, int n) {
  char *buffer = malloc(256);
  if (!buffer)
    return -1;
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += into(buffer, 256, texts[i]);
  free(buffer);
  return sum;
}
