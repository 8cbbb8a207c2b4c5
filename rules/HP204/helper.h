/* For helper.c and helper+more.c. */
struct stack {
  struct item *top;
};
struct cell {
  long key;
  struct cell *chain;
};

int push(struct stack *stack, long key);
struct cell *cell_new(long key);
void keep(struct cell **slots, struct cell *cell);
