/* From a chunk, or from a list of free ones: that is a pool already. */
#include <stdlib.h>

struct node {
  struct node *next;
  int value;
};

struct pool {
  struct node *chunk;
  int left;
  struct node *free;
};

static struct node *from_chunk(struct pool *pool) {
  if (pool->left == 0) {
    pool->chunk = malloc(1024 * sizeof *pool->chunk);
    if (!pool->chunk)
      abort();
    pool->left = 1024;
  }
  return &pool->chunk[--pool->left];
}

struct node *chunked(struct pool *pool, const int *values, int n) {
  struct node *head = NULL;
  for (int i = 0; i < n; i++) {
    struct node *node = from_chunk(pool);
    node->value = values[i];
    node->next = head;
    head = node;
  }
  return head;
}

struct node *recycled(struct pool *pool, const int *values, int n) {
  struct node *head = NULL;
  for (int i = 0; i < n; i++) {
    struct node *node = pool->free;
    if (node)
      pool->free = node->next;
    else
      node = malloc(sizeof *node);
    if (!node)
      break;
    node->value = values[i];
    node->next = head;
    head = node;
  }
  return head;
}

static struct node *spare(struct pool *pool) {
  struct node *node = pool->free;
  if (!node)
    return malloc(sizeof *node);
  pool->free = node->next;
  return node;
}

struct node *recycled_by_helper(struct pool *pool, const int *values, int n) {
  struct node *head = NULL;
  for (int i = 0; i < n; i++) {
    struct node *node = spare(pool);
    if (!node)
      break;
    node->value = values[i];
    node->next = head;
    head = node;
  }
  return head;
}
