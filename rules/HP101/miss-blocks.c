/* Lists of blocks: the wait for the next block is shared by many elements. This is the cure. */
struct chunk {
  struct chunk *next;
  unsigned used;
  long values[62];
};

long sum(const struct chunk *first) {
  long total = 0;
  for (const struct chunk *c = first; c; c = c->next)
    for (unsigned i = 0; i < c->used; i++)
      total += c->values[i];
  return total;
}

struct buffer {
  struct buffer *next;
  double *data;
  unsigned count;
};

double sum_buffers(const struct buffer *b) {
  double total = 0;
  while (b) {
    for (unsigned i = 0; i < b->count; i++)
      total += b->data[i];
    b = b->next;
  }
  return total;
}
