/* Arrays in the order in which they lie, however that is written. */
#include <stddef.h>
#include <string.h>

enum { ROWS = 700, COLUMNS = 900 };

#define EACH(item, array, n) for (size_t i_ = 0; i_ < (n) && ((item) = &(array)[i_], 1); i_++)
#define EACH_PTR(p, a)                                                                             \
  for (__typeof__(&(a)->items[0]) p = (a)->items; p != (a)->items + (a)->count; p++)

struct colour {
  unsigned char red, green, blue, alpha;
};
struct image {
  struct colour *items;
  size_t count;
};

unsigned long red(struct colour *all, size_t n) {
  unsigned long sum = 0;
  struct colour *c;
  EACH(c, all, n)
  sum += c->red;
  return sum;
}

void fade(struct image *image) {
  EACH_PTR(c, image) {
    c->red /= 2;
    c->green /= 2;
    c->blue /= 2;
  }
}

/* a cursor with a method */
struct cursor {
  const int *at, *end;
};
static int cursor_more(const struct cursor *c) {
  return c->at < c->end;
}
static int cursor_take(struct cursor *c) {
  return *c->at++;
}
long total(const int *values, size_t n) {
  struct cursor c = {values, values + n};
  long sum = 0;
  while (cursor_more(&c))
    sum += cursor_take(&c);
  return sum;
}

/* sentinels */
size_t words(const char *text) {
  size_t n = 0;
  while (*text) {
    while (*text == ' ')
      text++;
    n += *text != 0;
    while (*text && *text != ' ')
      text++;
  }
  return n;
}
int find_name(const char *const *names, const char *name) {
  int at = 0;
  for (; *names; names++, at++)
    if (!strcmp(*names, name))
      return at;
  return -1;
}
double until_negative(const double *v) {
  double sum = 0;
  do
    sum += *v;
  while (*++v >= 0);
  return sum;
}

/* transposes: one side has to stride */
void transpose(float (*restrict to)[ROWS], const float (*restrict from)[COLUMNS]) {
  for (int r = 0; r < ROWS; r++)
    for (int c = 0; c < COLUMNS; c++)
      to[c][r] = from[r][c];
}
void transpose_tiles(float *restrict to, const float *restrict from, int n) {
  for (int bi = 0; bi < n; bi += 16)
    for (int bj = 0; bj < n; bj += 16)
      for (int i = bi; i < bi + 16 && i < n; i++)
        for (int j = bj; j < bj + 16 && j < n; j++)
          to[j * n + i] = from[i * n + j];
}
void rotate(unsigned *restrict to, const unsigned *restrict from, int width, int height) {
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      to[(size_t)x * (size_t)height + (size_t)(height - 1 - y)] =
          from[(size_t)y * (size_t)width + (size_t)x];
}

/* row by row, with row pointers worked out */
double energy(const double *m, size_t rows, size_t columns, size_t pitch) {
  double sum = 0;
  for (size_t r = 0; r < rows; r++) {
    const double *row = m + r * pitch;
    for (size_t c = 0; c < columns; c++)
      sum += row[c] * row[c];
  }
  return sum;
}

/* small constant tables */
static const char *const levels[] = {"debug", "info", "warning", "error"};
int level_of(const char *name) {
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    if (!strcmp(levels[i], name))
      return (int)i;
  return -1;
}
int count_errors(const char *const *lines, int n) {
  int errors = 0;
  for (int i = 0; i < n; i++)
    errors += level_of(lines[i]) == 3;
  return errors;
}
static const signed char value_of[256] = {['0'] = 0, ['1'] = 1, ['2'] = 2};
long decode(const unsigned char *text, size_t n) {
  long sum = 0;
  for (size_t i = 0; i < n; i++)
    sum = sum * 16 + value_of[text[i]];
  return sum;
}
static const int steps[4][2] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
int neighbours(unsigned char (*board)[64], int x, int y) {
  int n = 0;
  for (int i = 0; i < 4; i++)
    n += board[(y + steps[i][1]) & 63][(x + steps[i][0]) & 63] != 0;
  return n;
}
