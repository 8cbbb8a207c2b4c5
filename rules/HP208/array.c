#include <string.h>

int fill(char *buffer, int i);
int look(long *table, int i);

int paths(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    char path[4096] = {0}; // expect: HP208 severity medium "the 4096 bytes of path anew: 64 cache lines"
    sum += fill(path, i);
  }
  return sum;
}

int names(int n) {
  int sum = 0;
  while (n--) {
    char name[1024] = ""; // expect: HP208 low "the 1024 bytes of name"
    sum += fill(name, n);
  }
  return sum;
}

struct request {
  int kind;
  char text[2044];
};
int answer(const struct request *r);

/* In the inner loop of a nest. */
int requests(int n, int m) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < m; k++) {
      struct request r = {.kind = k}; // expect: HP208 severity high "bytes of r"
      sum += answer(&r);
    }
  return sum;
}

/* A table. */
int table(const unsigned char *text, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    long weights[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, // expect: HP208 "bytes of weights"
                           8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2, 7, 9, 5, 0, 2, 8, 8};
    sum += look(weights, text[i]);
  }
  return sum;
}
