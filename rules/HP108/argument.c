/* Passed by value, in a for loop over an array. */
struct image {
  int width, height;
  unsigned char thumb[200];
};

long brightness(struct image im);

long all(const struct image *images, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    sum += brightness(images[i]); // expect: HP108 "each call of brightness copies 208 bytes: struct image is passed by value"
  return sum;
}

long brightness(struct image im) {
  long sum = 0;
  for (int i = 0; i < im.width && i < 200; i++)
    sum += im.thumb[i];
  return sum;
}

/* In a function of its own that a loop calls: the loop is the caller's. */
static long one(const struct image *im) {
  return brightness(*im) / 2; // expect: HP108 "208 bytes"
}

long halves(const struct image *images, int n) {
  long sum = 0;
  while (n-- > 0)
    sum += one(&images[n]);
  return sum;
}

/* Through a macro and a pointer to a function with unknown targets: shown on request. */
#define APPLY(f, x) f(*(x))
long apply(long (*f)(struct image), const struct image *p, const struct image *end) {
  long sum = 0;
  for (; p < end; p++)
    sum += APPLY(f, p); // expect: HP108 low "passed by value"
  return sum;
}
