/* A few objects by each call, but as many calls as there is data, or nobody knows how many. */
#include <stdlib.h>

struct channel {
  int number;
  struct channel *next;
};

struct channel *all;

static void add_channels(int count) {
  for (int i = 0; i < count; i++) {
    struct channel *c = malloc(sizeof *c); // expect: HP204 found
    if (!c)
      return;
    c->number = i;
    c->next = all;
    all = c;
  }
}

static void add_more(int count) {
  for (int i = 0; i < count; i++) {
    struct channel *c = malloc(sizeof *c); // expect: HP204 found
    if (!c)
      return;
    c->number = -i;
    c->next = all;
    all = c;
  }
}

/* too many by the text */
static void add_lines(int count) {
  for (int i = 0; i < count; i++) {
    struct channel *c = malloc(sizeof *c); // expect: HP204 found
    if (!c)
      return;
    c->number = i + 1;
    c->next = all;
    all = c;
  }
}

void attach(void) {
  add_more(6);
}

int next_device(void);

int main(void) {
  add_lines(1000);
  while (next_device())
    add_channels(6);
  return 0;
}
