/* Bytes that leave the program, or that are compared and hashed as they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct record {
  char kind;
  long id;
  char state;
};

int save(const struct record *r, size_t n, FILE *out) {
  return fwrite(r, sizeof *r, n, out) == n;
}

struct key {
  char kind;
  long id;
  char state;
};

int same(const struct key *a, const struct key *b) {
  return memcmp(a, b, sizeof *a) == 0;
}

struct packed {
  char kind;
  long id;
  char state;
} __attribute__((packed));

struct padded {
  char kind;
  char pad[7];
  long id;
  char state;
  int count;
  char reserved2[3];
};

void *make(size_t n) {
  void **all = calloc(4, sizeof *all);
  if (all) {
    all[0] = calloc(n, sizeof(struct record));
    all[1] = calloc(n, sizeof(struct key));
    all[2] = calloc(n, sizeof(struct packed));
    all[3] = calloc(n, sizeof(struct padded));
  }
  return all;
}

/* A file's bytes in memory; anonymous memory is the program's own. */
struct page {
  char kind;
  long next;
  char level;
};

const struct page *pages_of(int fd, size_t size) {
  const struct page *pages = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  return pages == MAP_FAILED ? NULL : pages;
}

struct page *pages_new(size_t n) {
  return calloc(n, sizeof(struct page));
}
