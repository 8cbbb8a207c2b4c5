/* Pointers that move, strings, arrays of records. See loops_test.c. */
// clang-format off
#include <stddef.h>
#include <string.h>
struct rec { int x, y; double z; };
struct vec { float e[4]; };
struct soa { int *x; int *y; int n; };
void use(void *);

int increments(int *p, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += *p++;                                   //: load *p unit 4
  return s;
}

int by_two(int *p, int *end) {
  int s = 0;
  for (; p < end; p += 2)                        //: trip <= end
    s += *p + p[1];                              //: load *p strided 8; load p[1] strided 8
  return s;
}

int to_the_end(int *p, int n) {
  int s = 0, *end = p + n;
  while (p != end)                               //: trip <= end
    s += *p++;                                   //: load *p unit 4
  return s;
}

int sixteen(int *p) {
  int s = 0, *end = p + 16;
  while (p < end)                                //: trip 16
    s += *p++;                                   //: load *p unit 4
  return s;
}

int backwards(int *p, int n) {
  int s = 0;
  for (int *q = p + n; q > p;)                   //: trip <= p
    s += *--q;                                   //: load *q unit -4
  return s;
}

size_t length(const char *s) {
  const char *p = s;
  while (*p)                                     //: trip ?; load *p unit 1
    p++;
  return (size_t)(p - s);
}

void copy_string(char *to, const char *from) {
  while ((*to++ = *from++))                      //: trip ?; load *from unit 1; store *to unit 1
    ;
}

int sentinel(int *a, int key) {
  int i = 0;
  while (a[i] != key)                            //: trip ?; load a[i] unit 4
    i++;
  return i;
}

int length_in_test(const char *s) {
  int n = 0;
  for (size_t i = 0; i < strlen(s); i++)         //: trip <= strlen(s)
    n += s[i] == ' ';                            //: load s[i] unit 1
  return n;
}

int fields(struct rec *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[i].x + a[i].y;                        //: load a[i].x strided 16; load a[i].y strided 16
  return s;
}

int fields_by_pointer(struct rec *p, struct rec *end) {
  int s = 0;
  for (; p < end; p++)                           //: trip <= end
    s += p->y;                                   //: load p->y strided 16
  return s;
}

void element_copies(struct rec *to, const struct rec *from, int n) {
  for (int i = 0; i < n; i++)                    //: trip <= n
    to[i] = from[2 * i];                         //: store to[i] unit 16; load from[2 * i] strided 32
}

void element_memcpy(struct rec *to, const struct rec *from, int n) {
  for (int i = 0; i < n; i++)                    //: trip <= n
    memcpy(&to[i], &from[i], sizeof *to);
}

float vectors(struct vec *v, int n) {
  float s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int k = 0; k < 4; k++)                  //: trip 4
      s += v[i].e[k];                            //: load v[i].e[k] unit 4, strided 16
  return s;
}

int arrays_of_fields(struct soa *s) {
  int sum = 0;
  for (int i = 0; i < s->n; i++)                 //: trip <= s->n; load s->n invariant
    sum += s->x[i] * s->y[i];                    //: load s->x invariant; load s->x[i] unit 4; load s->y invariant; load s->y[i] unit 4
  return sum;
}

int bytes_of(const void *data, size_t size) {
  const unsigned char *p = data;
  unsigned h = 0;
  while (size--)                                 //: trip <= size
    h = h * 31 + *p++;                           //: load *p unit 1
  return (int)h;
}

int difference(int *a, int *p, int n) {
  int s = 0;
  for (int i = 0; i < n; i++, p++)               //: trip <= n
    s += a[p - a];                               //: load a[p - a] unit 4
  return s;
}

int moved_now_and_then(const int *p, int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    s += *p;                                     //: load *p unknown
    if (s > 10)
      p++;
  }
  return s;
}

int by_length(const unsigned char *p, const unsigned char *end) {
  int n = 0;
  for (; p < end; p += *p)                       //: trip ?; load *p unknown
    n++;
  return n;
}

struct rec *last_of(struct rec *p, int n) {
  struct rec *q = NULL;
  for (struct rec *r = p; r != p + n; r++)       //: trip <= &p[n]
    if (r->x > 0)                                //: load r->x strided 16
      q = r;
  return q;
}

void through_char(char *base, int n) {
  for (int i = 0; i < n; i++)                    //: trip <= n
    ((struct rec *)(base + (size_t)i * sizeof(struct rec)))->x = 0; //: store ((struct rec *)&base[(size_t)i * 16])->x strided 16
}

void stencil(double *to, const double *a, int n) {
  for (int i = 1; i < n - 1; i++)                //: trip <= n - 1
    to[i] = (a[i - 1] + a[i] + a[i + 1]) / 3;    //: load a[i - 1] unit 8; load a[i] unit 8; load a[i + 1] unit 8; store to[i] unit 8
}

void windows(const char *s, size_t n) {
  for (const char *p = s; (size_t)(p - s) < n; p += 8) //: trip <= n
    use((void *)p);
}

double complexes(const double *a, int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[2 * i] * a[2 * i + 1];                //: load a[2 * i] strided 16; load a[2 * i + 1] strided 16
  return s;
}

double pairs(const double (*a)[2], int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[i][0] * a[i][1];                      //: load a[i][0] strided 16; load a[i][1] strided 16
  return s;
}
