/* The plain list in array-free C: one load after the other. */
struct node {
  struct node *next;
  long value;
  char name[32];
};

long sum(const struct node *head) {
  long total = 0;
  for (const struct node *p = head; p; p = p->next) // expect: HP101 "p->next; 16 of 48 bytes of each struct node"
    total += p->value;
  return total;
}
