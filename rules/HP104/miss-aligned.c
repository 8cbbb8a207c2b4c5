/* Fields placed on purpose: alignment asked for, and a flexible tail. */
#include <stdlib.h>

struct counters {
  char a;
  _Alignas(64) long reads;
  char b;
  _Alignas(64) long writes;
};

struct message {
  char kind;
  long id;
  char urgent;
  char text[];
};

struct counters *many(size_t n) {
  return aligned_alloc(64, n * sizeof(struct counters));
}

struct message *message(size_t length) {
  return malloc(sizeof(struct message) + length);
}

struct message **messages(size_t n) {
  struct message **all = calloc(n, sizeof *all);
  for (size_t i = 0; all && i < n; i++)
    all[i] = message(i);
  return all;
}
