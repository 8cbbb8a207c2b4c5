/* The head comes by an index that is itself loaded, and goes down in a counting loop. */
struct leaf {
  float weight;
};
struct branch {
  struct leaf *leaf;
};
struct trunk {
  struct branch *branch;
};

float gather(struct trunk *trunks, const int *order, int n) {
  float sum = 0;
  for (int i = n; i-- > 0;) // expect: HP102 "2 loads"
    sum += trunks[order[i]].branch->leaf->weight;
  return sum;
}
