/* By pointer in a do loop, with the stride in the head of the loop, by a macro. */
#define STRIDE 128

long spread(const unsigned char *bytes) {
  const unsigned char *p = bytes;
  long sum = 0;
  do { // expect: HP302 found
    sum += *p;
    p += STRIDE;
  } while (p != bytes + 10000 * STRIDE);
  return sum;
}

void mark(int *flags) {
  for (int i = 0; i < 1 << 20; i += 32) // expect: HP302 found
    flags[i] = 1;
}

#define CELL(m, row) ((m)[(row)*24])

float down(float *m) {
  float sum = 0;
  long row = 0;
  while (row < 50000) // expect: HP302 found
    sum += CELL(m, row++);
  return sum;
}
