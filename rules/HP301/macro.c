/* The index is hidden in a macro; the matrix product in the order of the text book. */
#define AT(m, i, j) ((m)->data[(i) * (m)->columns + (j)])

struct matrix {
  int rows, columns;
  double *data;
};

void add_to_all(struct matrix *m, double value) {
  for (int j = 0; j < m->columns; j++)
    for (int i = 0; i < m->rows; i++) // expect: HP301
      AT(m, i, j) += value;
}

enum { SIZE = 700 };

void multiply(double c[restrict SIZE][SIZE], double a[restrict SIZE][SIZE],
              double b[restrict SIZE][SIZE]) {
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++)
      for (int k = 0; k < SIZE; k++) // expect: HP301 "5600 bytes through b[k][j]"
        c[i][j] += a[i][k] * b[k][j];
}
