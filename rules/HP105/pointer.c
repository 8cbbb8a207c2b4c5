/* By pointer, in a while loop, over a vector that a record holds. */
struct account {
  long id;
  double balance;
  char owner[80];
  long opened, closed;
};
struct accounts {
  struct account *items;
  unsigned count;
};

double balance(const struct accounts *all) {
  double sum = 0;
  const struct account *a = all->items, *end = a + all->count;
  while (a < end) { // expect: HP105 "(balance)"
    sum += a->balance;
    a++;
  }
  return sum;
}
