/* Sizes that vary, and blocks so large that their allocation is the least of it. */
#include <stdlib.h>
#include <string.h>

int copies(char **to, const char *const *from, int n) {
  for (int i = 0; i < n; i++) {
    size_t size = strlen(from[i]) + 1;
    to[i] = malloc(size);
    if (!to[i])
      return -1;
    memcpy(to[i], from[i], size);
  }
  return 0;
}

struct text {
  struct text *next;
  size_t length;
  char bytes[];
};

struct text *chain(const char *const *from, int n) {
  struct text *head = NULL;
  for (int i = 0; i < n; i++) {
    size_t length = strlen(from[i]);
    struct text *t = malloc(sizeof *t + length);
    if (!t)
      break;
    memcpy(t->bytes, from[i], length);
    t->length = length;
    t->next = head;
    head = t;
  }
  return head;
}

struct page {
  struct page *next;
  char bytes[4088];
};

struct page *pages(int n) {
  struct page *head = NULL;
  while (n-- > 0) {
    struct page *p = malloc(sizeof *p);
    if (!p)
      break;
    p->next = head;
    head = p;
  }
  return head;
}
