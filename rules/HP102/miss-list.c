/* A list that is walked is HP101's: its loads are told there. */
struct name {
  unsigned length;
};
struct person {
  struct person *next;
  struct name *name;
};

unsigned letters(const struct person *p) {
  unsigned sum = 0;
  for (; p; p = p->next)
    sum += p->name->length;
  return sum;
}
