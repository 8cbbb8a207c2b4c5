/* Each element's lock is taken, too: the array is found anew through memory that the locks may change. */
#include <pthread.h>

struct worker {
  pthread_mutex_t lock;
  long in, out;
  char state[400];
};
struct pool {
  struct worker *workers;
  unsigned count;
};

void progress(struct pool *p, long *in, long *out) {
  for (unsigned i = 0; i < p->count; i++) {
    pthread_mutex_lock(&p->workers[i].lock);
    *in += p->workers[i].in;
    *out += p->workers[i].out;
    pthread_mutex_unlock(&p->workers[i].lock);
  }
}
