/* Nothing to mend: small records, fields that are together already, loops that use all of it,
 * cold loops. */
#include <stdlib.h>

struct small {
  long key;
  char name[40];
  long value;
};

struct small *smalls(size_t n) {
  return calloc(n, sizeof(struct small));
}

long sum(const struct small *s, const int *at, int n) {
  long total = 0;
  for (int i = 0; i < n; i++)
    total += s[at[i]].key + s[at[i]].value;
  return total;
}

struct together {
  struct together *next;
  long key, value;
  char name[100];
};

struct together *together_new(struct together *next, int n) {
  for (int i = 0; i < n; i++) {
    struct together *t = calloc(1, sizeof *t);
    t->next = next;
    next = t;
  }
  return next;
}

long find(const struct together *t, long key) {
  for (; t; t = t->next)
    if (t->key == key)
      return t->value;
  return 0;
}

struct all_of_it {
  long numbers[32];
};

struct all_of_it *many(size_t n) {
  return calloc(n, sizeof(struct all_of_it));
}

long total(const struct all_of_it *a, int n) {
  long t = 0;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 32; k++)
      t += a[i].numbers[k];
  return t;
}

struct job {
  struct job *next;
  char what[100];
  int status;
};

struct job *jobs(struct job *next, int n) {
  for (int i = 0; i < n; i++) {
    struct job *j = calloc(1, sizeof *j);
    j->next = next;
    next = j;
  }
  return next;
}

_Noreturn void give_up(const struct job *j) {
  int worst = 0;
  for (; j; j = j->next)
    worst |= j->status;
  exit(worst);
}
