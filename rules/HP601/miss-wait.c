/* What is asked again after a wait: others may have changed it while the lock was theirs. */
#include <pthread.h>
#include <string.h>

struct queue {
  pthread_mutex_t lock;
  pthread_cond_t more;
  char name[4096];
};

int named(const struct queue *q) {
  int words = 0;
  for (const char *at = q->name; *at; at++)
    words += *at == ' ';
  return words > 2;
}

void wait_for_words(struct queue *q) {
  pthread_mutex_lock(&q->lock);
  while (!named(q))
    pthread_cond_wait(&q->more, &q->lock);
  pthread_mutex_unlock(&q->lock);
}

void wait_for_text(struct queue *q) {
  while (strlen(q->name) < 100) {
    pthread_mutex_lock(&q->lock);
    pthread_mutex_unlock(&q->lock);
  }
}
