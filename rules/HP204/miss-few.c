/* As many objects as the callers' numbers allow, in a program that asks a few times only: no pool pays
 * for them. */
#include <stdlib.h>

struct channel {
  int number;
  struct channel *next;
};
struct device {
  struct channel *channels;
};

static void add_channels(struct device *d, int count) {
  for (int i = 0; i < count; i++) {
    struct channel *c = malloc(sizeof *c);
    if (!c)
      return;
    c->number = i;
    c->next = d->channels;
    d->channels = c;
  }
}

static void surround(struct device *devices) {
  for (int i = 0; i < 3; i++)
    add_channels(&devices[i], 6);
}

int serve(struct device *devices);

int main(void) {
  static struct device devices[4];
  add_channels(&devices[3], 2);
  surround(devices);
  return serve(devices);
}
