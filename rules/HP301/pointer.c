/* A pointer that steps by rows, in a while loop. */
enum { WIDTH = 2000 };

long sum(const int *cells, int rows) {
  long total = 0;
  for (int column = 0; column < WIDTH; column++) {
    const int *at = cells + column;
    int left = rows;
    while (left-- > 0) { // expect: HP301 "8000 bytes"
      total += *at;
      at += WIDTH;
    }
  }
  return total;
}
