/* Nodes reached by index, and an array of pointers: neither loads its next address from the node
 * at hand. */
struct node {
  int weight;
  struct node *partner;
};

int over_table(struct node *const *nodes, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += nodes[i]->weight;
  return sum;
}

int over_array(const struct node *nodes, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    if (nodes[i].partner)
      sum += nodes[i].partner->weight;
  return sum;
}

struct node *swap_pairs(struct node *a, struct node *b, int n) {
  while (n-- > 0) {
    struct node *t = a;
    a = b;
    b = t;
  }
  return a;
}
