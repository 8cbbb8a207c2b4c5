/* The program behind the recorded profiles in this folder: inlined functions, recursion of one and of
 * two functions, calls into the C library. `sample ROUNDS N` */
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 100000 };
static volatile int sink;

static inline int square(int x) {
  return x * x % 7919;
}

static inline __attribute__((always_inline)) int cube(int x) {
  int s = square(x);
  return s * x;
}

__attribute__((noinline)) static long hot(const int *a, int n) {
  long t = 0;
  for (int i = 0; i < n; i++)
    t += cube(a[i]) ^ sink;
  return t;
}

__attribute__((noinline)) static int fib(int n) {
  if (n < 2)
    return n;
  return fib(n - 1) + fib(n - 2);
}

static int odd(int n);
__attribute__((noinline)) static int even(int n) {
  sink++;
  return n == 0 ? 1 : odd(n - 1) + 1;
}
__attribute__((noinline)) static int odd(int n) {
  sink++;
  return n == 0 ? 0 : even(n - 1) + 1;
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 100, n = argc > 2 ? atoi(argv[2]) : 25;
  int *a = malloc(COUNT * sizeof *a);
  for (int i = 0; i < COUNT; i++)
    a[i] = rand() % 1000;
  long t = 0;
  for (int k = 0; k < rounds; k++)
    t += hot(a, COUNT);
  t += fib(n);
  for (int k = 0; k < rounds; k++)
    t += even(10);
  printf("%ld\n", t);
  free(a);
  return 0;
}
