/* Neighbours that change places: a sort, slow as it may be, and no gap that opens or closes. */
enum { COLORS = 4096 };

void bubble(unsigned char *order, const unsigned *uses, int n, int most) {
  for (int i = n - 1; i >= most; i--) {
    int done = 1;
    for (int j = 0; j < i; j++)
      if (uses[order[j]] < uses[order[j + 1]]) {
        unsigned char t = order[j];
        order[j] = order[j + 1];
        order[j + 1] = t;
        done = 0;
      }
    if (done)
      break;
  }
}

static int sorted[COLORS];

void sort_all(void) {
  for (int i = COLORS; i > 0; i--)
    for (int j = 1; j < i; j++)
      if (sorted[j - 1] > sorted[j]) {
        int t = sorted[j];
        sorted[j] = sorted[j - 1];
        sorted[j - 1] = t;
      }
}
