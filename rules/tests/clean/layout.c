/* Records whose order and size are what they have to be. */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* as it lies in a mapped file */
struct page {
  uint8_t kind;
  uint32_t number;
  uint8_t level;
  uint64_t next;
  uint8_t data[40];
};
long count_leaves(int fd, size_t size) {
  const struct page *pages = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  long leaves = 0;
  if (pages == MAP_FAILED)
    return -1;
  for (size_t i = 0; i < size / sizeof *pages; i++) {
    unsigned sum = pages[i].level;
    for (int k = 0; k < 40; k++)
      sum += pages[i].data[k];
    leaves += pages[i].kind == 1 && sum == pages[i].number;
  }
  return leaves;
}

/* a message */
struct ping {
  char type;
  int sequence;
  char flags;
  short port;
};
int ping_all(int fd, const struct ping *pings, int n) {
  for (int i = 0; i < n; i++)
    if (send(fd, &pings[i], sizeof pings[i], 0) < 0)
      return -1;
  return 0;
}
struct ping *pings_new(size_t n) {
  return calloc(n, sizeof(struct ping));
}

/* a hash over its bytes */
struct key {
  char kind;
  int64_t id;
  char mode;
};
uint64_t hash(const void *bytes, size_t n);
uint64_t hash_all(const struct key *keys, int n) {
  uint64_t all = 0;
  for (int i = 0; i < n; i++)
    all ^= hash(&keys[i], sizeof keys[i]);
  return all;
}
struct key *keys_new(size_t n) {
  return calloc(n, sizeof(struct key));
}

/* written by different threads, apart on purpose */
struct counter {
  atomic_long done;
  char apart[56];
};
static struct counter counters[64];
long all_done(void) {
  long sum = 0;
  for (int i = 0; i < 64; i++)
    sum += atomic_load(&counters[i].done);
  return sum;
}

/* inheritance: the base comes first */
struct widget {
  char kind;
  struct widget *parent;
  char visible;
};
struct label {
  struct widget base;
  char *text;
};
struct button {
  struct widget base;
  void (*click)(struct button *);
};
void click_all(struct widget **all, int n) {
  for (int i = 0; i < n; i++)
    if (all[i]->kind == 2 && all[i]->visible)
      ((struct button *)all[i])->click((struct button *)all[i]);
}

/* one object of the whole program */
static struct {
  char verbose;
  long limit;
  char quiet;
  double ratio;
  char done;
} options;
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    options.verbose |= !strcmp(argv[i], "-v");
    options.quiet |= !strcmp(argv[i], "-q");
  }
  options.limit = argc;
  options.ratio = 0.5;
  return options.verbose + options.quiet + options.done;
}

/* bits */
struct flags {
  unsigned a : 1, b : 1, c : 30;
};
int both(const struct flags *f, int n) {
  int count = 0;
  for (int i = 0; i < n; i++)
    count += f[i].a && f[i].b;
  return count;
}

/* the smallest already, by its largest member first */
struct tight {
  double weight;
  int id;
  short kind, level;
};
struct tight *tight_new(size_t n) {
  return malloc(n * sizeof(struct tight));
}
double heaviest(const struct tight *t, size_t n) {
  double best = 0;
  for (size_t i = 0; i < n; i++)
    if (t[i].kind == 1 && t[i].level > 2 && t[i].weight > best)
      best = t[i].weight + t[i].id;
  return best;
}
