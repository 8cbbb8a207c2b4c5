/* The comparison of the bounds chooses no other order: it refuses, or the other way works on something else. */
int refused(float *restrict out, const float *restrict in, int rows, int columns) {
  if (rows < columns)
    return -1;
  for (int c = 0; c < columns; c++)
    for (int r = 0; r < rows; r++) // expect: HP301
      out[r * columns + c] = 2 * in[r * columns + c];
  return 0;
}

void by_count(float *restrict out, const float *restrict in, int rows, int columns, int wanted) {
  if (rows > wanted) {
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < columns; c++)
        out[r * columns + c] = 0;
  } else {
    for (int c = 0; c < columns; c++)
      for (int r = 0; r < rows; r++) // expect: HP301
        out[r * columns + c] = 2 * in[r * columns + c];
  }
}
