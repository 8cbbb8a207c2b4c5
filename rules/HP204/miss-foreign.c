/* Objects of libraries: their constructors decide where the memory comes from. */
#include <dirent.h>
#include <stdio.h>

struct thing;
struct thing *thing_new(int kind);

void things(struct thing **to, int n) {
  for (int i = 0; i < n; i++)
    to[i] = thing_new(i);
}

int folders(DIR **to, const char *const *names, int n) {
  for (int i = 0; i < n; i++)
    if (!(to[i] = opendir(names[i])))
      return -1;
  return 0;
}

int files(FILE **to, const char *const *names, int n) {
  for (int i = 0; i < n; i++)
    if (!(to[i] = fopen(names[i], "r")))
      return -1;
  return 0;
}
