/* Counters: constant and symbolic trip counts, widths, wrap-around. See loops_test.c. */
// clang-format off
#include <stddef.h>
#include <stdint.h>
int sink(int);

int up(int *a) {
  int s = 0;
  for (int i = 0; i < 10; i++)                   //: trip 10
    s += a[i];                                   //: load a[i] unit 4
  return s;
}

int up_by_three(int *a) {
  int s = 0;
  for (int i = 1; i < 10; i += 3)                //: trip 3
    s += a[i];                                   //: load a[i] strided 12
  return s;
}

int symbolic(int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[i];                                   //: load a[i] unit 4
  return s;
}

int down_countdown(int *a, int n) {
  int s = 0;
  while (n--)                                    //: trip <= n
    s += a[n];                                   //: load a[n] unit -4
  return s;
}

int down_for(int *a, int n) {
  int s = 0;
  for (int i = n; i > 0; i--)                    //: trip <= n
    s += a[i - 1];                               //: load a[i - 1] unit -4
  return s;
}

int down_unsigned(int *a, unsigned n) {
  int s = 0;
  for (unsigned i = n; i-- > 0;)                 //: trip <= n
    s += a[i];                                   //: load a[i] unit -4
  return s;
}

int down_size(const char *a, size_t n) {
  int s = 0;
  while (n-- > 0)                                //: trip <= n
    s += a[n];                                   //: load a[n] unit -1
  return s;
}

int reversed_index(int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[n - 1 - i];                           //: load a[n - 1 - i] unit -4
  return s;
}

int do_while(int *a) {
  int s = 0, i = 0;
  do {                                           //: trip 8
    s += a[i];                                   //: load a[i] unit 4
  } while (++i < 8);
  return s;
}

int two_counters(int *a, int *b, int n) {
  int i = 0, j = 0, s = 0;
  while (i < n && j < n) {                       //: trip <= n
    s += a[i] - b[j];                            //: load a[i] strided 8; load b[j] unit 4
    i += 2;
    j++;
  }
  return s;
}

int opposite(char *a, int n) {
  int i = 0, j = n - 1;
  while (i < j) {                                //: trip <= j
    char t = a[i];                               //: load a[i] unit 1
    a[i] = a[j];                                 //: load a[j] unit -1; store a[i] unit 1
    a[j] = t;                                    //: store a[j] unit -1
    i++;
    j--;
  }
  return 0;
}

int unsigned_bounded(int *a, unsigned n) {
  int s = 0;
  for (unsigned i = 0; i < n; i++)               //: trip <= n
    s += a[i];                                   //: load a[i] unit 4
  return s;
}

/* Nothing keeps i from passing 2^32. */
int unsigned_unbounded(int *a, unsigned i) {
  int s = 0;
  for (;; i += 3) {                              //: trip ?
    if (a[i] == 0)                               //: load a[i] strided wraps 12
      return s;
    s += a[i];                                   //: load a[i] strided wraps 12
  }
}

/* Unsigned, from n up to the next multiple of nothing: != may pass 2^32 on its way. */
int unsigned_not_equal(int *a, unsigned n, unsigned m) {
  int s = 0;
  for (unsigned i = n; i != m; i++)              //: trip ?
    s += a[i];                                   //: load a[i] unit wraps 4
  return s;
}

/* Starts over after 255. */
int byte_wraps(int *a, int n) {
  int s = 0;
  uint8_t i = 0;
  while (n-- > 0)                                //: trip <= n
    s += a[i++];                                 //: load a[i] unit wraps 4
  return s;
}

int byte_bounded(int *a) {
  int s = 0;
  for (uint8_t i = 0; i < 200; i++)              //: trip 200
    s += a[i];                                   //: load a[i] unit 4
  return s;
}

int byte_never_ends(int *a) {
  int s = 0;
  for (uint8_t i = 0; i < 256; i++)              //: trip ?
    s += a[i];                                   //: load a[i] unit wraps 4
  return s;
}

int short_bounded_by_variable(int *a, uint16_t n) {
  int s = 0;
  for (uint16_t i = 0; i < n; i++)               //: trip <= n
    s += a[i];                                   //: load a[i] unit 4
  return s;
}

int short_wraps(int *a, int n) {
  int s = 0;
  uint16_t k = 7;
  for (int i = 0; i < n; i++, k += 2)            //: trip <= n
    s += a[k];                                   //: load a[k] strided wraps 8
  return s;
}

int short_starts_over(int *a, int n) {
  int s = 0;
  for (uint16_t i = 0; i < n; i++)               //: trip ?
    s += a[i];                                   //: load a[i] unit wraps 4
  return s;
}

int signed_long(double *a, long n) {
  double s = 0;
  for (long i = 0; i < n; i++)                   //: trip <= n
    s += a[i];                                   //: load a[i] unit 8
  return (int)s;
}

