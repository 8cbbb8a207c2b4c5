/* Objects in a table that a field holds; filled, walked and freed in different functions. */
#include <stdlib.h>

struct body {
  double mass, speed;
};

struct world {
  struct body **bodies;
  int count;
};

int world_init(struct world *w, int n) {
  w->bodies = malloc((size_t)n * sizeof *w->bodies);
  if (!w->bodies)
    return -1;
  w->count = n;
  for (int i = 0; i < n; i++) {
    w->bodies[i] = calloc(1, sizeof(struct body)); // expect: HP103 "each w->bodies[i] is an allocation of 16 bytes by itself, and the loop in energy follows the pointers in order"
    if (!w->bodies[i])
      return -1;
  }
  return 0;
}

double energy(const struct world *w) {
  double sum = 0;
  for (int i = 0; i < w->count; i++)
    sum += w->bodies[i]->mass * w->bodies[i]->speed;
  return sum;
}

void world_free(struct world *w) {
  for (int i = 0; i < w->count; i++)
    free(w->bodies[i]);
  free(w->bodies);
}
