/* Tables that the cache holds, and indices that are bounded. */
#include <stddef.h>
static const unsigned crc_table[256];
static int classes[65536];
static double values[1 << 20];

unsigned crc(const unsigned char *p, size_t n) {
  unsigned crc = ~0u;
  while (n--)
    crc = crc_table[(crc ^ *p++) & 255] ^ crc >> 8;
  return crc;
}

/* 16 bits: 256 KiB at most */
long of_classes(const unsigned short *p, int n, const int *table) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    sum += classes[p[i]] + table[p[i]];
  return sum;
}

double masked(const int *p, int n, const double *table) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += table[p[i] & 1023];
  return sum;
}

/* even steps */
double in_order(const int *start, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += values[start[0] + i];
  return sum;
}

/* a few */
double four(const int *index) {
  double sum = 0;
  for (int i = 0; i < 4; i++)
    sum += values[index[i]];
  return sum;
}

/* the rows are long: the jump is the smaller part */
double rows(double (*m)[512], const int *index, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 512; k++)
      sum += m[index[i]][k];
  return sum;
}

/* two bytes make 12 bits, and four columns of 256 rows */
long from_bytes(const unsigned char *p, int n, const int *basis, const char *rows) {
  long sum = 0;
  for (int i = 0; i < n - 1; i++)
    sum += basis[(p[i] & 15) << 8 | p[i + 1]] + rows[p[i] * 4 + 2];
  return sum;
}
