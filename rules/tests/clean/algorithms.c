/* Textbook code over arrays, as it should be. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* binary heap */
struct event {
  double when;
  int what;
};
struct queue {
  struct event *heap;
  size_t count, room;
};
int queue_add(struct queue *q, struct event e) {
  if (q->count == q->room) {
    size_t room = q->room ? q->room + q->room / 2 : 64;
    struct event *heap = realloc(q->heap, room * sizeof *heap);
    if (!heap)
      return -1;
    q->heap = heap;
    q->room = room;
  }
  size_t at = q->count++;
  while (at && q->heap[(at - 1) / 2].when > e.when) {
    q->heap[at] = q->heap[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  q->heap[at] = e;
  return 0;
}
struct event queue_take(struct queue *q) {
  struct event first = q->heap[0], last = q->heap[--q->count];
  size_t at = 0, child;
  while ((child = 2 * at + 1) < q->count) {
    child += child + 1 < q->count && q->heap[child + 1].when < q->heap[child].when;
    if (q->heap[child].when >= last.when)
      break;
    q->heap[at] = q->heap[child];
    at = child;
  }
  q->heap[at] = last;
  return first;
}

/* union-find by index */
int root_of(int *parent, int i) {
  while (parent[i] != i) {
    parent[i] = parent[parent[i]];
    i = parent[i];
  }
  return i;
}

/* merge sort with one scratch array for all levels */
static void merge_sort(int *a, int *scratch, size_t n) {
  if (n < 2)
    return;
  size_t half = n / 2, i = 0, j = half, k = 0;
  merge_sort(a, scratch, half);
  merge_sort(a + half, scratch, n - half);
  memcpy(scratch, a, n * sizeof *a);
  while (i < half && j < n)
    a[k++] = scratch[i] <= scratch[j] ? scratch[i++] : scratch[j++];
  while (i < half)
    a[k++] = scratch[i++];
  while (j < n)
    a[k++] = scratch[j++];
}
int sort(int *a, size_t n) {
  int *scratch = malloc(n * sizeof *scratch);
  if (!scratch)
    return -1;
  merge_sort(a, scratch, n);
  free(scratch);
  return 0;
}

/* insertion sort of a few */
void sort_few(int *a) {
  for (int i = 1; i < 12; i++) {
    int x = a[i], k = i;
    for (; k > 0 && a[k - 1] > x; k--)
      a[k] = a[k - 1];
    a[k] = x;
  }
}

/* counts of bytes: the table stays in the cache */
void radix_pass(const uint32_t *in, uint32_t *out, size_t n, int shift) {
  size_t at[256] = {0}, sum = 0;
  for (size_t i = 0; i < n; i++)
    at[in[i] >> shift & 255]++;
  for (int i = 0; i < 256; i++) {
    size_t count = at[i];
    at[i] = sum;
    sum += count;
  }
  for (size_t i = 0; i < n; i++)
    out[at[in[i] >> shift & 255]++] = in[i];
}

/* open addressing */
struct set {
  uint32_t *keys;
  size_t mask, count;
};
bool set_has(const struct set *s, uint32_t key) {
  for (size_t i = key * 2654435761u & s->mask; s->keys[i]; i = (i + 1) & s->mask)
    if (s->keys[i] == key)
      return true;
  return false;
}
static void put(uint32_t *keys, size_t mask, uint32_t key) {
  size_t i = key * 2654435761u & mask;
  while (keys[i])
    i = (i + 1) & mask;
  keys[i] = key;
}
int set_add(struct set *s, uint32_t key) {
  if (set_has(s, key))
    return 0;
  if (2 * (s->count + 1) > s->mask) {
    size_t mask = 2 * s->mask + 1;
    uint32_t *keys = calloc(mask + 1, sizeof *keys);
    if (!keys)
      return -1;
    for (size_t i = 0; i <= s->mask && s->keys; i++)
      if (s->keys[i])
        put(keys, mask, s->keys[i]);
    free(s->keys);
    s->keys = keys;
    s->mask = mask;
  }
  put(s->keys, s->mask, key);
  s->count++;
  return 1;
}

/* breadth first over an adjacency in one array */
int reach(const int *first, const int *to, int n, int from, char *seen, int *queue) {
  int head = 0, tail = 0;
  memset(seen, 0, (size_t)n);
  queue[tail++] = from;
  seen[from] = 1;
  while (head < tail) {
    int node = queue[head++];
    for (int e = first[node]; e < first[node + 1]; e++)
      if (!seen[to[e]]) {
        seen[to[e]] = 1;
        queue[tail++] = to[e];
      }
  }
  return tail;
}

/* matrices: the innermost loop runs along rows */
void multiply(double *restrict c, const double *restrict a, const double *restrict b, int n) {
  memset(c, 0, (size_t)n * (size_t)n * sizeof *c);
  for (int i = 0; i < n; i++)
    for (int k = 0; k < n; k++) {
      double f = a[i * n + k];
      for (int j = 0; j < n; j++)
        c[i * n + j] += f * b[k * n + j];
    }
}
bool eliminate(double (*m)[64], double *x, int n) {
  for (int k = 0; k < n; k++) {
    int best = k;
    for (int i = k + 1; i < n; i++)
      if (m[i][k] > m[best][k])
        best = i;
    if (m[best][k] == 0)
      return false;
    for (int j = 0; j < n; j++) {
      double t = m[k][j];
      m[k][j] = m[best][j];
      m[best][j] = t;
    }
    for (int i = k + 1; i < n; i++) {
      double f = m[i][k] / m[k][k];
      for (int j = k; j < n; j++)
        m[i][j] -= f * m[k][j];
      x[i] -= f * x[k];
    }
  }
  return true;
}

/* edit distance with two rows */
int distance(const char *a, const char *b, int *row, int n) {
  for (int j = 0; j <= n; j++)
    row[j] = j;
  for (int i = 0; a[i]; i++) {
    int corner = row[0];
    row[0] = i + 1;
    for (int j = 0; j < n; j++) {
      int up = row[j + 1], best = corner + (a[i] != b[j]);
      best = best < up + 1 ? best : up + 1;
      best = best < row[j] + 1 ? best : row[j] + 1;
      corner = up;
      row[j + 1] = best;
    }
  }
  return row[n];
}

/* sieve, prefix sums, run lengths */
size_t sieve(unsigned char *composite, size_t n) {
  size_t count = 0;
  memset(composite, 0, n);
  for (size_t i = 2; i < n; i++) {
    if (composite[i])
      continue;
    count++;
    for (size_t k = i * i; k < n; k += i)
      composite[k] = 1;
  }
  return count;
}
void prefix(long *a, size_t n) {
  for (size_t i = 1; i < n; i++)
    a[i] += a[i - 1];
}
size_t runs(const char *in, size_t n, char *out) {
  size_t at = 0;
  for (size_t i = 0; i < n;) {
    size_t end = i + 1;
    while (end < n && in[end] == in[i] && end - i < 255)
      end++;
    out[at++] = (char)(end - i);
    out[at++] = in[i];
    i = end;
  }
  return at;
}
