/* Through macros, in a loop of goto (its nodes lose too little), and with a doubly linked list whose links lie in the node. */
#include <stdlib.h>

#define NEW(type) ((type *)malloc(sizeof(type)))

struct link {
  struct link *next, *previous;
};
struct job {
  int id;
  struct link link;
};

#define APPEND(list, item)                                                                         \
  do {                                                                                             \
    (item)->next = (list);                                                                         \
    (item)->previous = (list)->previous;                                                           \
    (list)->previous->next = (item);                                                               \
    (list)->previous = (item);                                                                     \
  } while (0)

void queue(struct link *list, const int *ids, int n) {
  int i = 0;
again:
  if (i == n)
    return;
  struct job *job = NEW(struct job); // expect: HP204 low "one struct job of 24 bytes"
  if (!job)
    return;
  job->id = ids[i++];
  APPEND(list, &job->link);
  goto again;
}

/* Three a time, in a loop of its own. */
void corners(int *(*triangles)[3], int n) {
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 3; k++) {
      triangles[i][k] = NEW(int); // expect: HP204 "of 4 bytes"
      if (!triangles[i][k])
        return;
      *triangles[i][k] = k;
    }
}
