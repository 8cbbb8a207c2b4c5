/* Tables that constant objects point to: small ones, here and in another unit. */
struct code {
  int bits;
  const unsigned short *table;
  const unsigned char *lengths;
};
static const unsigned short small[256], larger[1024];
static const unsigned char lengths[256];
static const struct code codes[2] = {{4, small, lengths}, {5, larger, lengths}};

int encoded(const int *values, int n, int which) {
  const struct code *c = &codes[which];
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += c->table[values[i]];
  return sum;
}

static int measured(const unsigned char *table, const int *values, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += table[values[i]];
  return sum;
}

int all_lengths(const int *values, int n, int which) {
  return measured(codes[which].lengths, values, n);
}

extern const unsigned *const tables[3];

unsigned elsewhere(const int *values, int n, int which) {
  const unsigned *table = tables[which];
  unsigned sum = 0;
  for (int i = 0; i < n; i++)
    sum += table[values[i]];
  return sum;
}
