/* A copy that is handed to a function that only reads it. */
struct matrix {
  double m[4][8];
};

double trace(const struct matrix *m) {
  double sum = 0;
  for (int i = 0; i < 4; i++)
    sum += m->m[i][i];
  return sum;
}

double traces(const struct matrix *all, int n) {
  double sum = 0;
  int i = 0;
  while (i < n) {
    struct matrix m = all[i++]; // expect: HP108 "each iteration copies 256 bytes of struct matrix into m and only reads it"
    sum += trace(&m);
  }
  return sum;
}
