/* The array is a field behind others: its elements begin where it does. */
struct counter {
  unsigned long histogram[61];
  unsigned long rest;
  unsigned start, end;
  char done;
};
struct crawl {
  long lock[5];
  struct counter counters[256];
  struct counter more[256];
};

void begin(struct crawl *c, unsigned now) {
  for (int i = 0; i < 256; i++) // expect: HP105 low "(rest, start, done)"
    if (c->counters[i].rest != now) {
      c->counters[i].start = now;
      c->counters[i].done = 0;
    }
}

unsigned long started(const struct crawl *c) {
  unsigned long sum = 0;
  const struct counter *at = c->more;
  for (int i = 0; i < 256; i++, at++) // expect: HP105 "(start, end)"
    sum += at->start - at->end;
  return sum;
}
