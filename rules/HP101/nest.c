/* A list of lists: both loops chase, and each is told once. */
struct cell {
  struct cell *next;
  double value;
};
struct row {
  struct row *next;
  struct cell *cells;
};

double total(const struct row *rows) {
  double sum = 0;
  for (const struct row *r = rows; r; r = r->next)          // expect: HP101 "struct row"
    for (const struct cell *c = r->cells; c; c = c->next) // expect: HP101 "struct cell"
      sum += c->value;
  return sum;
}
