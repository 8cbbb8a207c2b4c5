/* julia.c mended: the points are two arrays of numbers, the constant is one constant, and the results
 * are an array of int. The same 33,219,980. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 1000, MAX_ITERATIONS = 300 };

static int make_axis(double *axis, double from, double to) {
  const double step = (to - from) / WIDTH;
  int n = 0;
  for (double v = from; step > 0 ? v < to : v > to; v += step)
    axis[n++] = v;
  return n;
}

static void calculate(int *output, const double *xs, int nx, const double *ys, int ny) {
  for (int row = 0; row < ny; row++) {
    for (int column = 0; column < nx; column++) {
      double re = xs[column], im = ys[row];
      int n = 0;
      while (re * re + im * im < 4 && n < MAX_ITERATIONS) {
        double t = re * re - im * im - 0.62772;
        im = 2 * re * im - 0.42193;
        re = t;
        n++;
      }
      output[(size_t)row * nx + column] = n;
    }
  }
}

int main(void) {
  static double xs[WIDTH + 1], ys[WIDTH + 1];
  int nx = make_axis(xs, -1.8, 1.8), ny = make_axis(ys, 1.8, -1.8);
  int *output = malloc((size_t)nx * ny * sizeof *output);
  if (!output)
    abort();
  calculate(output, xs, nx, ys, ny);
  long total = 0;
  for (int i = 0; i < nx * ny; i++)
    total += output[i];
  printf("%d points, sum(output) = %ld\n", nx * ny, total);
  free(output);
  return 0;
}
