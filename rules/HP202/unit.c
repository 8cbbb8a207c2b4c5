#include "unit.h"

/* The function is in another unit. */
long sum_all(const char *const *words, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    sum += hash_folded(words[i]); // expect: HP202 "hash_folded"
  return sum;
}
