/* Small constant tables stay in the first-level cache. */
struct opcode {
  int code, operands, flags, cost;
  char name[48];
};
static struct opcode opcodes[128];

int total_cost(void) {
  int sum = 0;
  for (int i = 0; i < 128; i++)
    sum += opcodes[i].cost;
  return sum;
}

int operands(const struct opcode *table) {
  int sum = 0;
  for (int i = 0; i < 64; i++)
    sum += table[i].operands;
  return sum;
}

struct machine {
  int count;
  struct opcode used[32];
};

int used_cost(const struct machine *m) {
  int sum = 0;
  for (int i = 0; i < m->count; i++)
    sum += m->used[i].cost;
  return sum;
}
