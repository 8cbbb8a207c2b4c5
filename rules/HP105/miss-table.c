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

static const struct opcode known[] = {{1, 0, 0, 2, "nop"}, {2, 2, 0, 1, "add"}, {0, 0, 0, 0, ""}};

const struct opcode *find(int code) {
  for (const struct opcode *o = known; o->code; o++)
    if (o->code == code)
      return o;
  return 0;
}
