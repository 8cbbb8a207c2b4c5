/* Fields of larger records that begin like the node are none of the node's: no size, no bytes. */
struct value {
  struct value *next;
  unsigned char kind, mark;
};
struct cell {
  struct value *next;
  unsigned char kind, mark, closed;
  struct value *to;
};
struct block {
  struct value *next;
  unsigned char kind, mark;
  unsigned short users;
  char data[32];
};

int users(const struct value *v) {
  int sum = 0;
  for (; v; v = v->next) // expect: HP101 low "each step of this loop waits for the load of v->next"
    if (v->kind == 3)
      sum += ((const struct block *)v)->users;
  return sum;
}

/* Bytes between fields that a copy takes along are not used. */
struct sparse {
  struct sparse *next;
  char kind;
  long weight;
};

long heaviest(const struct sparse *s, struct sparse *best) {
  for (; s; s = s->next) // expect: HP101 "17 of 24 bytes of each struct sparse"
    if (s->weight > best->weight)
      *best = *s;
  return best->weight;
}
