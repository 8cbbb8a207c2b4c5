#include <stdlib.h>
#include <string.h>

int use(char *text);

/* Each target of the pointer allocates and frees. */
struct style {
  int (*show)(const char *text);
};

static int show_plain(const char *text) {
  char *copy = strdup(text);
  if (!copy)
    return -1;
  int r = use(copy);
  free(copy);
  return r;
}

static int show_padded(const char *text) {
  char *copy = malloc(strlen(text) + 80);
  if (!copy)
    return -1;
  memset(copy, ' ', 80);
  strcpy(copy + 80, text);
  int r = use(copy);
  free(copy);
  return r;
}

static const struct style styles[] = {{show_plain}, {show_padded}};

int show_all(const char *const *texts, int n, int style) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += styles[style].show(texts[i]); // expect: HP202 "show_"
  return sum;
}

/* A comparison handed to qsort is called in qsort's loop, not in one of the program's. */
int main(int argc, char **argv) {
  return show_all((const char *const *)argv, argc, 1);
}
