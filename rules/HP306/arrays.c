/* Arrays that are made for the next loop. */
#include <stdlib.h>

struct point {
  double x, y;
};

double total(const double *a, size_t n) {
  double *squares = malloc(n * sizeof *squares); // expect: HP306 severity low "squares is filled by the loop at line 13 and read once, in the same order, by the one at line 15"
  double sum = 0;
  if (!squares)
    return -1;
  for (size_t i = 0; i < n; i++)
    squares[i] = a[i] * a[i];
  for (size_t i = 0; i < n; i++)
    sum += squares[i];
  free(squares);
  return sum;
}

double far(const struct point *points, int n) {
  struct point *moved = calloc((size_t)n, sizeof *moved); // expect: HP306 "is filled by the loop at line 25"
  double most = 0;
  int i = 0;
  while (i < n) {
    moved[i].x = points[i].x - 1;
    moved[i].y = points[i].y - 1;
    i++;
  }
  for (i = 0; i < n; i++)
    if (moved[i].x + moved[i].y > most)
      most = moved[i].x + moved[i].y;
  free(moved);
  return most;
}

#define EACH(i, n) for (long i = 0; i < (n); i++)

static long *numbers(long n) {
  return malloc((size_t)n * sizeof(long));
}

long odd(const int *a, long n) {
  long *doubled = numbers(n), count = 0; // expect: HP306 "doubled is filled"
  EACH(i, n)
    doubled[i] = 2L * a[i] + 1;
  EACH(i, n)
    count += doubled[i] % 3 == 0;
  free(doubled);
  return count;
}
