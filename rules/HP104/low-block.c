/* Made one by one in loops, but nothing is saved: the allocator gives 112 bytes for 96 as for 104. Made in a loop
 * that waits for each line of a file: few. Made for eight at most: few. In an array, passed over only by a loop that
 * calls for each element. */
#include <stdio.h>
#include <stdlib.h>
struct symbol { // expect: HP104 low "takes 104 bytes"
  char kind;
  long values[11];
  char mark;
};
struct symbol **symbols(long n) {
  struct symbol **all = malloc((size_t)n * sizeof *all);
  for (long i = 0; all && i < n; i++)
    all[i] = calloc(1, sizeof(struct symbol));
  return all;
}

struct option { // expect: HP104 low "takes 24 bytes"
  char kind;
  struct option *next;
  char set;
};
struct option *options(FILE *file) {
  struct option *first = NULL;
  char line[100];
  while (fgets(line, sizeof line, file)) {
    struct option *o = malloc(sizeof *o);
    if (!o)
      break;
    o->kind = line[0];
    o->set = 0;
    o->next = first;
    first = o;
  }
  return first;
}

struct channel { // expect: HP104 low "takes 40 bytes"
  char open;
  double gain;
  char muted;
  double phase;
  char solo;
};
struct channel *channels[8];
void channels_open(int n) {
  if (n > 8)
    return;
  for (int i = 0; i < n; i++)
    channels[i] = calloc(1, sizeof(struct channel));
}

struct job { // expect: HP104 low "takes 24 bytes"
  char state;
  long due;
  char tries;
};
struct job *jobs(size_t n) {
  return calloc(n, sizeof(struct job));
}
void run_all(struct job *jobs, size_t n, void (*run)(struct job *)) {
  for (size_t i = 0; i < n; i++)
    if (jobs[i].state && jobs[i].tries < 3 && jobs[i].due)
      run(&jobs[i]);
}
