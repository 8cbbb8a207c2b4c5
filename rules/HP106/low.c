/* A single object's fields: true, but there is one of it. */
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
