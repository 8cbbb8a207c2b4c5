/* Copies that are small, needed, made once, or none once optimised. */
struct small {
  double values[8];
};
double norm(struct small s);

double norms(const struct small *all, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += norm(all[i]);
  return sum;
}

struct large {
  long key;
  double values[40];
};

/* Two elements change places; elements move up. */
void sort(struct large *all, int n) {
  for (int i = 1; i < n; i++)
    for (int k = i; k > 0 && all[k].key < all[k - 1].key; k--) {
      struct large t = all[k];
      all[k] = all[k - 1];
      all[k - 1] = t;
    }
}

/* The copy is changed. */
double scaled(struct large l, double by) {
  double sum = 0;
  for (int i = 0; i < 40; i++)
    sum += l.values[i] *= by;
  return sum;
}

double all_scaled(const struct large *all, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += scaled(all[i], 2);
  return sum;
}

/* Kept: an array is filled in. */
void fill(struct large *all, int n, const struct large *what) {
  for (int i = 0; i < n; i++)
    all[i] = *what;
}

/* A local whose fields are read is no memory. */
long keys(const struct large *all, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++) {
    struct large l = all[i];
    sum += l.key;
  }
  return sum;
}

/* Once. */
double once(struct large l) {
  return l.values[0];
}

double call_once(const struct large *l) {
  return once(*l);
}

/* A constructor builds it in the caller's place. */
struct large make(long key) {
  struct large l = {.key = key};
  for (int i = 0; i < 40; i++)
    l.values[i] = (double)(key + i);
  return l;
}

void make_all(struct large *all, int n) {
  for (int i = 0; i < n; i++)
    all[i] = make(i);
}

/* A snapshot: the loop changes the original. */
double use(const struct large *l);

double snapshots(struct large *l, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    struct large before = *l;
    l->values[i % 40] += 1;
    sum += use(&before);
  }
  return sum;
}

/* On the way to an error. */
void complain(struct large l);
#include <stdlib.h>

int check(const struct large *all, int n) {
  for (int i = 0; i < n; i++)
    if (all[i].key < 0) {
      complain(all[i]);
      exit(1);
    }
  return 0;
}
