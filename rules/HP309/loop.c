/* The same by hand: in a loop of its own, and in a function. */
struct point {
  double x, y;
};
struct line {
  struct point *points;
  int count;
};

static void insert_first(struct line *l, struct point p) {
  for (int i = l->count; i > 0; i--)
    l->points[i] = l->points[i - 1];
  l->points[0] = p;
  l->count++;
}

void reverse_into(struct line *out, const struct line *in) {
  for (int i = 0; i < in->count; i++)
    insert_first(out, in->points[i]); // expect: HP309 low "with insert_first"
}

int without(long *a, int n, long bad) {
  for (int i = 0; i < n; i++)
    while (i < n && a[i] == bad) {
      for (int j = i; j + 1 < n; j++) // expect: HP309 low "moves the elements of a up or down by one"
        a[j] = a[j + 1];
      n--;
    }
  return n;
}
