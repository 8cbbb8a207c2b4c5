/* Arrays that the loop itself fills, searched for each item. */
#include <stddef.h>

struct item {
  int id;
  double value;
};

size_t unique(int *out, const int *in, size_t n) {
  size_t m = 0;
  for (size_t i = 0; i < n; i++) {
    size_t j;
    for (j = 0; j < m; j++) // expect: HP308 low "searches the array out from its start, and what it goes through grows"
      if (out[j] == in[i])
        break;
    if (j == m)
      out[m++] = in[i];
  }
  return m;
}

/* Each one is compared with all before it. */
int has_double(const struct item *items, int n) {
  for (int i = 1; i < n; i++) {
    int j = 0;
    while (j < i && items[j].id != items[i].id) // expect: HP308 low "n * n / 2 comparisons"
      j++;
    if (j < i)
      return 1;
  }
  return 0;
}
