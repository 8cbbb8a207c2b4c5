/* A column of 200 rows stays in the first-level cache: no line is fetched twice, so what is lost is
 * only that elements are gathered one by one. One of 2000 rows does not. */
static int near[200][200], far[2000][2000];

long down_near(void) {
  long total = 0;
  for (int j = 0; j < 200; j++)
    for (int i = 0; i < 200; i++) // expect: HP301 low "800 bytes"
      total += near[i][j];
  return total;
}

long down_far(void) {
  long total = 0;
  for (int j = 0; j < 2000; j++)
    for (int i = 0; i < 2000; i++) // expect: HP301 "8000 bytes"
      total += far[i][j];
  return total;
}
