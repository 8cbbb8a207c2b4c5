/* A typedef without tag, in a large static array. */
typedef struct { // expect: HP104 "24 bytes"
  char used;
  long value;
  short kind;
} Slot;

static Slot slots[4096];

long lookup(unsigned at) {
  return slots[at].used ? slots[at].value + slots[at].kind : 0;
}

void set(unsigned at, long value, short kind) {
  slots[at].used = 1;
  slots[at].value = value;
  slots[at].kind = kind;
}
