/* By pointers, in do loops, through a macro that writes the loop. */
enum { N = 2000000 };
static float in[N], out[N], squares[N];

void by_pointer(void) {
  for (float *p = out, *q = in; p < out + N; p++, q++)
    *p = *q * 2;
  for (float *p = out; p < out + N; p++) // expect: HP305 found
    *p += 1;
}

#define FILL(to, value)                                                                            \
  for (int i = 0; i < N; i++)                                                                      \
  (to)[i] = (value)

void by_macro(void) {
  FILL(out, in[i] + 1);
  FILL(squares, out[i] * out[i]); // expect: HP305 found
}

void doing(void) {
  int i = 0, k = 0;
  do
    out[i] = in[i];
  while (++i < N);
  do // expect: HP305 found
    squares[k] = out[k] * out[k];
  while (++k < N);
}
