/* A table of codes: the next entry is worked out from the table's start and an index that the entry
 * holds. The recursion hands on what all arguments share, not a child. */
struct code {
  unsigned char op, bits;
  unsigned short value;
};

unsigned decode(const struct code *table, unsigned long hold) {
  const struct code *here = table + (hold & 511);
  while (!(here->op & 16)) {
    hold >>= here->bits;
    here = table + here->value + (hold & ((1u << here->op) - 1));
  }
  return here->value;
}

struct state {
  int status;
  struct shared *shared;
};
struct shared {
  struct state *main;
  int users;
};

void raise_error(struct state *s, int code) {
  if (s->status < 0) {
    s->status = code;
    return;
  }
  if (s->shared->users)
    raise_error(s->shared->main, code);
}
