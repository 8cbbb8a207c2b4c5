/* Only on the way out. */
#include <stdio.h>
#include <stdlib.h>

struct detail {
  const char *text;
};
struct cause {
  struct detail *detail;
};
struct job {
  int status;
  struct cause *cause;
};

void check(struct job *const *jobs, int n) {
  for (int i = 0; i < n; i++)
    if (jobs[i]->status < 0) {
      fprintf(stderr, "%s\n", jobs[i]->cause->detail->text);
      exit(1);
    }
}
