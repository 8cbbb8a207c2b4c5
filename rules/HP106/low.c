/* A single object's fields: true, but there is one of it. */
#include <stdlib.h>

struct counter {
  long ticks;
  struct counter *next;
};

struct engine { // expect: HP106 low
  struct engine *parent;
  char name[100];
  long load;
};

long load_of(const struct engine *e) {
  long sum = 0;
  for (; e; e = e->parent)
    sum += e->load;
  return sum;
}

/* A list that is filled elsewhere, one node at a time: most are short. */
struct rule { // expect: HP106 low "2 cache lines of each struct rule"
  long from;
  char name[100];
  long until;
  struct rule *next;
};

static struct rule *rules;

void add_rule(long from, long until) {
  struct rule *r = calloc(1, sizeof *r);
  if (r)
    *r = (struct rule){.from = from, .until = until, .next = rules}, rules = r;
}

void add_rules(const long *pairs, int n) {
  for (int i = 0; i < n; i++)
    add_rule(pairs[2 * i], pairs[2 * i + 1]);
}

int covered(const long *times, int n) {
  int count = 0;
  for (int i = 0; i < n; i++)
    for (struct rule *r = rules; r; r = r->next)
      count += r->from <= times[i] && times[i] < r->until;
  return count;
}
