/* The memory is kept: in a list, in a table, as a result. */
#include <stdlib.h>
#include <string.h>

struct node {
  struct node *next;
  int value;
};

struct node *build(const int *values, int n) {
  struct node *head = NULL;
  for (int i = 0; i < n; i++) {
    struct node *node = malloc(sizeof *node);
    if (!node)
      break;
    node->value = values[i];
    node->next = head;
    head = node;
  }
  return head;
}

int copy_all(char **to, const char *const *from, int n) {
  for (int i = 0; i < n; i++) {
    to[i] = strdup(from[i]);
    if (!to[i]) {
      while (i-- > 0)
        free(to[i]);
      return -1;
    }
  }
  return 0;
}

int parse(const char *text, struct node *into);

struct node *parse_all(const char *const *text, int n) {
  struct node *head = NULL;
  for (int i = 0; i < n; i++) {
    struct node *node = malloc(sizeof *node);
    if (!node)
      break;
    if (!parse(text[i], node)) {
      free(node);
      continue;
    }
    node->next = head;
    head = node;
  }
  return head;
}
