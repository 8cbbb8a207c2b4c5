/* A flat array whose row size is only known at run time, and a VLA parameter. */
void fill(float *image, int width, int height) {
  for (int x = 0; x < width; x++)
    for (int y = 0; y < height; y++) // expect: HP301 "width * 4 bytes"
      image[y * width + x] = 0.5f;
}

double total(int rows, int columns, double m[rows][columns]) {
  double sum = 0;
  for (int j = 0; j < columns; j++)
    for (int i = 0; i < rows; i++) // expect: HP301 "columns * 8 bytes"
      sum += m[i][j];
  return sum;
}
