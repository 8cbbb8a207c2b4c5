/* Few are made where it can be seen, but others come from elsewhere: by value in another record, from
 * a pool, from a library; or as many as the user wants. */
#include <stdlib.h>

struct part { // expect: HP106 low
  long load;
  char name[100];
  long limit;
  struct part *next;
};
struct whole {
  struct part first;
  struct whole *next;
};

struct pooled { // expect: HP106 low
  long load;
  char name[100];
  long limit;
  struct pooled *next;
};

struct foreign { // expect: HP106 low
  long load;
  char name[100];
  long limit;
  struct foreign *next;
};

struct wanted { // expect: HP106 low
  long load;
  char name[100];
  long limit;
  struct wanted *next;
};

static char pool[1 << 20];
static size_t pool_used;

static void *pool_take(size_t size) {
  void *taken = pool + pool_used;
  pool_used += size;
  return taken;
}

struct foreign *foreign_next(struct foreign *list);

static struct part *parts;
static struct pooled *pooled;
static struct foreign *foreigns;
static struct wanted *wanteds;

static void make(int count) {
  parts = calloc(1, sizeof *parts);
  pooled = calloc(1, sizeof *pooled);
  foreigns = calloc(1, sizeof *foreigns);
  for (int i = 0; i < count; i++) {
    struct wanted *w = calloc(1, sizeof *w);
    if (!w)
      return;
    w->limit = i;
    w->next = wanteds;
    wanteds = w;
  }
}

static void add_pooled(long limit) {
  struct pooled *p = pool_take(sizeof *p);
  p->limit = limit;
  p->next = pooled;
  pooled = p;
}

static void add_foreign(void) {
  struct foreign *f = foreign_next(foreigns);
  f->next = foreigns;
  foreigns = f;
}

int next_request(void);

static int free_ones(void) {
  int n = 0;
  for (struct part *p = parts; p; p = p->next)
    n += p->load < p->limit;
  for (struct pooled *p = pooled; p; p = p->next)
    n += p->load < p->limit;
  for (struct foreign *f = foreigns; f; f = f->next)
    n += f->load < f->limit;
  for (struct wanted *w = wanteds; w; w = w->next)
    n += w->load < w->limit;
  return n;
}

int main(int argc, char **argv) {
  make(argc > 1 ? atoi(argv[1]) : 8);
  int n = 0;
  for (int r; (r = next_request());) {
    add_pooled(r);
    add_foreign();
    n += free_ones();
  }
  return n;
}
