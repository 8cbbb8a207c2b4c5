/* Both orders are there, and the longer of the two loops is the inner one. */
void scale(float *restrict out, const float *restrict in, int rows, int columns) {
  int halves = (columns - 1) >> 1;
  if (halves > rows) {
    for (int r = 0; r < rows; r++)
      for (int c = 2; c < columns; c += 2)
        out[r * columns + c] = 2 * in[r * columns + c];
  } else {
    for (int c = 2; c < columns; c += 2)
      for (int r = 0; r < rows; r++)
        out[r * columns + c] = 2 * in[r * columns + c];
  }
}
