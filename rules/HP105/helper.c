/* What is used is used in a helper function. */
struct order {
  long id, customer, article, amount;
  double price;
  char remark[24];
};

static double value_of(const struct order *o) {
  return o->price * (double)o->amount;
}

double total(const struct order *orders, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP105 "uses 16 of the 64 bytes that it fetches for each struct order (amount, price)"
    sum += value_of(&orders[i]);
  return sum;
}
