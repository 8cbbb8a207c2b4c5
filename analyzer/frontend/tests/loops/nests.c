/* Nests: matrices of every kind, both orders; triangles; more dimensions. See loops_test.c. */
// clang-format off
#include <stddef.h>
double m[100][50], cube[8][16][32];
struct mat { int rows, cols; double *data; };

double by_rows(void) {
  double s = 0;
  for (int i = 0; i < 100; i++)                  //: trip 100
    for (int j = 0; j < 50; j++)                 //: trip 50
      s += m[i][j];                              //: load m[i][j] unit 8, strided 400
  return s;
}

double by_columns(void) {
  double s = 0;
  for (int j = 0; j < 50; j++)                   //: trip 50
    for (int i = 0; i < 100; i++)                //: trip 100
      s += m[i][j];                              //: load m[i][j] strided 400, unit 8
  return s;
}

double flat_rows(const double *a, int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < n; j++)                  //: trip <= n
      s += a[i * n + j];                         //: load a[i * n + j] unit 8, symbolic 8 * n
  return s;
}

double flat_columns(const double *a, int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < n; j++)                  //: trip <= n
      s += a[j * n + i];                         //: load a[j * n + i] symbolic 8 * n, unit 8
  return s;
}

double row_pointers(double **r, int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < n; j++)                  //: trip <= n
      s += r[i][j];                              //: load r[i] invariant, unit 8; load r[i][j] unit 8, pointer via r[i]
  return s;
}

double row_pointers_by_column(double **r, int n) {
  double s = 0;
  for (int j = 0; j < n; j++)                    //: trip <= n
    for (int i = 0; i < n; i++)                  //: trip <= n
      s += r[i][j];                              //: load r[i] unit 8, invariant; load r[i][j] pointer via r[i], unit 8
  return s;
}

double variable_rows(int n, double a[n][n]) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < n; j++)                  //: trip <= n
      s += a[i][j];                              //: load a[i * n][j] unit 8, symbolic 8 * n
  return s;
}

double variable_columns(int n, double a[n][n]) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < n; j++)                  //: trip <= n
      s += a[j][i];                              //: load a[j * n][i] symbolic 8 * n, unit 8
  return s;
}

double three(void) {
  double s = 0;
  for (int i = 0; i < 8; i++)                    //: trip 8
    for (int j = 0; j < 16; j++)                 //: trip 16
      for (int k = 0; k < 32; k++)               //: trip 32
        s += cube[i][j][k];                      //: load cube[i][j][k] unit 8, strided 256, strided 4096
  return s;
}

double three_reversed(void) {
  double s = 0;
  for (int k = 0; k < 32; k++)                   //: trip 32
    for (int j = 0; j < 16; j++)                 //: trip 16
      for (int i = 0; i < 8; i++)                //: trip 8
        s += cube[i][j][k];                      //: load cube[i][j][k] strided 4096, strided 256, unit 8
  return s;
}

double upper(const double *a, int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = i; j < n; j++)                  //: trip <= n
      s += a[i * n + j];                         //: load a[i * n + j] unit 8, symbolic
  return s;
}

double lower(void) {
  double s = 0;
  for (int i = 0; i < 50; i++)                   //: trip 50
    for (int j = 0; j <= i; j++)                 //: trip <= i
      s += m[i][j];                              //: load m[i][j] unit 8, strided 400
  return s;
}

void transpose(double *to, const double *from, int n) {
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < n; j++)                  //: trip <= n
      to[j * n + i] = from[i * n + j];           //: load from[i * n + j] unit 8, symbolic 8 * n; store to[j * n + i] symbolic 8 * n, unit 8
}

void product(int n, const double *a, const double *b, double *c) {
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < n; j++) {                //: trip <= n
      double s = 0;
      for (int k = 0; k < n; k++)                //: trip <= n
        s += a[i * n + k] * b[k * n + j];        //: load a[i * n + k] unit 8, invariant, symbolic 8 * n; load b[k * n + j] symbolic 8 * n, unit 8, invariant
      c[i * n + j] = s;                          //: store c[i * n + j] unit 8, symbolic 8 * n
    }
}

double through_record(const struct mat *a) {
  double s = 0;
  for (int i = 0; i < a->rows; i++)              //: trip <= a->rows; load a->rows invariant
    for (int j = 0; j < a->cols; j++)            //: trip <= a->cols; load a->cols invariant, invariant
      s += a->data[i * a->cols + j];             //: load a->data invariant, invariant; load a->cols invariant, invariant; load a->data[i * a->cols + j] unit 8, symbolic 8 * a->cols
  return s;
}

double temporaries(const double *a, int n) {
  double s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    int row = i * n;
    for (int j = 0; j < n; j++) {                //: trip <= n
      int at = row + j;
      s += a[at];                                //: load a[at] unit 8, symbolic 8 * n
    }
  }
  return s;
}

double row_pointer(const double *a, int n) {
  double s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    const double *row = a + (size_t)i * (size_t)n;
    for (int j = 0; j < n; j++)                  //: trip <= n
      s += row[j];                               //: load row[j] unit 8, symbolic 8 * n
  }
  return s;
}

double pointer_carried(const double *p, int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < n; j++)                  //: trip <= n
      s += *p++;                                 //: load *p unit 8, symbolic
  return s;
}

double pointer_carried_const(const double *p, int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < 8; j++)                  //: trip 8
      s += *p++;                                 //: load *p unit 8, strided 64
  return s;
}

double running_index(const double *a, int n) {
  double s = 0;
  int k = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < 4; j++)                  //: trip 4
      s += a[k++];                               //: load a[k] unit 8, strided 32
  return s;
}

double left_over(const double *a, int n) {
  double s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    int j = 0;
    while (a[j] > i)                             //: trip ?; load a[j] unit 8, invariant
      j++;
    s += a[j];                                   //: load a[j] unknown
  }
  return s;
}

double blocks(const double *a, int n) {
  double s = 0;
  for (int ii = 0; ii < n; ii += 16)             //: trip <= n
    for (int i = ii; i < ii + 16; i++)           //: trip 16
      s += a[i];                                 //: load a[i] unit 8, strided 128
  return s;
}

double shifted(const double *a, int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < 64; j++)                 //: trip 64
      s += a[(i << 6) + j];                      //: load a[(i << 6) + j] unit 8, strided 512
  return s;
}

double shifted_or(const double *a, int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    for (int j = 0; j < 64; j++)                 //: trip 64
      s += a[i << 6 | j];                        //: load a[i << 6 | j] unit 8, strided 512
  return s;
}

double diagonal(const double *a, int n) {
  double s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[i * n + i] + a[i * (n + 1)];          //: load a[i * n + i] symbolic; load a[i * (n + 1)] symbolic 8 * n + 1
  return s;
}

void quarter(float *a, int w, int h) {
  for (int y = 0; y < h; y += 2)                 //: trip <= h
    for (int x = 0; x < w; x += 2)               //: trip <= w
      a[y * w + x] = 0;                          //: store a[y * w + x] strided 8, symbolic 8 * w
}
