/* A loop at least as hot reads the whole element: apart, its fields would cost that one more. */
struct star {
  double x, y, z, mass;
};

double mass(const struct star *s, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP105 low "(mass)"
    sum += s[i].mass;
  return sum;
}

double moment(const struct star *s, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += (s[i].x * s[i].x + s[i].y * s[i].y + s[i].z * s[i].z) * s[i].mass;
  return sum;
}

struct job {
  int state, priority;
  double times[6];
};

int run_all(const struct job *jobs, int n, void (*step)(int)) {
  int failed = 0;
  for (int i = 0; i < n; i++) { // expect: HP105 low "(priority)"
    step(jobs[i].priority);
    failed++;
  }
  return failed;
}

struct cell {
  double value, error;
  long row, column;
};

void clear(struct cell *cells, int n) {
  for (int i = 0; i < n; i++) // expect: HP105 low "(value)"
    cells[i].value = 0;
}
