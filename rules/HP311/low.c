/* The size stays: perhaps much has changed. */
#include <stdlib.h>

int compare(const void *a, const void *b);
void move(double *particles, int n);

void simulate(double *particles, int n, int steps) {
  for (int i = 0; i < steps; i++) {
    move(particles, n);
    qsort(particles, (size_t)n, sizeof *particles, compare); // expect: HP311 low
  }
}
