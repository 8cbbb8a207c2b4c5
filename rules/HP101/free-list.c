/* A free list linked through its blocks' first words: no record at all. */
unsigned long blocks(void **list) {
  unsigned long n = 0;
  for (void **p = list; p; p = *p) // expect: HP101 "each step of this loop waits for the load of"
    n++;
  return n;
}
