/* Recursion over children: the whole tree, and a descent, which only --all shows. */
#include <stdlib.h>

struct tree {
  struct tree *left, *right;
  long key, value;
};

long sum(const struct tree *t) {
  if (!t)
    return 0;
  return t->value + sum(t->left) // expect: HP101 "each call of sum"
         + sum(t->right);
}

const struct tree *find(const struct tree *t, long key) {
  if (!t || t->key == key)
    return t;
  if (key < t->key)
    return find(t->left, key); // expect: HP101 low
  return find(t->right, key);
}

void drop(struct tree *t) {
  if (!t)
    return;
  drop(t->left); // expect: HP101 low
  drop(t->right);
  free(t);
}

struct many {
  int count, weight;
  struct many **children;
};

int weigh(const struct many *m) {
  int sum = m->weight;
  for (int i = 0; i < m->count; i++)
    sum += weigh(m->children[i]); // expect: HP101 "m->children[i]"
  return sum;
}
