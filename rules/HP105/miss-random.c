/* One element per look-up, not a pass: its line is fetched whatever the layout. */
struct slot {
  long key;
  char payload[56];
};

long probe(const struct slot *slots, unsigned long mask, const unsigned long *hashes, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    sum += slots[hashes[i] & mask].key;
  return sum;
}

int bisect(const struct slot *slots, int n, long key) {
  int low = 0;
  while (low < n) {
    int middle = low + (n - low) / 2;
    if (slots[middle].key < key)
      low = middle + 1;
    else
      n = middle;
  }
  return low;
}
