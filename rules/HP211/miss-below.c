/* What the calls below still use: one block cannot serve them all. */
#include <stdlib.h>
#include <string.h>

struct folder {
  struct folder *children;
  int n;
  char name[32];
};
int visit(const char *path);

int walk(const struct folder *f, const char *above) {
  size_t size = strlen(above) + sizeof f->name + 2;
  char *path = malloc(size);
  if (!path)
    return -1;
  strcpy(path, above);
  strcat(path, "/");
  strcat(path, f->name);
  int sum = visit(path), i = 0;
  while (i < f->n)
    sum += walk(&f->children[i++], path);
  free(path);
  return sum;
}
