/* One malloc per object: put into a table, linked at the head, linked at the tail. */
#include <stdlib.h>

struct point {
  double x, y;
};

int table(struct point **points, const double *xy, int n) {
  for (int i = 0; i < n; i++) {
    struct point *p = malloc(sizeof *p); // expect: HP204 "kept in points[i]"
    if (!p)
      return -1;
    p->x = xy[2 * i];
    p->y = xy[2 * i + 1];
    points[i] = p;
  }
  return 0;
}

struct node {
  struct node *next;
  int value;
};

struct node *at_head(const int *values, int n) {
  struct node *head = NULL;
  while (n-- > 0) {
    struct node *node = calloc(1, sizeof *node); // expect: HP204 "linked to the others"
    if (!node)
      break;
    node->value = values[n];
    node->next = head;
    head = node;
  }
  return head;
}

struct node *at_tail(const int *values, int n) {
  struct node *head = NULL, **tail = &head;
  for (int i = 0; i < n; i++) {
    struct node *node = malloc(sizeof *node); // expect: HP204 "linked to the others"
    if (!node)
      abort();
    node->value = values[i];
    node->next = NULL;
    *tail = node;
    tail = &node->next;
  }
  return head;
}

struct list {
  struct node *first;
};

void in_list(struct list *list, const int *values, int n) {
  for (int i = 0; i < n; i++) {
    struct node *node = malloc(sizeof *node); // expect: HP204 "linked to the others"
    if (!node)
      return;
    node->value = values[i];
    node->next = list->first;
    list->first = node;
  }
}

/* Freed where it turned out to be of no use, kept otherwise. */
struct node *parsed(const char *const *texts, int n, int (*parse)(const char *)) {
  struct node *head = NULL;
  for (int i = 0; i < n; i++) {
    struct node *node = malloc(sizeof *node); // expect: HP204 "linked to the others"
    if (!node)
      break;
    node->value = parse(texts[i]);
    if (node->value < 0) {
      free(node);
      continue;
    }
    node->next = head;
    head = node;
  }
  return head;
}
