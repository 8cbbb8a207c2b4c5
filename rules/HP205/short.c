#include <stdlib.h>
#include <string.h>

struct key {
  char name[32];
  int kind;
};
int find(const struct key *key);
int find_bytes(const unsigned char *bytes);

/* Found by nobody's loop in this program. */
int look_up(const char *name) {
  struct key *key = malloc(sizeof *key); // expect: HP205 severity low "36 bytes from the heap"
  if (!key)
    return -1;
  strncpy(key->name, name, sizeof key->name);
  key->kind = 0;
  int found = find(key);
  free(key);
  return found;
}

/* Through a project's own allocator and a macro. */
static void *take(size_t n) {
  void *p = malloc(n);
  if (!p)
    abort();
  return p;
}
static void give(void *p) {
  free(p);
}
#define NEW(type) ((type *)take(sizeof(type)))
int look_up_kind(int kind) {
  struct key *key = NEW(struct key); // expect: HP205 "36 bytes from the heap"
  memset(key, 0, sizeof *key);
  key->kind = kind;
  int found = find(key);
  give(key);
  return found;
}

/* A constructor; two blocks are one finding. */
static struct key *new_key(int kind) {
  struct key *key = calloc(1, sizeof *key);
  if (!key)
    abort();
  key->kind = kind;
  return key;
}
int look_up_both(int kind) {
  struct key *key = new_key(kind); // expect: HP205 "100 bytes in 2 blocks"
  unsigned char *bytes = take(64);
  memset(bytes, kind, 64);
  int found = find(key) + find_bytes(bytes);
  free(bytes);
  free(key);
  return found;
}

/* Beside a loop the block is little. */
int look_up_all(const char *const *names, int n) {
  struct key *key = take(sizeof *key); // expect: HP205 low "36 bytes"
  int found = 0;
  for (int i = 0; i < n; i++) {
    strncpy(key->name, names[i], sizeof key->name);
    found += find(key);
  }
  give(key);
  return found;
}
