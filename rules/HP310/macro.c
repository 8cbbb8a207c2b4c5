/* The walk in a macro, with a pointer that trails behind; the head in a variable of the program. */
#include <stdlib.h>

struct job {
  int id;
  struct job *link;
};
static struct job *jobs;

#define LAST_OF(list, last)                                                                        \
  do {                                                                                             \
    (last) = NULL;                                                                                 \
    for (struct job *j_ = (list); j_ != NULL; j_ = j_->link)                                       \
      (last) = j_;                                                                                 \
  } while (0)

static void enqueue(int id) {
  struct job *last, *new = calloc(1, sizeof *new);
  if (!new)
    abort();
  new->id = id;
  LAST_OF(jobs, last);
  if (last)
    last->link = new;
  else
    jobs = new;
}

void submit(const int *ids, int n) {
  while (n-- > 0)
    enqueue(*ids++); // expect: HP310 "enqueue, called in each iteration, walks the same list to its end"
}
