#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fill(char *buffer, size_t n);
int look(const int *table, int i);
struct point {
  double x, y, z;
};
double length(const struct point *p);

/* Outside of the loop. */
int once(int n, size_t size) {
  char *buffer = alloca(size);
  char local[4096] = {0};
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += fill(buffer, size) + fill(local, sizeof local);
  return sum;
}

/* A variable-length array ends with the iteration. */
int variable(const int *sizes, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    char buffer[sizes[i] + 1];
    sum += fill(buffer, sizeof buffer);
  }
  return sum;
}

/* Large, but not initialised. */
int bare(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    char buffer[8192];
    buffer[0] = 0;
    sum += fill(buffer, sizeof buffer);
  }
  return sum;
}

/* Small objects; tables that are static. */
double small(int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    struct point p = {0};
    static const int primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53,
                                 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109};
    p.x = look(primes, i);
    sum += length(&p);
  }
  return sum;
}

/* Constant: the compiler keeps it in read-only memory. */
int constant(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    const int primes[] = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,
                          43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101};
    sum += look(primes, i);
  }
  return sum;
}

/* A few times, and little of it. */
int few(void) {
  int sum = 0;
  for (int i = 0; i < 4; i++) {
    char *buffer = alloca(128);
    char text[2048] = {0};
    sum += fill(buffer, 128) + fill(text, sizeof text);
  }
  return sum;
}

/* On the way out. */
int failing(const int *values, int n) {
  for (int i = 0; i < n; i++)
    if (values[i] < 0) {
      char text[4096] = {0};
      snprintf(text, sizeof text, "value %d is %d", i, values[i]);
      fputs(text, stderr);
      exit(1);
    }
  return 0;
}
