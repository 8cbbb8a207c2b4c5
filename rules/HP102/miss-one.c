/* One dependent load: a table of pointers to objects is the business of another rule. */
struct item {
  int price, count;
};
struct line {
  struct item *item;
  int amount;
};

int sum(struct item *const *items, int n) {
  int total = 0;
  for (int i = 0; i < n; i++)
    total += items[i]->price * items[i]->count;
  return total;
}

int bill(const struct line *lines, int n) {
  int total = 0;
  for (int i = 0; i < n; i++)
    total += lines[i].item->price * lines[i].amount;
  return total;
}
