/* The step hides in a helper function, and so does what is read of the node. */
struct entry {
  long key, size;
  struct entry *after;
  char text[40];
};

static struct entry *next_entry(const struct entry *e) {
  return e ? e->after : 0;
}

static long size_of_entry(const struct entry *e) {
  return e->size;
}

long bytes(struct entry *first) {
  long sum = 0;
  for (struct entry *e = first; e; e = next_entry(e)) // expect: HP101 "the load in next_entry; 16 of 64 bytes"
    sum += e->size;
  return sum;
}

long bytes_by_helper(struct entry *first) {
  long sum = 0;
  for (struct entry *e = first; e; e = e->after) // expect: HP101 "16 of 64 bytes of each struct entry"
    sum += size_of_entry(e);
  return sum;
}
