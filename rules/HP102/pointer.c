/* The same by pointer, with steps named one by one, in a while loop. */
struct account {
  long balance;
};
struct owner {
  struct account *account;
};
struct row {
  long id;
  struct owner *owner;
};

long balances(const struct row *row, const struct row *end) {
  long sum = 0;
  while (row != end) { // expect: HP102 "2 loads in a row"
    const struct owner *o = row->owner;
    const struct account *a = o->account;
    sum += a->balance;
    row++;
  }
  return sum;
}
