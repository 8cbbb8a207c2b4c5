/* Growth that is guarded and geometric, also behind helpers and macros. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct strings {
  char **items;
  size_t count, room;
};

/* stretchy buffer: the head lies before the elements */
struct head {
  size_t count, room;
};

static void *stretch(void *items, size_t size) {
  struct head *h = items ? (struct head *)items - 1 : NULL;
  size_t room = h ? 2 * h->room : 32;
  h = realloc(h, sizeof *h + room * size);
  if (!h)
    abort();
  if (!items)
    h->count = 0;
  h->room = room;
  return h + 1;
}

#define HEAD(a) ((struct head *)(a) - 1)
#define PUSH(a, x)                                                                                 \
  do {                                                                                             \
    if (!(a) || HEAD(a)->count == HEAD(a)->room)                                                   \
      (a) = stretch((a), sizeof *(a));                                                             \
    (a)[HEAD(a)->count++] = (x);                                                                   \
  } while (0)

int *primes(int limit) {
  int *found = NULL;
  for (int n = 2; n < limit; n++) {
    int prime = 1;
    for (int d = 2; d * d <= n && prime; d++)
      prime = n % d != 0;
    if (prime)
      PUSH(found, n);
  }
  return found;
}

/* grows to the next power of two */
static int need(struct strings *s, size_t more) {
  if (s->count + more <= s->room)
    return 0;
  size_t room = s->room ? s->room : 8;
  while (room < s->count + more)
    room <<= 1;
  char **items = realloc(s->items, room * sizeof *items);
  if (!items)
    return -1;
  s->items = items;
  s->room = room;
  return 0;
}

int collect(struct strings *s, char *(*next)(void)) {
  for (char *line; (line = next());) {
    if (need(s, 1) < 0)
      return -1;
    s->items[s->count++] = line;
  }
  return 0;
}

/* the two passes: count, then fill what is exactly large enough */
char **split(char *text, char at, size_t *count) {
  size_t n = 1;
  for (const char *p = text; *p; p++)
    n += *p == at;
  char **parts = malloc(n * sizeof *parts);
  if (!parts)
    return NULL;
  *count = 0;
  parts[(*count)++] = text;
  for (char *p = text; *p; p++)
    if (*p == at) {
      *p = 0;
      parts[(*count)++] = p + 1;
    }
  return parts;
}

/* getline keeps its buffer */
size_t longest(FILE *in) {
  char *line = NULL;
  size_t room = 0, best = 0;
  ssize_t length;
  while ((length = getline(&line, &room, in)) > 0)
    if ((size_t)length > best)
      best = (size_t)length;
  free(line);
  return best;
}