int mixed_widths(double *a, size_t n) {
  double s = 0;
  for (int i = 0; (size_t)i < n; i++)            //: trip <= n
    s += a[(long)i];                             //: load a[(long)i] unit 8
  return (int)s;
}

int mixed_unsigned(double *a, int n) {
  double s = 0;
  for (size_t i = 0; i < (size_t)n; i++)         //: trip <= (size_t)n
    s += a[i];                                   //: load a[i] unit 8
  return (int)s;
}

int narrowed(int *a, long n) {
  int s = 0;
  for (long i = 0; i < n; i++)                   //: trip <= n
    s += a[(int)i];                              //: load a[(int)i] unit wraps 4
  return s;
}

int narrowed_to_byte(int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[(uint8_t)i];                          //: load a[(uint8_t)i] unit wraps 4
  return s;
}

int masked_in_range(int *a) {
  int s = 0;
  for (int i = 0; i < 16; i++)                   //: trip 16
    s += a[i & 15] + a[(uint8_t)i];              //: load a[i & 15] unit 4; load a[(uint8_t)i] unit 4
  return s;
}

int doubling(int *a, int n) {
  int s = 0;
  for (int i = 1; i < n; i *= 2)                 //: trip ?
    s += a[i];                                   //: load a[i] unknown
  return s;
}

int doubling_constant(int *a) {
  int s = 0;
  for (int i = 1; i < 1000; i *= 2)              //: trip 10
    s += a[i];                                   //: load a[i] unknown
  return s;
}

int halving_constant(int *a) {
  int s = 0;
  for (unsigned i = 1024; i; i >>= 1)            //: trip 11
    s += a[i];                                   //: load a[i] unknown
  return s;
}

int dividing(int *a, int n) {
  int s = 0;
  for (; n > 0; n /= 10)                         //: trip ?
    s += a[n];                                   //: load a[n] unknown
  return s;
}

int bits(unsigned v) {
  int n = 0;
  for (unsigned bit = 1; bit; bit <<= 1)         //: trip 32
    n += (v & bit) != 0;
  return n;
}

int step_unknown(int *a, int n, int step) {
  int s = 0;
  for (int i = 0; i < n; i += step)              //: trip <= n
    s += a[i];                                   //: load a[i] symbolic 4 * step
  return s;
}

int exit_by_break(int *a, int n) {
  int s = 0;
  for (int i = 0; i < 100; i++) {                //: trip 100
    if (a[i] == n)                               //: load a[i] unit 4
      break;
    s += a[i];                                   //: load a[i] unit 4
  }
  return s;
}

int with_continue(int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    if (a[i] < 0)                                //: load a[i] unit 4
      continue;
    s += a[i];                                   //: load a[i] unit 4
  }
  return s;
}

int early_return(int *a, int n, int key) {
  for (int i = 0; i < n; i++)                    //: trip <= n
    if (a[i] == key)                             //: load a[i] unit 4
      return i;
  return -1;
}

int unrolled(int *a, int n) {
  int s = 0;
  for (int i = 0; i + 3 < n; i += 4)             //: trip <= n
    s += a[i] + a[i + 1] + a[i + 2] + a[i + 3];  //: load a[i] strided 16; load a[i + 1] strided 16; load a[i + 2] strided 16; load a[i + 3] strided 16
  return s;
}

int conditional_step(int *a, int n) {
  int k = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    if (a[i])                                    //: load a[i] unit 4
      a[k++] = a[i];                             //: load a[i] unit 4; store a[k] unknown
  return k;
}

int both_ways(int *a, int n) {
  int s = 0, k = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    s += a[k];                                   //: load a[k] strided 8
    if (s > 100) {
      k += 2;
      s = 0;
    } else {
      k += 2;
    }
  }
  return s;
}

int from_n_four(int *a, int n) {
  int s = 0;
  for (int i = n; i < n + 4; i++)                //: trip 4
    s += a[i];                                   //: load a[i] unit 4
  return s;
}

int never(int *a) {
  int s = 0;
  for (int i = 5; i < 5; i++)                    //: trip 0
    s += a[i];                                   //: load a[i] unit 4
  return s;
}

int passes_the_mark(int *a) {
  int s = 0;
  for (int i = 0; i != 10; i += 4)               //: trip ?
    s += a[i];                                   //: load a[i] strided 16
  return s;
}

int lockstep(int *a, int n) {
  int s = 0, k = 5;
  for (int i = 0; i < n; i++, k += 3)            //: trip <= n
    s += a[k - i];                               //: load a[k - i] strided 8
  return s;
}

int tested_with_more(const int *a, unsigned k, unsigned more, unsigned n) {
  int s = 0;
  while (k + more < n)                           //: trip <= n
    s += a[k++];                                 //: load a[k] unit 4
  return s;
}
