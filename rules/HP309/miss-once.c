/* One shift and out, a small constant array, gaps closed in one pass, a buffer whose used part goes
 * as a whole, rows of their own. */
#include <string.h>

int remove_one(int *a, int n, int bad) {
  for (int i = 0; i < n; i++)
    if (a[i] == bad) {
      memmove(a + i, a + i + 1, (size_t)(n - i - 1) * sizeof *a);
      return n - 1;
    }
  return n;
}

static int recent[8];

void remember(const int *values, int n) {
  for (int i = 0; i < n; i++) {
    memmove(recent + 1, recent, sizeof recent - sizeof *recent);
    recent[0] = values[i];
  }
}

void average(const double *in, double *out, int n) {
  double window[16] = {0};
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int k = 15; k > 0; k--)
      window[k] = window[k - 1];
    window[0] = in[i];
    for (int k = 0; k < 16; k++)
      sum += window[k];
    out[i] = sum / 16;
  }
}

int compact(int *a, int n, int bad) {
  int kept = 0;
  for (int i = 0; i < n; i++)
    if (a[i] != bad)
      a[kept++] = a[i];
  return kept;
}

size_t take_line(char *text, size_t length);
size_t fill(char *text, size_t length);

void read_lines(char *buffer, size_t length) {
  while (length) {
    size_t used = take_line(buffer, length);
    memmove(buffer, buffer + used, length - used);
    length = fill(buffer, length - used);
  }
}

void shift_rows(int (*rows)[1000], int n) {
  for (int i = 0; i < n; i++)
    memmove(rows[i], rows[i] + 1, 999 * sizeof(int));
}

/* never more than sixteen */
struct pool {
  int best[16];
  int used;
};

static void keep(struct pool *p, int value, int at) {
  memmove(p->best + at + 1, p->best + at, sizeof(int) * (size_t)(16 - at - 1));
  p->best[at] = value;
}

void keep_all(struct pool *p, const int *values, int n) {
  for (int i = 0; i < n; i++)
    keep(p, values[i], values[i] & 15);
}

int step(int state);

/* a way to try again */
int resolve(int *stack, int top, int state) {
retry:
  if (state < 0) {
    for (int i = top; i > 0; i--)
      stack[i] = stack[i - 1];
    state = step(state);
    goto retry;
  }
  return state;
}
