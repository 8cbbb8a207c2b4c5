/* In a do loop, by a macro, by index in a while loop. */
struct price {
  long amount;
};
struct product {
  struct price *price;
};
struct position {
  struct product *product;
  int count;
};
long until(const struct position *p) {
  long sum = 0;
  do { // expect: HP102 found
    sum += p->product->price->amount * p->count;
  } while ((++p)->count > 0);
  return sum;
}

#define AMOUNT(p) ((p)->product->price->amount)

long at_most(const struct position *all, const int *which, int n) {
  long most = 0;
  int i = 0;
  while (i < n) { // expect: HP102 found
    const struct position *p = all + which[i++];
    if (AMOUNT(p) > most)
      most = AMOUNT(p);
  }
  return most;
}
