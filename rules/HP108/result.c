/* A getter that returns a table's entry. */
struct profile {
  char name[64], mail[64];
  long visits;
};

static struct profile profiles[1000];
extern int lookups;

struct profile profile_of(int id) {
  lookups++;
  return profiles[id];
}

long visits(const int *ids, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++) {
    struct profile p = profile_of(ids[i]); // expect: HP108 "each call of profile_of copies 136 bytes: struct profile is returned by value"
    sum += p.visits;
  }
  return sum;
}
