/* The loop that moves by neighbours is two levels up: the totals need a row of memory that is not there. With the
 * loops in the other order they go straight to where the result is. */
void apart(int n, double (*restrict a)[2000], const double (*restrict f)[2000], const double (*restrict g)[2000]) {
  for (int i = 0; i < 2000; i++)
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int k = 0; k < n; k++) // expect: HP301 "the loops of lines 5, 7 and 4"
        sum += f[k][i] * g[j][k];
      a[j][i] += sum;
    }
}
void neighbours(int n, double (*restrict a)[2000], const double (*restrict f)[2000], const double (*restrict g)[2000]) {
  for (int j = 0; j < n; j++)
    for (int i = 0; i < 2000; i++) {
      double sum = 0;
      for (int k = 0; k < n; k++) // expect: HP301 "16000 bytes"
        sum += f[k][i] * g[j][k];
      a[j][i] += sum;
    }
}
