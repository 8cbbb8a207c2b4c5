/* Field accesses: paths, first members, unions, anonymous records, bit-fields, records by value. */
struct inner {
  int first, second;
};
typedef struct {
  double x, y;
} point;
struct outer {
  struct inner in;
  int list[4];
  point at[3];
  union {
    int number;
    struct inner both;
  } u;
  struct {
    char tag, name[7];
  };
  struct outer *next;
};
struct bits {
  unsigned a : 3, b : 5, c : 24;
  int plain;
  unsigned d : 1, e : 31;
  unsigned short f : 16;
};
struct one {
  int only;
};

struct outer shared;
struct bits flags;
extern void use(const void *);
extern int by_value(struct inner), small(struct one);
extern void large(struct outer);
extern struct inner made(void);

int reads(const struct outer *p, int i) {
  return p->in.first + p->in.second + p->list[i] + p->list[0] + (int)p->at[i].y + p->u.number +
         p->u.both.second + p->tag + p->name[i] + p->next->next->in.second;
}

void writes(struct outer *p, int i) {
  p->in.second = i;
  p->list[i] += 2;
  p->at[1].x++;
  p->u.both.first = p->u.number = i;
  p->name[0] = 'x';
  *p->next = *p;
  p->in = p->next->in;
}

int globals(int i) {
  shared.in.first = i;
  shared.in.second += shared.list[2] + shared.list[i];
  shared.u.number = 1;
  shared.at[0].x = shared.at[i].y;
  use(&shared.in.second);
  use(shared.name);
  return shared.next->in.first;
}

unsigned bits(struct bits *b, unsigned v) {
  b->a = 1;
  b->b = v;
  b->c += b->a;
  b->d = !b->e;
  flags.e = v;
  flags.b = flags.c;
  b->plain = (int)(b->f + flags.f);
  return b->c;
}

int values(struct outer *p, struct one o) {
  struct inner got = made();
  large(*p);
  return by_value(p->in) + small(o) + got.second + made().first;
}

void addresses(struct outer *p, int i) {
  int *q = &p->in.second;
  *q = *(int *)&p->in.first;
  ((struct one *)&p->u)->only = i;
  use(i ? &p->in : &p->next->in);
  use(p->list);
}

int initialised(int i) {
  struct outer o = {.in = {i, 2}, .list = {1, 2}, .tag = 'a'};
  struct inner zero = {0};
  struct inner pair = {i, i + 1};
  use(&o);
  return o.in.first + zero.second + pair.first;
}

void either(struct outer *p, int c) {
  p->in = c ? p->next->in : shared.u.both;
}
