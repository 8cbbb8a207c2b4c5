/* One list of objects of several kinds that begin alike: the node is what every step takes it for.
 */
struct object {
  struct object *next;
  unsigned char kind, mark;
};
struct table {
  struct object *next;
  unsigned char kind, mark;
  int used;
  struct table *waiting;
  void *slots[5];
};
struct text {
  struct object *next;
  unsigned char kind, mark;
  char bytes[200];
};
union any {
  struct object o;
  struct table t;
  struct text s;
};

int weight(const struct object *o) {
  int sum = 0;
  while (o) { // expect: HP101 "14 of 64 bytes of each struct table"
    if (((const union any *)o)->t.used > 3 && o->mark)
      sum++;
    sum += ((const union any *)o)->o.kind * 2;
    o = (const struct object *)((const union any *)o)->t.waiting;
  }
  return sum;
}

int heads(const struct object *o) {
  int sum = 0;
  for (; o; o = o->next) // expect: HP101
    if (o->kind == 4)
      sum += ((const union any *)o)->s.bytes[3];
  return sum;
}
