/* Lists behind macros: one in BSD's manner, one in the kernel's, where the links lie in the middle
 * of the element and the node is found by its offset. */
#include <stddef.h>

#define FOR_EACH(var, head, field) for ((var) = (head)->first; (var); (var) = (var)->field.next)

struct task {
  double cost;
  char label[48];
  struct {
    struct task *next;
  } entries;
};
struct queue {
  struct task *first;
};

double cost_of_all(const struct queue *q) {
  double cost = 0;
  const struct task *t;
  FOR_EACH(t, q, entries) // expect: HP101 "16 of 64 bytes of each struct task"
    cost += t->cost;
  return cost;
}

struct list_head {
  struct list_head *next, *prev;
};
struct packet {
  unsigned length, kind;
  unsigned char head[40];
  struct list_head list;
};
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

unsigned long bytes_queued(struct list_head *head) {
  unsigned long bytes = 0;
  for (struct list_head *at = head->next; at != head; at = at->next) // expect: HP101 "12 of 64 bytes of each struct packet"
    bytes += container_of(at, struct packet, list)->length;
  return bytes;
}
