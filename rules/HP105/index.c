/* One small field of a record that fills a line. */
struct particle {
  float x, y, z, vx, vy, vz;
  int id, flags;
  char name[32];
};

long count_flagged(const struct particle *p, int n) {
  long count = 0;
  for (int i = 0; i < n; i++) // expect: HP105 "uses 4 of the 64 bytes that it fetches for each struct particle (flags)"
    count += p[i].flags & 1;
  return count;
}

struct triple {
  double value;
  long id, time;
};

double sum(const struct triple *t, int n) {
  double total = 0;
  for (int i = 0; i < n; i++) // expect: HP105 "uses 8 of the 24 bytes"
    total += t[i].value;
  return total;
}
