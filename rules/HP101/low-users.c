/* A record that so many functions use is not changed for one loop, unless a profile says so. */
#include <stdlib.h>
struct part {
  struct part *next;
  int size, kind;
};
int size_0(const struct part *p) {
  return p->size + 0;
}
int size_1(const struct part *p) {
  return p->size + 1;
}
int size_2(const struct part *p) {
  return p->size + 2;
}
int size_3(const struct part *p) {
  return p->size + 3;
}
int size_4(const struct part *p) {
  return p->size + 4;
}
int size_5(const struct part *p) {
  return p->size + 5;
}
int size_6(const struct part *p) {
  return p->size + 6;
}
int size_7(const struct part *p) {
  return p->size + 7;
}
int add_up(const int *sizes, int n) {
  struct part *first = NULL;
  int sum = 0;
  for (int i = 0; i < n; i++) {
    struct part *p = malloc(sizeof *p);
    p->size = sizes[i];
    p->next = first;
    first = p;
  }
  for (const struct part *p = first; p; p = p->next) // expect: HP101 low
    sum += p->size;
  return sum;
}
