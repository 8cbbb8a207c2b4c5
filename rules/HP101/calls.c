/* What a step calls may cost far more than the wait for the next node; what it calls now and then
 * does not count. */
struct item {
  struct item *next;
  int n;
  int *values;
};

extern void *twin(struct item *p);

int total(const struct item *p) {
  int sum = 0;
  for (int i = 0; i < p->n; i++)
    sum += p->values[i];
  return sum;
}

int depth_of(const struct item *p, int n) {
  return n ? depth_of(p, n / 2) + 1 : p->n;
}

static int by_way_of(const struct item *p) {
  return total(p) + 1;
}

int totals(const struct item *p) {
  int sum = 0;
  for (; p; p = p->next) // expect: HP101 low
    sum += total(p);
  return sum;
}

int far_totals(const struct item *p) {
  int sum = 0;
  for (; p; p = p->next) // expect: HP101 low
    sum += by_way_of(p);
  return sum;
}

int depths(const struct item *p) {
  int sum = 0;
  for (; p; p = p->next) // expect: HP101 low
    sum += depth_of(p, p->n);
  return sum;
}

int some_totals(const struct item *p) {
  int sum = 0;
  for (; p; p = p->next) // expect: HP101 "of 24 bytes"
    if (p->n == 12)
      sum += total(p);
  return sum;
}

void on_oom(struct item *p) {
  for (; p; p = p->next) // expect: HP101
    p->n = 0;
}
