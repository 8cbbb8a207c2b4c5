#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int use(const char *text);
int use_numbers(const double *numbers, int n);

/* A string function ends the text itself. */
int names(const char *const *dirs, int n) {
  char path[4096];
  int sum = 0;
  for (int i = 0; i < n; i++) {
    memset(path, 0, sizeof path); // expect: HP206 severity medium "4096 bytes of path, which snprintf then writes and ends"
    snprintf(path, sizeof path, "%s/index", dirs[i]);
    sum += use(path);
  }
  return sum;
}

/* By an initialiser and a macro, in a while loop. */
#define JOIN(out, a, b) sprintf(out, "%s.%s", a, b)
int pairs(const char *const *words) {
  int sum = 0;
  while (*words) {
    char text[512] = {0}; // expect: HP206 "512 bytes of text"
    JOIN(text, words[0], words[1]);
    sum += use(text);
    words += 2;
  }
  return sum;
}

/* calloc, then a copy of the same size, in a function that a loop calls: perhaps one of a set-up; */
static void *copy_block(const void *from, size_t n) {
  void *to = calloc(1, n); // expect: HP206 low "each call clears the block, which memcpy then writes whole"
  if (!to)
    abort();
  memcpy(to, from, n);
  return to;
}
void copy_blocks(void **out, void *const *from, const size_t *sizes, int n) {
  for (int i = 0; i < n; i++)
    out[i] = copy_block(from[i], sizes[i]);
}

/* in one that a loop calls for each line it reads, */
static char *line_of(const char *line) {
  char *to = calloc(1, 512); // expect: HP206 severity medium "each call clears 512 bytes of the block"
  if (!to)
    abort();
  memcpy(to, line, 512);
  return to;
}
void read_lines(char **out, FILE *in) {
  char line[512];
  while (fgets(line, sizeof line, in))
    *out++ = line_of(line);
}

/* and in one that a nest calls. */
static char *cell_of(const char *text) {
  char *to = calloc(1, 512); // expect: HP206 severity medium "each call clears 512 bytes of the block"
  if (!to)
    abort();
  memcpy(to, text, 512);
  return to;
}
void cells(char **out, const char *const *rows, int n, int width) {
  for (int i = 0; i < n; i++)
    for (int k = 0; k < width; k++)
      *out++ = cell_of(rows[i] + k);
}

/* A wrapper of calloc, and a loop that writes every element. */
static void *take_cleared(size_t n, size_t size) {
  void *p = calloc(n, size);
  if (!p)
    abort();
  return p;
}
double *scaled(const double *from, int n, double by) {
  double *to = take_cleared((size_t)n, sizeof *to); // expect: HP206 low "which the loop then writes whole"
  for (int i = 0; i < n; i++)
    to[i] = from[i] * by;
  return to;
}

/* In a loop. */
int rows(const double *from, int n, int m) {
  int sum = 0;
  for (int k = 0; k < m; k++) {
    double *row = calloc((size_t)n, sizeof *row); // expect: HP206 "each iteration clears the block, which the loop"
    if (!row)
      abort();
    for (int i = 0; i < n; i++)
      row[i] = from[i] + k;
    sum += use_numbers(row, n);
    free(row);
  }
  return sum;
}

/* in some iterations */
void long_names(const char **names, int n) {
  for (int i = 0; i < n; i++) {
    if (names[i][0] == '/') {
      char text[512] = {0}; // expect: HP206 "some iterations clear 512 bytes of text"
      snprintf(text, sizeof text, "%s", names[i]);
      use(text);
    }
  }
}
