/* Recursion over arrays that hold arrays: their elements lie side by side. */
struct command {
  const char *name;
  struct command *sub;
  int count, uses;
};

int uses(const struct command *commands, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += commands[i].uses + uses(commands[i].sub, commands[i].count);
  return sum;
}

void reset(struct command *c) {
  c->uses = 0;
  for (int i = 0; i < c->count; i++)
    reset(&c->sub[i]);
}
