/* A function of the program that goes over a list each time. */
struct node {
  struct node *next;
  int value;
};
struct list {
  struct node *head;
};

int length(const struct list *l) {
  int n = 0;
  for (struct node *p = l->head; p; p = p->next)
    n++;
  return n;
}

void ramp(const struct list *l, float *out) {
  for (int i = 0; i < length(l); i++) // expect: HP601 "length(l) gives the same in each iteration"
    out[i] = (float)i;
}
