/* A search, a pass up to a mark, one that picks elements, one that goes where the elements point: over few
 * elements as a rule, or the fields are not what it waits for. In an array known to be large a search is listed. */
struct route {
  long id, from, to;
  const double *lengths;
  char name[32];
};

const struct route *find(const struct route *r, int n, long id) {
  for (int i = 0; i < n; i++) // expect: HP105 low "(id)"
    if (r[i].id == id)
      return &r[i];
  return 0;
}

int count(const struct route *r) {
  int n = 0;
  while (r[n].from) // expect: HP105 low "(from)"
    n++;
  return n;
}

long farthest(const struct route *r, int n) {
  long most = 0;
  for (int i = 0; i < n; i++) // expect: HP105 low "(to)"
    if (r[i].to > most)
      most = r[i].to;
  return most;
}

double total(const struct route *r, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP105 low "(lengths)"
    sum += r[i].lengths[0];
  return sum;
}

static struct route all[20000];

void rename_all(const char *name, int n) {
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 32; k++)
      all[i].name[k] = name[k];
}

int known(long id) {
  for (int i = 0; i < 20000; i++) // expect: HP105 "(id)"
    if (all[i].id == id)
      return 1;
  return 0;
}
