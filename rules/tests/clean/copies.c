/* Copies, clears and blocks on the stack that are as they should be. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* padding of the last block */
void hash_block(uint32_t *state, const unsigned char block[64]);
void finish(uint32_t *state, const unsigned char *rest, size_t n, uint64_t bits) {
  unsigned char block[128];
  memset(block, 0, sizeof block);
  memcpy(block, rest, n);
  block[n] = 0x80;
  size_t size = n < 56 ? 64 : 128;
  for (int i = 0; i < 8; i++)
    block[size - 1 - (size_t)i] = (unsigned char)(bits >> 8 * i);
  for (size_t at = 0; at < size; at += 64)
    hash_block(state, block + at);
}

/* small records by value */
struct vec {
  double x, y, z;
};
static struct vec add(struct vec a, struct vec b) {
  return (struct vec){a.x + b.x, a.y + b.y, a.z + b.z};
}
struct vec sum(const struct vec *v, int n) {
  struct vec s = {0, 0, 0};
  for (int i = 0; i < n; i++)
    s = add(s, v[i]);
  return s;
}

/* large elements that change places */
struct row {
  char text[200];
  int rank;
};
void reverse(struct row *rows, int n) {
  for (int i = 0, k = n - 1; i < k; i++, k--) {
    struct row t = rows[i];
    rows[i] = rows[k];
    rows[k] = t;
  }
}
int keep_ranked(struct row *rows, int n) {
  int kept = 0;
  for (int i = 0; i < n; i++)
    if (rows[i].rank > 0) {
      if (kept != i)
        rows[kept] = rows[i];
      kept++;
    }
  return kept;
}

/* a message of fixed size that goes out with its zeros */
struct packet {
  uint32_t kind;
  char name[60];
};
int send_all(FILE *out, const char *const *names, int n) {
  for (int i = 0; i < n; i++) {
    struct packet p;
    memset(&p, 0, sizeof p);
    p.kind = 1;
    strncpy(p.name, names[i], sizeof p.name - 1);
    if (fwrite(&p, sizeof p, 1, out) != 1)
      return -1;
  }
  return 0;
}

/* a buffer that each round fills as far as it needs it */
int copy(FILE *from, FILE *to) {
  char buffer[16384];
  size_t n;
  while ((n = fread(buffer, 1, sizeof buffer, from)) > 0)
    if (fwrite(buffer, 1, n, to) != n)
      return -1;
  return ferror(from) ? -1 : 0;
}

/* one block for each level of a recursion, while the levels below use it */
long permute(int *order, int n, int at, const int *cost) {
  if (at == n) {
    long sum = 0;
    for (int i = 0; i < n; i++)
      sum += (long)cost[order[i]] * i;
    return sum;
  }
  long best = -1;
  for (int i = at; i < n; i++) {
    int t = order[at];
    order[at] = order[i];
    order[i] = t;
    long now = permute(order, n, at + 1, cost);
    best = best < 0 || now < best ? now : best;
    order[i] = order[at];
    order[at] = t;
  }
  return best;
}
