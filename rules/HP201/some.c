/* Taken on some of the ways through an iteration: not "each iteration", and low where the program's
 * text does not say that it is most of them. */
#include <stdlib.h>
#include <string.h>

extern int weigh(const char *bytes, int n);

int all(const char *const *from, const int *lengths, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    char small[16], *copy = NULL;
    int length = lengths[i];
    if (length < 8) {
      memcpy(small, from[i], 8);
      sum += weigh(small, length);
    } else {
      copy = malloc((size_t)length); // expect: HP201 low "some iterations take"
      if (!copy)
        return -1;
      memcpy(copy, from[i], (size_t)length);
      sum += weigh(copy, length);
      free(copy);
    }
  }
  return sum;
}
