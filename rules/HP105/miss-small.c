/* Records of 16 bytes or less, and such as are used by half or more. */
struct pair {
  int key, a, b, c;
};
struct vector {
  double x, y, z;
};

long keys(const struct pair *p, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    sum += p[i].key;
  return sum;
}

double flat_length(const struct vector *v, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += v[i].x * v[i].x + v[i].y * v[i].y;
  return sum;
}
