/* A step that calls what loops costs more than the chain; a chain on some ways is no matter of each
 * iteration. */
struct style {
  int width, colour;
};
struct cell {
  const struct style *style;
  int kind;
};
struct row {
  const struct cell *first;
  const int *sizes;
  int n;
};

int total(const int *sizes, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += sizes[i];
  return sum;
}

int widths(const struct row *rows, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) // expect: HP102 low "each iteration"
    sum += rows[i].first->style->width + total(rows[i].sizes, rows[i].n);
  return sum;
}

int colours(const struct row *rows, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) // expect: HP102 "some iterations wait for 2 loads"
    if (rows[i].n > 0)
      sum += rows[i].first->style->colour;
  return sum;
}
