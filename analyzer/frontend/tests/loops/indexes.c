/* Indexes that are loaded or computed by other than sums. See loops_test.c. */
// clang-format off
#include <stddef.h>
#include <stdint.h>
struct rec { int key, next; };
unsigned hash(int);

int gather(const int *a, const int *k, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[k[i]];                                //: load k[i] unit 4; load a[k[i]] indirect via k[i]
  return s;
}

void scatter(int *a, const int *k, int n) {
  for (int i = 0; i < n; i++)                    //: trip <= n
    a[k[i]] = i;                                 //: load k[i] unit 4; store a[k[i]] indirect via k[i]
}

void histogram(unsigned *h, const uint8_t *p, size_t n) {
  for (size_t i = 0; i < n; i++)                 //: trip <= n
    h[p[i]]++;                                   //: load p[i] unit 1; load h[p[i]] indirect via p[i]; store h[p[i]] indirect via p[i]
}

double sparse(const double *v, const double *x, const int *col, const int *start, int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = start[i]; j < start[i + 1]; j++) //: trip <= start[i + 1]; load start[i] unit 4; load start[i + 1] invariant, unit 4
      s += v[j] * x[col[j]];                     //: load v[j] unit 8, indirect via start[i]; load col[j] unit 4, indirect via start[i]; load x[col[j]] indirect via col[j], indirect via col[j]
  return s;
}

int twice_removed(const int *a, const int *k, const int *l, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[k[l[i]]];                             //: load l[i] unit 4; load k[l[i]] indirect via l[i]; load a[k[l[i]]] indirect via k[l[i]]
  return s;
}

int index_list(const struct rec *r, int i) {
  int s = 0;
  while (i >= 0) {                               //: trip ?
    s += r[i].key;                               //: load r[i].key indirect via r[i].next
    i = r[i].next;                               //: load r[i].next indirect via r[i].next
  }
  return s;
}

int remainder_of(const int *a, int n) {
  int s = 0;
  for (int i = 0; i < 100; i++)                  //: trip 100
    s += a[i % n];                               //: load a[i % n] unit wraps 4
  return s;
}

int masked(const int *a, int n, unsigned mask) {
  int s = 0;
  for (unsigned i = 0; i < (unsigned)n; i++)     //: trip <= (unsigned int)n
    s += a[i & mask];                            //: load a[i & mask] unknown
  return s;
}

int ring(const int *a, unsigned head, int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    s += a[head];                                //: load a[head] unit wraps 4
    head = (head + 1) & 63;
  }
  return s;
}

int ring_by_remainder(const int *a, int head, int n, int size) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    s += a[head];                                //: load a[head] unit wraps 4
    head = (head + 1) % size;
  }
  return s;
}

int ring_by_test(const int *a, int head, int n, int size) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    s += a[head];                                //: load a[head] unit wraps 4
    if (++head == size)
      head = 0;
  }
  return s;
}

int probing(const int *t, int key, unsigned mask) {
  unsigned i = hash(key) & mask;
  while (t[i] != 0) {                            //: trip ?; load t[i] unknown
    if (t[i] == key)                             //: load t[i] unknown
      return 1;
    i = (i + 1) & mask;
  }
  return 0;
}

int halves(const int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[i >> 1] + a[i / 2];                   //: load a[i >> 1] unknown; load a[i / 2] unknown
  return s;
}

int pairwise(const int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[i ^ 1];                               //: load a[i ^ 1] unknown
  return s;
}

int shifted_left(const int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[i << 2];                              //: load a[i << 2] strided 16
  return s;
}

int scaled_back(const int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i += 2)                 //: trip <= n
    s += a[i / 2];                               //: load a[i / 2] unit 4
  return s;
}

int squares(const int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[i * i];                               //: load a[i * i] unknown
  return s;
}

int triangular_sum(const int *a, int n) {
  int s = 0, k = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    k += i;
    s += a[k];                                   //: load a[k] unknown
  }
  return s;
}

int binary_search(const int *a, int n, int key) {
  int lo = 0, hi = n;
  while (lo < hi) {                              //: trip ?
    int mid = lo + (hi - lo) / 2;
    if (a[mid] < key)                            //: load a[mid] unknown
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

int heap_up(int *a, int i) {
  while (i > 0 && a[(i - 1) / 2] < a[i])         //: trip ?; load a[(i - 1) / 2] unknown; load a[i] unknown
    i = (i - 1) / 2;
  return i;
}

int computed(const int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[hash(i) & 255];                       //: load a[hash(i) & 255] unknown
  return s;
}

int random_walk(const int *a, int n) {
  unsigned x = 1;
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    x = x * 1664525u + 1013904223u;
    s += a[x >> 24];                             //: load a[x >> 24] unknown
  }
  return s;
}

int table_by_bytes(const uint32_t *table, const uint8_t *p, size_t n) {
  uint32_t c = 0;
  while (n--)                                    //: trip <= n
    c = table[(c ^ *p++) & 255] ^ (c >> 8);      //: load *p unit 1; load table[(c ^ *p) & 255] indirect via *p
  return (int)c;
}

int select_by_flag(const int *a, const int *b, int n, int which) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    const int *p = which ? a : b;
    s += p[i];                                   //: load p[i] unit 4
  }
  return s;
}

int rows_in_turn(const int *a, const int *b, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += (i & 1 ? a : b)[i];                     //: load %12[i] unknown
  return s;
}

int swapped_buffers(int *a, int *b, int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    int *t = a;
    s += a[i];                                   //: load a[i] unknown
    a = b;
    b = t;
  }
  return s;
}

int previous(const int *a, int n) {
  int s = 0, last = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    s += a[last];                                //: load a[last] unit wraps 4
    last = i;
  }
  return s;
}

int wraps_to_the_end(const int *a, int n) {
  int s = 0, last = n - 1;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    s += a[i] - a[last];                         //: load a[i] unit 4; load a[last] unit wraps 4
    last = i;
  }
  return s;
}

int probing_by_test(const int *t, int key) {
  unsigned h = hash(key) % 124;
  while (t[h] != 0) {                            //: trip ?; load t[h] unit wraps 4
    if (t[h] == key)                             //: load t[h] unit wraps 4
      return 1;
    h++;
    if (h >= 124)
      h = 0;
  }
  return 0;
}
