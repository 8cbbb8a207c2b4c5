/* Objects of a number that the text bounds: they stay in the cache whatever their order. */
#include <stdlib.h>

struct worker {
  long load;
  char name[100];
  long limit;
  struct worker *next;
};

static struct worker *workers;

static struct worker *worker_new(long limit) {
  struct worker *w = calloc(1, sizeof *w);
  if (w)
    w->limit = limit;
  return w;
}

static void start(int count) {
  for (int i = 0; i < count; i++) {
    struct worker *w = worker_new(i);
    if (!w)
      return;
    w->next = workers;
    workers = w;
  }
}

int next_request(void);

static struct worker *least_loaded(void) {
  struct worker *best = NULL;
  for (struct worker *w = workers; w; w = w->next)
    if (w->load < w->limit && (!best || w->load < best->load))
      best = w;
  return best;
}

int main(void) {
  start(8);
  for (int r; (r = next_request());) {
    struct worker *w = least_loaded();
    if (w)
      w->load += r;
  }
  return 0;
}
