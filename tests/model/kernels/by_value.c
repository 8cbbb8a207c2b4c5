/* rule: HP108; sizes: 1000 20000
 * A record of 208 bytes passed by value to a function that reads two fields. */
#include "../harness.h"

struct image {
  int width, height;
  char thumb[200];
};
static struct image images[SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    images[i].width = i, images[i].height = 3;
}

#ifdef GOOD
static __attribute__((noipa)) long area(const struct image *im) {
  return (long)im->width * im->height;
}
#define ARG(im) &(im)
#else
static __attribute__((noipa)) long area(struct image im) {
  return (long)im.width * im.height;
}
#define ARG(im) im
#endif

long kernel(void) {
  long sum = 0;
  for (int i = 0; i < SIZE; i++)
    sum += area(ARG(images[i]));
  return sum;
}
