/* What a constant object points to and is large, or is not all known; what another may point to. */
struct code {
  int bits;
  const int *table;
};
static const int large[1 << 20], small[16];
extern const int unknown[];
static const struct code codes[2] = {{4, small}, {5, large}};
static const struct code others[2] = {{4, small}, {5, unknown}};
struct code changing[2] = {{4, small}, {5, small}};

int encoded(const int *values, int n, int which) {
  int sum = 0;
  const int *table = codes[which].table;
  for (int i = 0; i < n; i++)
    sum += table[values[i]]; // expect: HP303 found
  return sum;
}

int of_others(const int *values, int n, int which) {
  int sum = 0;
  const int *table = others[which].table;
  for (int i = 0; i < n; i++)
    sum += table[values[i]]; // expect: HP303 found
  return sum;
}

int of_changing(const int *values, int n, int which) {
  int sum = 0;
  const int *table = changing[which].table;
  for (int i = 0; i < n; i++)
    sum += table[values[i]]; // expect: HP303 found
  return sum;
}

/* The numbers are constant, the pointers to them are not. */
static const int *assigned[2] = {small, small};

int of_assigned(const int *values, int n, int which) {
  int sum = 0;
  const int *table = assigned[which];
  for (int i = 0; i < n; i++)
    sum += table[values[i]]; // expect: HP303 found
  return sum;
}
