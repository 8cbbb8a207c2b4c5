/* Records whose bytes are a format; copies that are made before a write. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct header {
  uint8_t version;
  uint32_t length;
  uint8_t type;
  uint16_t checksum;
} __attribute__((packed));

struct entry {
  uint8_t kind;
  uint64_t offset;
  uint8_t flags;
};

int save(const struct entry *all, size_t n, int fd) {
  return write(fd, all, n * sizeof *all) == (ssize_t)(n * sizeof *all) ? 0 : -1;
}
struct entry *load(FILE *in, size_t n) {
  struct entry *all = calloc(n, sizeof *all);
  if (all && fread(all, sizeof *all, n, in) != n) {
    free(all);
    return NULL;
  }
  return all;
}
uint64_t last(const struct entry *all, size_t n) {
  uint64_t end = 0;
  for (size_t i = 0; i < n; i++)
    if (all[i].kind == 1 && all[i].offset > end)
      end = all[i].offset + all[i].flags;
  return end;
}
size_t frames(const unsigned char *bytes, size_t size) {
  size_t n = 0, at = 0;
  struct header h;
  while (size - at >= sizeof h) {
    memcpy(&h, bytes + at, sizeof h);
    if (h.length > size - at - sizeof h)
      break;
    at += sizeof h + h.length;
    n++;
  }
  return n;
}

/* copy on write */
struct shared {
  size_t users, size;
  char bytes[];
};

static struct shared *own(struct shared *s) {
  if (s->users == 1)
    return s;
  struct shared *copy = malloc(sizeof *copy + s->size);
  if (!copy)
    abort();
  copy->users = 1;
  copy->size = s->size;
  memcpy(copy->bytes, s->bytes, s->size);
  s->users--;
  return copy;
}

void set_all(struct shared **all, const size_t *at, const char *with, int n) {
  for (int i = 0; i < n; i++) {
    all[i] = own(all[i]);
    all[i]->bytes[at[i]] = with[i];
  }
}

void upper(struct shared **s) {
  for (size_t i = 0; i < (*s)->size; i++)
    if ((*s)->bytes[i] >= 'a' && (*s)->bytes[i] <= 'z') {
      *s = own(*s);
      (*s)->bytes[i] = (char)(*s)->bytes[i] - 32;
    }
}
